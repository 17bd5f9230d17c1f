/**
 * Times for folders. Go's record of a test holds those too: of each folder that a test opened, changed into or asked
 * about, which `filepath.EvalSymlinks` does for every folder on the way to a file.
 */

import { foldersAbove } from "./commit-times.ts";
import type { FileTime } from "./file-time.ts";

/** A tracked path and the time that it was given; `undefined`: it keeps its own. */
export interface TimedPath {
  readonly path: string;
  readonly time: FileTime | undefined;
}

/** For a folder's listing, as the hash of its text, the folder's time. */
export type ListingTime = (folder: string, hash: string) => FileTime | undefined;

/**
 * The time of each folder that holds something tracked, the root "" among them, made of the names and times of what is
 * tracked in it. Untracked files have no part in it and need none: whoever opens a folder is shown, and whoever asks
 * Go about it is keyed by, the name, size and time of each file in it besides the folder's own time.
 */
export function folderTimes(entries: readonly TimedPath[], timeOf: ListingTime): Map<string, FileTime | undefined> {
  const listings = new Map<string, string[]>([["", []]]);
  for (const { path } of entries) {
    for (const folder of foldersAbove(path)) if (!listings.has(folder)) listings.set(folder, []);
  }
  for (const { path, time } of entries) listings.get(parentOf(path))?.push(listingLine(path, time));
  const times = new Map<string, FileTime | undefined>();
  for (const folder of deepestFirst([...listings.keys()])) {
    const lines = listings.get(folder) ?? [];
    const hash = new Bun.CryptoHasher("sha256").update(lines.toSorted().join("\0")).digest("hex");
    const time = timeOf(folder, hash);
    times.set(folder, time);
    if (folder !== "") listings.get(parentOf(folder))?.push(listingLine(`${folder}/`, time));
  }
  return times;
}

function listingLine(path: string, time: FileTime | undefined): string {
  return `${path} ${time === undefined ? "own" : `${time.seconds}.${time.micros}`}`;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function deepestFirst(folders: readonly string[]): string[] {
  const depth = (folder: string): number => (folder === "" ? 0 : folder.split("/").length);
  return folders.toSorted((a, b) => depth(b) - depth(a));
}
