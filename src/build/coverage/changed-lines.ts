/** Coverage of the lines that changed since a commit. */

import { join } from "node:path";
import { hasCode } from "../../core/errors.ts";
import { lineCounts } from "../../go/cover/line-counts.ts";
import type { CoverProfile } from "../../go/cover/profile.ts";
import { openGit } from "../prepare/git.ts";
import { coverageErrors } from "./errors.ts";
import type { ModuleFiles } from "./module-files.ts";

export interface ChangedFile {
  /** As the profile names it. */
  readonly file: string;
  /** Changed lines with statements. */
  readonly lines: number;
  readonly covered: number;
  readonly uncovered: readonly number[];
}

export interface ChangedLines {
  readonly lines: number;
  readonly covered: number;
  readonly files: readonly ChangedFile[];
}

/** Throws `build/coverage-no-such-base`, `build/not-a-checkout`. */
export async function coverageOfChanges(
  profile: CoverProfile,
  base: string,
  place: { readonly cwd: string; readonly modules: ModuleFiles; readonly signal: AbortSignal },
): Promise<ChangedLines> {
  const changed = await changedLines(base, place.cwd, place.signal);
  const files: ChangedFile[] = [];
  for (const [file, blocks] of profile.files) {
    const path = place.modules.find(file);
    const lines = path === undefined ? undefined : changed.get(path);
    if (lines === undefined) continue;
    const counted = lineCounts(blocks).filter(([line]) => lines.has(line));
    const uncovered = counted.filter(([, count]) => count === 0).map(([line]) => line);
    if (counted.length > 0) {
      files.push({ file, lines: counted.length, covered: counted.length - uncovered.length, uncovered });
    }
  }
  const sum = (of: (file: ChangedFile) => number): number => files.reduce((total, file) => total + of(file), 0);
  return { lines: sum(({ lines }) => lines), covered: sum(({ covered }) => covered), files };
}

/** Lines of the working tree that are not in `base`, by absolute path. */
async function changedLines(base: string, cwd: string, signal: AbortSignal): Promise<Map<string, Set<number>>> {
  const git = await openGit(cwd, signal);
  const plain = [
    "--unified=0",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--no-renames",
    "--src-prefix=a/",
    "--dst-prefix=b/",
  ];
  let text: string;
  try {
    // A name that begins with a dash is a name, not a flag.
    const commit = (await git.run("rev-parse", "--verify", "--end-of-options", `${base}^{commit}`)).trim();
    text = await git.run("-c", "core.quotePath=false", "diff", ...plain, commit, "--", "*.go");
  } catch (cause) {
    if (!hasCode(cause, "core/process-failed")) throw cause;
    throw coverageErrors.error("build/coverage-no-such-base", `${base}: ${cause.message}`, { cause });
  }
  return readDiff(text, git.root);
}

/** The added lines of a diff without context. */
export function readDiff(text: string, root: string): Map<string, Set<number>> {
  const found = new Map<string, Set<number>>();
  let lines: Set<number> | undefined;
  // Lines of a hunk that are still to come: one of them may look like a header.
  let left = 0;
  for (const line of text.split("\n")) {
    if (left > 0) {
      if (!line.startsWith("\\")) left--;
      continue;
    }
    const name = /^\+\+\+ "?b\/(.+?)"?\t?$/.exec(line)?.[1];
    if (name !== undefined) found.set(join(root, name), (lines = new Set()));
    const hunk = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (hunk === null || lines === undefined) continue;
    const [from, count] = [Number(hunk[2]), Number(hunk[3] ?? 1)];
    for (let at = 0; at < count; at++) lines.add(from + at);
    left = Number(hunk[1] ?? 1) + count;
  }
  return found;
}
