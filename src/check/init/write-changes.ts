/** Writes an agreed plan: each file whole, none over what changed meanwhile, none outside of the repository. */

import { existsSync, lstatSync, mkdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

import { writeAtomically } from "../engine/file-write.ts";
import { initErrors } from "./errors.ts";
import type { FileChange } from "./file-change.ts";

/** Writes all changes. Throws `check/init-not-written`; what was written before that stays. */
export function writeChanges(root: string, changes: readonly FileChange[]): void {
  for (const change of changes) {
    try {
      writeChange(root, change);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw initErrors.error("check/init-not-written", `${change.path}: ${reason}`, { cause });
    }
  }
}

function writeChange(root: string, { path, before, after }: FileChange): void {
  const full = join(root, path);
  const folder = nearestFolder(dirname(full));
  const home = realpathSync(root);
  const real = realpathSync(folder);
  if (real !== home && !real.startsWith(`${home}/`)) throw new Error("a symlink leads out of the repository");
  const stat = lstatSync(full, { throwIfNoEntry: false });
  if (before === undefined && stat !== undefined) throw new Error("it was made meanwhile");
  if (before !== undefined && stat?.isFile() !== true) throw new Error("it is no regular file");
  // Bytes that are no UTF-8 would be lost by writing the decoded text.
  if (before !== undefined && !readFileSync(full).equals(Buffer.from(before))) {
    throw new Error("it changed meanwhile, or is not UTF-8");
  }
  mkdirSync(dirname(full), { recursive: true });
  writeAtomically(full, after);
}

function nearestFolder(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearestFolder(dirname(folder));
}
