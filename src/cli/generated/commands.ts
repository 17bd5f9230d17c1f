// Written by `npm run generate`; do not edit.

import type { CommandEntry } from "../command-index.ts";

/** All commands, in the order of their names; none of them is loaded before it is needed. */
export const commandIndex: readonly CommandEntry[] = [
  {
    path: ["cacheprog"],
    summary: "serve Go's build cache; what GOCACHEPROG names",
    flags: {
      server: {
        doc: "The address of the cache server, http(s)://HOST:PORT. Without it the cache is this machine's alone.",
        name: "server",
        type: "string",
        valueName: "URL",
      },
      tokenFile: {
        doc: "A file that holds the token for the server. `BALLAST_TOKEN` may hold the token itself.",
        name: "token-file",
        type: "string",
        valueName: "PATH",
      },
      caFile: {
        doc: "Certificates (PEM) that a server may be signed by, besides the system's.",
        name: "ca-file",
        type: "string",
        valueName: "PATH",
      },
      mode: {
        doc: "Whether what this run builds is sent to the server.",
        name: "mode",
        defaultText: "read-write",
        type: "choice",
        choices: ["read-write", "read-only"],
      },
      scope: {
        doc: "The branch or change that this run belongs to, `main` or `pr/123`; told from the CI job when not set.",
        name: "scope",
        type: "string",
        valueName: "TEXT",
      },
      ancestors: {
        doc: "Further scopes that this run may read, the most trusted first; `main` for a change when not set.",
        name: "ancestors",
        type: "string",
        valueName: "A,B",
        multiple: true,
      },
      share: {
        doc: "Which kinds of results are sent to the server. Test results only where a team says so.",
        name: "share",
        defaultText: "compile,vet,index",
        type: "string",
        valueName: "A,B",
        multiple: true,
      },
      image: {
        doc: "A name for the machine's image; packages with cgo are shared within one image only. Told from the system's package list when not set.",
        name: "image",
        type: "string",
        valueName: "TEXT",
      },
      waitLimit: {
        doc: "All waiting for the server in one run, in sum, unless bytes arrive at 1 MB/s or better.",
        name: "wait-limit",
        defaultText: "2500ms",
        type: "string",
        valueName: "DURATION",
      },
      summaryFile: {
        doc: "A file to which each helper appends one JSON line about its run.",
        name: "summary-file",
        type: "string",
        valueName: "PATH",
      },
    },
    load: () => import("../commands/cacheprog.ts"),
  },
  {
    path: ["completion"],
    summary: "Print a completion script for a shell",
    positionals: "bash|zsh|fish",
    flags: {},
    load: () => import("../commands/completion.ts"),
  },
  {
    path: ["go"],
    summary: "run a go command with the shared cache",
    positionals: "ARGS…",
    passThrough: true,
    flags: {
      server: {
        doc: "The address of the cache server, http(s)://HOST:PORT. Without it the cache is this machine's alone.",
        name: "server",
        type: "string",
        valueName: "URL",
      },
      tokenFile: {
        doc: "A file that holds the token for the server. `BALLAST_TOKEN` may hold the token itself.",
        name: "token-file",
        type: "string",
        valueName: "PATH",
      },
      caFile: {
        doc: "Certificates (PEM) that a server may be signed by, besides the system's.",
        name: "ca-file",
        type: "string",
        valueName: "PATH",
      },
      mode: {
        doc: "Whether what this run builds is sent to the server.",
        name: "mode",
        defaultText: "read-write",
        type: "choice",
        choices: ["read-write", "read-only"],
      },
      scope: {
        doc: "The branch or change that this run belongs to, `main` or `pr/123`; told from the CI job when not set.",
        name: "scope",
        type: "string",
        valueName: "TEXT",
      },
      ancestors: {
        doc: "Further scopes that this run may read, the most trusted first; `main` for a change when not set.",
        name: "ancestors",
        type: "string",
        valueName: "A,B",
        multiple: true,
      },
      share: {
        doc: "Which kinds of results are sent to the server. Test results only where a team says so.",
        name: "share",
        defaultText: "compile,vet,index",
        type: "string",
        valueName: "A,B",
        multiple: true,
      },
      image: {
        doc: "A name for the machine's image; packages with cgo are shared within one image only. Told from the system's package list when not set.",
        name: "image",
        type: "string",
        valueName: "TEXT",
      },
      waitLimit: {
        doc: "All waiting for the server in one run, in sum, unless bytes arrive at 1 MB/s or better.",
        name: "wait-limit",
        defaultText: "2500ms",
        type: "string",
        valueName: "DURATION",
      },
      summaryFile: {
        doc: "A file to which each helper appends one JSON line about its run.",
        name: "summary-file",
        type: "string",
        valueName: "PATH",
      },
      quiet: { type: "boolean", short: "q", doc: "Leave out the line at the end." },
    },
    load: () => import("../commands/go.ts"),
  },
  {
    path: ["help"],
    summary: "Explain a command, a group of commands or an error code",
    positionals: "[COMMAND… | CODE]",
    flags: {},
    load: () => import("../commands/help.ts"),
  },
  {
    path: ["version"],
    summary: "Print the version of Ballast and of the runtime inside it",
    flags: { json: { type: "boolean", doc: "Print one JSON object." } },
    load: () => import("../commands/version.ts"),
  },
];
