import { lstatSync } from "node:fs";

import { hasCode } from "../../../core/errors.ts";
import { formatCount } from "../../../core/human-units.ts";
import { type Git, listTracked, openGit, readHead } from "../../prepare/git.ts";
import type { CheckResult, DoctorCheck, DoctorContext } from "../check.ts";

const sampleFiles = 500;
/** Commits have whole seconds. */
const toleranceMs = 2000;

export const check: DoctorCheck = {
  id: "file-times",
  title: "file times that other checkouts share",
  run: async (context) => {
    const git = await findCheckout(context);
    if (git === undefined) return { status: "skipped", found: "this is no git checkout" };
    const head = await readHead(git);
    if (head === undefined) return { status: "skipped", found: "this checkout has no commit yet" };
    const { newer, looked } = countNewer(git.root, await sample(git), head.timeSeconds * 1000 + toleranceMs);
    return judge(newer, looked, context.job.platform !== "none" || context.env["CI"] === "true");
  },
};

async function findCheckout({ cwd, signal }: DoctorContext): Promise<Git | undefined> {
  try {
    return await openGit(cwd, signal);
  } catch (cause) {
    if (hasCode(cause, "build/not-a-checkout") || hasCode(cause, "core/process-not-started")) return undefined;
    throw cause;
  }
}

/** Files from all over the tree. */
async function sample(git: Git): Promise<string[]> {
  const files = (await listTracked(git)).filter(({ kind }) => kind === "file").map(({ path }) => path);
  const step = Math.max(1, Math.floor(files.length / sampleFiles));
  return files.filter((_path, index) => index % step === 0);
}

/** How many are newer than the last commit, and so than any commit of theirs: the time is the checkout's. */
function countNewer(root: string, paths: readonly string[], limitMs: number): { newer: number; looked: number } {
  const times = paths.flatMap((path) => lstatSync(`${root}/${path}`, { throwIfNoEntry: false })?.mtimeMs ?? []);
  return { newer: times.filter((time) => time > limitMs).length, looked: times.length };
}

function judge(newer: number, looked: number, isCi: boolean): CheckResult {
  const found = `${formatCount(newer)} of ${formatCount(looked)} files are newer than the last commit`;
  // A few are somebody's edits.
  if (newer * 2 <= looked) return { status: "ok", found };
  if (!isCi) return { status: "ok", found: `${found}; that is harmless in a checkout that stays` };
  return {
    status: "warning",
    found,
    why: "Go's test cache knows the files that a test read by their times, so in a fresh checkout every such test runs again.",
    todo: "Run `ballast prepare` after the checkout; `ballast prepare --help` says what it does and what to beware of.",
  };
}
