/**
 * `ballast prepare`: file times that two fresh checkouts of one content share.
 *
 * Go's test cache knows the files that a test read by size, mode and time, not by content
 * (`cmd/go/internal/test/test.go`, hashOpen; golang/go#58571). git gives each file the time of the checkout, so on a
 * fresh runner every such test runs again.
 */

import { readCommitTimes } from "./commit-times.ts";
import { type FileTime, commitTime, contentTime } from "./file-time.ts";
import { type TimedPath, folderTimes } from "./folder-times.ts";
import { type Git, type TrackedEntry, isShallow, listChanged, listTracked, openGit, readHead } from "./git.ts";
import { type WorkTree, openWorkTree } from "./work-tree.ts";

/** What times are made of. */
export const timeSources = ["content", "commit"] as const;
export type TimeSource = (typeof timeSources)[number];

export interface PrepareOptions {
  /** Any folder of the checkout; the whole checkout is prepared. */
  readonly folder: string;
  readonly from: TimeSource;
  readonly nowMs: number;
  readonly signal: AbortSignal;
  /** What is being done now; called often. */
  readonly onProgress: (status: string) => void;
}

export interface PrepareReport {
  readonly root: string;
  readonly from: TimeSource;
  /** The last commit; absent before the first one, when everything counts as changed. */
  readonly commit: string | undefined;
  /** The history is cut off: by commit, most files then carry the time of the oldest commit there is. */
  readonly isShallow: boolean;
  /** Files and links that now carry their time. */
  readonly files: number;
  readonly folders: number;
  /** Tracked paths that kept their own time, by reason. */
  readonly kept: {
    /** Changed, staged, removed or in conflict. */
    readonly changed: number;
    readonly submodules: number;
    /** Not there (a sparse checkout), unreadable, or not what git tracks. */
    readonly unusable: number;
  };
  /** Files whose commit's time is less than 2 s ago or still to come: Go caches nothing that read them until later. */
  readonly tooNew: number;
}

/** Go refuses to trust younger files (modTimeCutoff in test.go and modindex). */
const goTrustsAfterMs = 2000;
/** Between two looks at the signal. */
const batchFiles = 256;

/** Sets the times. Throws `build/not-a-checkout`, and the process runner's failures when git fails. */
export async function prepareCheckout(options: PrepareOptions): Promise<PrepareReport> {
  options.onProgress("reading what git tracks");
  const git = await openGit(options.folder, options.signal);
  const [head, shallow, tracked] = [await readHead(git), await isShallow(git), await listTracked(git)];
  const changed = await listChanged(git);
  const eligible = tracked.filter(({ path, kind }) => kind !== "submodule" && !changed.has(path));
  const sources = await timesBy(options, git, eligible);
  const tree = openWorkTree(git.root);
  const timed = setFileTimes(options, tree, eligible, sources.ofFile);
  const untimed = tracked.filter(({ path }) => !timed.has(path)).map(({ path }) => ({ path, time: undefined }));
  const listed: TimedPath[] = [...[...timed].map(([path, time]) => ({ path, time })), ...untimed];
  const folders = setFolderTimes(tree, folderTimes(listed, sources.ofFolder));
  options.onProgress("refreshing git's own record of file times");
  await refreshIndex(git);
  const submodules = tracked.filter(({ kind }) => kind === "submodule").length;
  return {
    root: git.root,
    from: options.from,
    commit: head?.commit,
    isShallow: shallow,
    files: timed.size,
    folders,
    kept: { changed: changed.size, submodules, unusable: eligible.length - timed.size },
    tooNew: [...timed.values()].filter((time) => time.seconds * 1000 > options.nowMs - goTrustsAfterMs).length,
  };
}

type TimeOf = (path: string, hash: string) => FileTime | undefined;

async function timesBy(
  { from, onProgress }: PrepareOptions,
  git: Git,
  entries: readonly TrackedEntry[],
): Promise<{ readonly ofFile: TimeOf; readonly ofFolder: TimeOf }> {
  if (from === "content") {
    const byContent: TimeOf = (_path, hash) => contentTime(hash);
    return { ofFile: byContent, ofFolder: byContent };
  }
  const paths = entries.map(({ path }) => path);
  const commits = await readCommitTimes(git, paths, (count) => onProgress(`reading the history: ${count} commits`));
  const by =
    (times: ReadonlyMap<string, number>): TimeOf =>
    (path, hash) => {
      const seconds = times.get(path);
      return seconds === undefined ? undefined : commitTime(seconds, hash);
    };
  return { ofFile: by(commits.files), ofFolder: by(commits.folders) };
}

function setFileTimes(
  { signal, onProgress }: PrepareOptions,
  tree: WorkTree,
  entries: readonly TrackedEntry[],
  timeOf: TimeOf,
): Map<string, FileTime> {
  const timed = new Map<string, FileTime>();
  for (const [index, { path, kind }] of entries.entries()) {
    if (index % batchFiles === 0) {
      signal.throwIfAborted();
      onProgress(`setting file times: ${index} of ${entries.length}`);
    }
    const hash = tree.hash(path, kind === "symlink" ? "symlink" : "file");
    const time = hash === undefined ? undefined : timeOf(path, hash);
    if (time !== undefined && tree.setTime(path, time)) timed.set(path, time);
  }
  return timed;
}

function setFolderTimes(tree: WorkTree, times: ReadonlyMap<string, FileTime | undefined>): number {
  let count = 0;
  for (const [path, time] of times) {
    if (time !== undefined && tree.isFolder(path) && tree.setTime(path, time)) count++;
  }
  return count;
}

/**
 * git remembers files by their times as well: without this the next `git diff-files` would call all of them changed,
 * and the next `git status`, which Go itself runs to stamp a build, would read all of them again.
 */
async function refreshIndex(git: Git): Promise<void> {
  // It exits 1 when a file really is changed, and fails where the repository cannot be written to: git then reads the
  // files once more by itself, later, which costs time and nothing else.
  await git.attempt("update-index", "-q", "--refresh");
}
