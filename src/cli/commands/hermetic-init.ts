import { resolve } from "node:path";
import { defineCommand } from "../command.ts";
import { cliErrors } from "../errors.ts";

/** `ballast hermetic init [FOLDER]` */
export const command = defineCommand({
  path: ["hermetic", "init"],
  summary: "write a Bazel workspace with toolchains from Nixpkgs for a Go module",
  details:
    "MODULE.bazel for Bazel 7 and newer, WORKSPACE for older ones, the toolchains of one commit of Nixpkgs, and settings " +
    "that keep the environment of whoever builds out of the actions. No toolchain of the machine and none by download is " +
    "registered, so there is nothing to fall back to. It needs the network when it is used; nothing is run now.",
  positionals: "[FOLDER]",
  flags: {
    nixpkgs: { type: "string", valueName: "COMMIT", doc: "The commit of NixOS/nixpkgs whose toolchains are used." },
    program: { type: "string", valueName: "PACKAGE", default: ".", doc: "The program, as go build names it." },
    java: { type: "boolean", default: false, doc: "Also a Java toolchain, for sources below java/." },
    force: { type: "boolean", default: false, doc: "Replace files that are there." },
    dryRun: { type: "boolean", default: false, doc: "Show the files and write nothing." },
    json: { type: "boolean", default: false, doc: "Print one JSON object." },
  },
  examples: [
    {
      line: "ballast hermetic init --nixpkgs 0123456789abcdef0123456789abcdef01234567 --program ./cmd/app",
      remark: "In a module.",
    },
  ],
  run: async ({ cwd, stdout }, flags, [folder = ".", extra]) => {
    if (extra !== undefined) throw cliErrors.error("cli/argument-unexpected", extra);
    const { nixpkgs, program, java, force, dryRun, json } = flags;
    if (nixpkgs === undefined) throw cliErrors.error("cli/argument-invalid", "--nixpkgs is needed: a commit");
    const { planWorkspace, writeWorkspace } = await import("../../lab/labs/hermetic/init.ts");
    const root = resolve(cwd, folder);
    const files = planWorkspace({ folder: root, program, java, nixpkgs, force });
    if (!dryRun) writeWorkspace(root, files);
    if (json) stdout.write(`${JSON.stringify({ version: 1, written: !dryRun, files })}\n`);
    else if (dryRun) for (const { path, text } of files) stdout.write(`== ${path}\n${text}\n`);
    else stdout.write(`wrote ${files.map(({ path }) => path).join(", ")}\n`);
    return 0;
  },
});
