import { exitStatus } from "../../core/errors.ts";
import { createStyle } from "../../core/style.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { cliErrors } from "../errors.ts";
import type { ImagePlan } from "../../check/init/plan-image.ts";

/** `ballast image init [FOLDER]` */
export const command = defineCommand({
  path: ["image", "init"],
  summary: "write a Dockerfile for a Go program, with Go's caches mounted where go looks for them",
  details:
    "Two stages: the first downloads modules in a layer of their own and builds with both of Go's caches mounted, " +
    "-trimpath and without version control stamps, so that the same source gives the same program; the second holds the " +
    "program and a user that is not root. TAGS, LDFLAGS and, where there are several programs, PROGRAM are build " +
    "arguments. It passes `ballast check`. A Dockerfile that is there is replaced only with --force.",
  positionals: "[FOLDER]",
  flags: {
    program: { type: "string", valueName: "FOLDER", doc: "Which program, where the repository has several." },
    base: {
      type: "string",
      valueName: "IMAGE",
      doc: "The image that brings Go.",
      defaultText: "golang of the go line",
    },
    runtime: {
      type: "string",
      valueName: "IMAGE",
      doc: "The image that the program runs in; `scratch` has no certificates and no time zones.",
      defaultText: "distroless",
    },
    file: { type: "string", valueName: "PATH", default: "Dockerfile", doc: "Where it is written, below FOLDER." },
    force: { type: "boolean", default: false, doc: "Replace a Dockerfile that is there." },
    dryRun: { type: "boolean", default: false, doc: "Show it and write nothing." },
    json: { type: "boolean", default: false, doc: "Print one JSON object." },
  },
  examples: [
    { line: "ballast image init", remark: "In a repository with one program." },
    { line: "ballast image init --program ./cmd/api --file api.Dockerfile", remark: "One of several." },
  ],
  run: async (context, flags, [folder = ".", ...rest]) => {
    if (rest.length > 0) throw cliErrors.error("cli/argument-unexpected", rest[0] ?? "");
    const { planImage } = await import("../../check/init/plan-image.ts");
    const { cwd, env, signal } = context;
    const { program, base, runtime, file, force } = flags;
    const plan = await planImage({ cwd, env, signal, folder, program, base, runtime, force, path: plainPath(file) });
    if (!flags.dryRun) {
      const { writeChanges } = await import("../../check/init/write-changes.ts");
      writeChanges(plan.root, plan.changes);
    }
    await show(context, plan, flags.json, !flags.dryRun);
    return plan.findings.length === 0 ? exitStatus.ok : exitStatus.findings;
  },
});

function plainPath(file: string): string {
  const path = file.replace(/^(?:\.\/)+/, "");
  if (/^[\w.-]+(?:\/[\w.-]+)*$/.test(path) && !path.split("/").includes("..")) return path;
  throw cliErrors.error("cli/argument-invalid", `--file ${JSON.stringify(file)} is no path below the folder`);
}

async function show(
  { stdout, env }: CommandContext,
  plan: ImagePlan,
  json: boolean,
  isWritten: boolean,
): Promise<void> {
  const { program, changes, findings } = plan;
  if (json) {
    const files = changes.map(({ path, before, after }) => ({ path, isNew: before === undefined, after }));
    stdout.write(`${JSON.stringify({ version: 1, written: isWritten, program, changes: files, findings })}\n`);
    return;
  }
  const { changeDiff } = await import("../../check/init/change-diff.ts");
  if (!isWritten) for (const change of changes) stdout.write(changeDiff(change, createStyle(stdout, env)));
  else stdout.write(`wrote ${changes.map(({ path }) => path).join(", ")}\n`);
  for (const { line, message, rule } of findings) stdout.write(`line ${line}: ${message} (${rule})\n`);
}
