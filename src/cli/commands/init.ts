import { isatty } from "node:tty";

import type { FileChange } from "../../check/init/file-change.ts";
import type { InitPlan } from "../../check/init/plan.ts";
import { exitStatus } from "../../core/errors.ts";
import { createStyle } from "../../core/style.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { cliErrors } from "../errors.ts";

const platforms = ["github", "gitlab", "none"] as const;

/** `ballast init [FOLDER]` */
export const command = defineCommand({
  path: ["init"],
  summary: "write the settings, a pipeline and a Dockerfile that a Go repository lacks, and mend those that it has",
  details:
    "Looks at the repository, shows what it would change as a diff, and asks. What is missing is written: ballast.yaml, a " +
    "pipeline whose cache each run saves and the next one finds, a Dockerfile with Go's caches mounted. What is there is " +
    "kept, with the safe fixes of `ballast check` applied. What is written passes `ballast check`; what only a person can " +
    "decide is listed. Nothing that the repository chose is run.\n\n" +
    "Exit status 0 when everything is written, or nothing is to do; 1 when somebody said no.",
  positionals: "[FOLDER]",
  flags: {
    yes: { type: "boolean", default: false, short: "y", doc: "Write without asking." },
    dryRun: { type: "boolean", default: false, doc: "Show the changes and write nothing." },
    ci: {
      type: "choice",
      choices: platforms,
      doc: "Which pipeline to write where there is none; told from Git's remote when not given.",
    },
    json: { type: "boolean", default: false, doc: "Print one JSON object; writes only with --yes." },
  },
  examples: [
    { line: "ballast init", remark: "In a checkout, by hand." },
    { line: "ballast init --dry-run", remark: "Only look." },
    { line: "ballast init --yes --ci gitlab", remark: "From a script." },
  ],
  run: async (context, flags, [folder = ".", ...rest]) => {
    if (rest.length > 0) throw cliErrors.error("cli/argument-unexpected", rest[0] ?? "");
    const { planRepository } = await import("../../check/init/plan-repository.ts");
    const { env, cwd, signal, stdout } = context;
    const { root, plan } = await planRepository({ cwd, folder, env, signal, ci: flags.ci });
    if (flags.json) stdout.write(`${JSON.stringify(jsonOf(plan, flags.yes && !flags.dryRun))}\n`);
    else await show(context, plan);
    const isShownOnly = flags.dryRun || (flags.json && !flags.yes);
    if (plan.changes.length === 0 || isShownOnly) return exitStatus.ok;
    if (!flags.yes && !(await isAgreed(context))) return exitStatus.findings;
    const { writeChanges } = await import("../../check/init/write-changes.ts");
    writeChanges(root, plan.changes);
    if (!flags.json) stdout.write(`wrote ${plan.changes.map(({ path }) => path).join(", ")}\n`);
    return exitStatus.ok;
  },
});

function jsonOf({ changes, left, notes }: InitPlan, isWritten: boolean): unknown {
  const files = changes.map(({ path, before, after, reasons }: FileChange) => {
    return { path, isNew: before === undefined, reasons, before: before ?? null, after };
  });
  return { version: 1, written: isWritten, changes: files, left, notes };
}

async function show({ stdout, env }: CommandContext, { changes, left, notes }: InitPlan): Promise<void> {
  const { changeDiff } = await import("../../check/init/change-diff.ts");
  const style = createStyle(stdout, env);
  for (const change of changes) {
    for (const reason of change.reasons) stdout.write(`${style.dim(`# ${change.path}: ${reason}`)}\n`);
    stdout.write(`${changeDiff(change, style)}\n`);
  }
  for (const note of notes) stdout.write(`note: ${note}\n`);
  if (left.length > 0) stdout.write("\nleft for you, since no fix of it is certain to be right:\n");
  for (const { path, line, rule, message } of left) stdout.write(`  ${path}:${line}: ${message} (${rule})\n`);
  if (changes.length === 0) stdout.write("nothing to change\n");
}

/** Asks on the terminal. Anything but yes is no. */
async function isAgreed({ stdout, signal }: CommandContext): Promise<boolean> {
  const { initErrors } = await import("../../check/init/errors.ts");
  if (!isatty(0)) throw initErrors.error("check/init-not-agreed", "standard input is no terminal");
  const { createInterface } = await import("node:readline/promises");
  const lines = createInterface({ input: process.stdin });
  stdout.write("write these changes? [y/N] ");
  try {
    return /^y(?:es)?$/i.test((await lines.question("", { signal })).trim());
  } finally {
    lines.close();
  }
}
