/** The questions that `ballast prepare` and `ballast doctor` ask git. None of them runs a hook. */

import { hasCode } from "../../core/errors.ts";
import { processFailure, requireSuccess, runProcess } from "../../core/process.ts";
import { prepareErrors } from "../prepare-errors.ts";

export interface Git {
  /** The checkout's top folder, without symlinks. */
  readonly root: string;
  /** What `git ARGS…` prints, run in `root`. Throws `core/process-failed`. */
  run(...args: string[]): Promise<string>;
  /** The same for a command whose failure does not matter. */
  attempt(...args: string[]): Promise<void>;
}

/** The state of one path of the index. */
export interface TrackedEntry {
  /** Relative to the root, with slashes. */
  readonly path: string;
  readonly kind: "file" | "symlink" | "submodule";
}

const gitDeadlineMs = 600_000;
/** A list of ten million paths; only a runaway output is larger. */
const gitOutputCapBytes = 1_000_000_000;

/** Settings of a user or a repository that would change what the commands below print, or start a program. */
const neutral = ["log.showSignature=false", "log.showRoot=true", "core.fsmonitor=false", "diff.relative=false"];

/** Finds the checkout that `folder` lies in. Throws `build/not-a-checkout` and `core/process-not-started`. */
export async function openGit(folder: string, signal: AbortSignal): Promise<Git> {
  const ask = (cwd: string, args: readonly string[]): Promise<string> => runGit(cwd, args, signal);
  const root = await findRoot(folder, ask);
  return {
    root,
    run: (...args) => ask(root, args),
    attempt: async (...args) => {
      try {
        await ask(root, args);
      } catch (cause) {
        if (!hasCode(cause, "core/process-failed")) throw cause;
      }
    },
  };
}

async function findRoot(
  folder: string,
  ask: (cwd: string, args: readonly string[]) => Promise<string>,
): Promise<string> {
  try {
    // One line feed ends the output; the folder's own name may end in blanks.
    return (await ask(folder, ["rev-parse", "--show-toplevel"])).replace(/\n$/, "");
  } catch (cause) {
    if (!hasCode(cause, "core/process-failed")) throw cause;
    throw prepareErrors.error("build/not-a-checkout", `${folder}: ${cause.message}`, { cause });
  }
}

async function runGit(cwd: string, args: readonly string[], signal: AbortSignal): Promise<string> {
  const argv = ["git", "--no-optional-locks", ...neutral.flatMap((setting) => ["-c", setting]), ...args];
  const result = await runProcess({
    argv,
    cwd,
    deadlineMs: gitDeadlineMs,
    outputCapBytes: gitOutputCapBytes,
    signal,
  });
  signal.throwIfAborted();
  if (result.truncated) throw processFailure(["git", ...args], result);
  return requireSuccess(["git", ...args], result).stdout;
}

/** Everything in the index, once; paths of an unfinished merge are left out. */
export async function listTracked(git: Git): Promise<TrackedEntry[]> {
  const entries: TrackedEntry[] = [];
  for (const line of parts(await git.run("ls-files", "--stage", "-z"))) {
    const match = /^(\d{6}) [0-9a-f]+ (\d)\t(.*)$/s.exec(line);
    const [, mode = "", stage, path = ""] = match ?? [];
    if (stage === "0") entries.push({ path, kind: kindOf(mode) });
  }
  return entries;
}

function kindOf(mode: string): TrackedEntry["kind"] {
  if (mode === "120000") return "symlink";
  return mode === "160000" ? "submodule" : "file";
}

/** Tracked paths that are not as the last commit has them: changed, staged, removed, or in conflict. */
export async function listChanged(git: Git): Promise<Set<string>> {
  const status = ["status", "--porcelain=v1", "-z", "--untracked-files=no", "--ignore-submodules=all", "--no-renames"];
  return new Set(parts(await git.run(...status)).map((line) => line.slice(3)));
}

/** The last commit and its committer's time in seconds since 1970; `undefined` before the first commit. */
export async function readHead(
  git: Git,
): Promise<{ readonly commit: string; readonly timeSeconds: number } | undefined> {
  try {
    const [commit = "", time] = (await git.run("log", "-1", "--format=%H %ct", "HEAD", "--")).trim().split(" ");
    return { commit, timeSeconds: Number(time) };
  } catch (cause) {
    if (!hasCode(cause, "core/process-failed")) throw cause;
    return undefined; // a branch without a commit
  }
}

/** Whether the history was cut off when it was fetched. */
export async function isShallow(git: Git): Promise<boolean> {
  return (await git.run("rev-parse", "--is-shallow-repository")).trim() === "true";
}

function parts(output: string): string[] {
  return output.split("\0").filter((part) => part !== "");
}
