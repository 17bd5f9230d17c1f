/** A bench's temporary folder: everything that it writes lies there, and is gone when it ends. */

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
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

/** @param parent where the folder is made; the system's temporary folder when absent */
export function makeWorkFolder(parent: string | undefined): WorkFolder {
  const base = resolve(parent ?? tmpdir());
  mkdirSync(base, { recursive: true });
  const path = mkdtempSync(join(base, "ballast-bench-"));
  return {
    path,
    at(...parts) {
      mkdirSync(join(path, ...parts.slice(0, -1)), { recursive: true });
      return join(path, ...parts);
    },
    fresh(...parts) {
      const folder = join(path, ...parts);
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      return folder;
    },
    remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }),
  };
}
