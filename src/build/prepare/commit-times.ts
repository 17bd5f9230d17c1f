/** When each path was last committed, read from the log in pages until every path has been seen. */

import type { Git } from "./git.ts";

/** Seconds since 1970 by path. Folders hold the time of the last commit that touched, added or removed something below. */
export interface CommitTimes {
  readonly files: ReadonlyMap<string, number>;
  readonly folders: ReadonlyMap<string, number>;
}

/** Most checkouts have seen all their files within a few thousand commits; the rest in a handful of ever larger pages. */
const firstPageCommits = 4000;
const pageGrowth = 4;

/**
 * `paths` are relative to the root; the root itself is the folder "". A path that no commit names (there is none, but
 * for histories that were grafted by hand) is absent from the result.
 */
export async function readCommitTimes(
  git: Git,
  paths: readonly string[],
  onPage: (commits: number) => void,
): Promise<CommitTimes> {
  const missing = new Set(paths);
  const wantedFolders = new Set(paths.flatMap(foldersAbove));
  const files = new Map<string, number>();
  const folders = new Map<string, number>();
  function see(path: string, seconds: number): void {
    if (missing.delete(path)) files.set(path, seconds);
    for (const folder of foldersAbove(path)) {
      // Whoever saw a folder saw those above it.
      if (folders.has(folder)) return;
      if (wantedFolders.has(folder)) folders.set(folder, seconds);
    }
  }
  let page = firstPageCommits;
  for (let seen = 0; missing.size > 0; seen += page, page *= pageGrowth) {
    const commits = readLog(await readPage(git, seen, page), see);
    onPage(seen + commits);
    if (commits < page) break;
  }
  return { files, folders };
}

/**
 * Combined diffs (`-c`) name what a merge itself changed; without them a conflict's resolution would have no commit.
 * Renames are off, because they cost time and a renamed file is a new one.
 */
function readPage(git: Git, skip: number, count: number): Promise<string> {
  const what = ["-c", "--root", "--no-renames", "--no-relative", "--ignore-submodules=none", "--no-color"];
  return git.run("log", ...what, "--name-only", "-z", "--format=%x01%ct", `--skip=${skip}`, `-n${count}`, "HEAD", "--");
}

/** Begins a commit's own line. A path that began with it would be taken for a commit, and keep its own time. */
const headMark = "\u0001";

/** Calls `see` for each path with its commit's time, the newest first, and returns the number of commits. */
export function readLog(log: string, see: (path: string, seconds: number) => void): number {
  let commits = 0;
  let seconds = 0;
  let isFirst = false;
  for (const part of log.split("\0")) {
    const isHead = part.startsWith(headMark);
    if (isHead) {
      commits++;
      seconds = Number(part.slice(headMark.length));
    } else if (part !== "") {
      // git puts a line feed between a commit's own line and its first path.
      see(isFirst && part.startsWith("\n") ? part.slice(1) : part, seconds);
    }
    isFirst = isHead;
  }
  return commits;
}

/** `a/b/c` lies in `a/b`, `a` and the root "". */
export function foldersAbove(path: string): string[] {
  const folders: string[] = [];
  for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) folders.push(path.slice(0, at));
  return [...folders, ""];
}
