/** `ballast demo`: a real build on an empty runner, fed by a cache server. */

import { resolve } from "node:path";
import { demoJson, demoText, requireSound } from "../../build/demo/result.ts";
import { runDemo } from "../../build/demo/run-demo.ts";
import { createStyle } from "../../core/style.ts";
import type { Command } from "../command.ts";

const flags = {
  module: {
    type: "string",
    valueName: "DIR",
    doc: "The folder of a Go module to build; without it a built-in program that needs no network.",
  },
  package: {
    type: "string",
    default: ".",
    defaultText: "the folder itself",
    doc: "The program to build, as `go build` takes it in that folder.",
  },
  json: { type: "boolean", doc: "Print the table as one JSON object." },
  keep: {
    type: "boolean",
    doc: "Leave the temporary folder with caches, binaries and the server's data, and say where it is.",
  },
} as const;

export const command: Command<typeof flags> = {
  path: ["demo"],
  summary: "show a shared cache at work: one program, built on empty runners",
  details:
    "Builds a program six times: with go alone and nothing cached; with go alone and a GOCACHE unpacked from an archive; on a runner with an " +
    "empty disk and an empty server; on a second one with an empty disk and the same server; on a third one for which every byte to and from " +
    "that server is late by half of a 20 ms round trip; and on the second one again. The server is started on a free port of this machine and ended afterwards; " +
    "everything lies in a temporary folder (about 600 MB) that is removed, also on Ctrl-C. Exits with 0 only if all builds went well and made the same bytes.",
  examples: [
    { line: "ballast demo", remark: "about a minute on two processors" },
    { line: "ballast demo --module ~/src/shop --package ./cmd/server", remark: "with a program of your own" },
  ],
  flags,
  async run({ stdout, stderr, env, cwd, signal }, given) {
    const result = await runDemo({
      module: given.module === undefined ? undefined : resolve(cwd, given.module),
      package: given.package,
      keepsFiles: given.keep === true,
      env,
      stream: stderr,
      signal,
    });
    const { bold } = createStyle(stdout, env);
    stdout.write(given.json === true ? demoJson(result) : `${stdout.isTTY ? "\n" : ""}${demoText(result, bold)}`);
    requireSound(result);
    return 0;
  },
};
