/** A bench's temporary folder: everything that it writes lies there, and is gone when it ends. */

import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export interface WorkFolder {
  readonly path: string;
  /** A path in it; the folders above it exist. */
  at(...parts: string[]): string;
  /** An empty folder in it, whatever was there before. */
  fresh(...parts: string[]): string;
  remove(): void;
}

/**
 * Moves a folder out of the way. It is removed at the end of the bench: ext4 passes over the inodes of files that were
 * deleted in the last minutes one by one, and a build that writes two thousand files would pay for that.
 */
export function retire(folder: string): void {
  if (existsSync(folder)) renameSync(folder, `${folder}.retired-${crypto.randomUUID()}`);
}

/** @param parent where the folder is made; the system's temporary folder when absent */
export function makeWorkFolder(parent: string | undefined): WorkFolder {
  const base = resolve(parent ?? tmpdir());
  mkdirSync(base, { recursive: true });
  return workFolderAt(mkdtempSync(join(base, "ballast-bench-")));
}

/** A folder that is there, with what is in it. */
export function workFolderAt(path: string): WorkFolder {
  return {
    path,
    at(...parts) {
      mkdirSync(join(path, ...parts.slice(0, -1)), { recursive: true });
      return join(path, ...parts);
    },
    fresh(...parts) {
      const folder = join(path, ...parts);
      retire(folder);
      mkdirSync(folder, { recursive: true });
      return folder;
    },
    remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }),
  };
}
