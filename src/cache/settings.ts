import { defineSettings } from "../core/settings.ts";

/** What a runner says of its cache: the helper, `ballast go` and `ballast cache` obey these. */
export const cacheSettings = defineSettings({
  server: {
    type: "url",
    path: "cache.server",
    doc: "The address of the cache server, http(s)://HOST:PORT. Without it the cache is this machine's alone. A token is not sent to a server that ballast.yaml names.",
  },
  tokenFile: {
    type: "path",
    path: false,
    doc: "A file that holds the token for the server; `BALLAST_TOKEN` may hold the token itself. It is sent only to a server that a flag or BALLAST_SERVER names, never to one of ballast.yaml.",
  },
  token: {
    type: "string",
    secret: true,
    flag: false,
    path: false,
    doc: "The token for the server; a file is safer, since child processes see the environment.",
  },
  caFile: {
    type: "path",
    path: "cache.caFile",
    doc: "Certificates (PEM) that a server may be signed by, besides the system's.",
  },
  mode: {
    type: "choice",
    choices: ["read-write", "read-only"],
    default: "read-write",
    path: "cache.mode",
    doc: "Whether what this run builds is sent to the server.",
  },
  scope: {
    type: "string",
    path: false,
    doc: "The branch or change that this run belongs to, `main` or `pr/123`; told from the CI job when not set.",
  },
  ancestors: {
    type: "list",
    path: "cache.ancestors",
    doc: "Further scopes that this run may read, the most trusted first; `main` for a change when not set.",
  },
  job: {
    type: "string",
    path: false,
    doc: "The name under which this run tells the next one of its kind what it needed; made from the module and the go command when not set.",
  },
  share: {
    type: "list",
    choices: ["compile", "vet", "index", "test"],
    default: ["compile", "vet", "index"],
    path: "cache.share",
    doc: "Which kinds of results are sent to the server. Test results only where a team says so.",
  },
  programs: {
    type: "size",
    default: 128 * 1024 ** 2,
    path: "cache.programs",
    doc: "How much of linked programs a run sends, in sum; a runner that finds its program there need not link. 0 sends none.",
  },
  image: {
    type: "string",
    path: "cache.image",
    doc: "A name for the machine's image; packages with cgo are shared within one image only. Told from the system's package list when not set.",
  },
  waitLimit: {
    type: "duration",
    default: 2500,
    path: "cache.waitLimit",
    doc: "All waiting for the server in one run, in sum, unless bytes arrive at 1 MB/s or better.",
  },
  detachUploads: {
    type: "boolean",
    default: false,
    path: "cache.detachUploads",
    doc: "Let uploads go on behind the build instead of waiting for them at its end; the job's last step is then `ballast flush`.",
  },
  putFolder: {
    type: "path",
    path: false,
    doc: "A private folder for what this run builds; the usual GOCACHE is then read and never written.",
  },
  summaryFile: {
    type: "path",
    path: false,
    doc: "A file to which each helper appends one JSON line about its run.",
  },
});
