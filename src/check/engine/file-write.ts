/** Replacing a file whole, so that nobody ever sees half of it. */

import { chmodSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";

/** Writes beside the file and renames; the mode of an earlier file stays. */
export function writeAtomically(path: string, text: string): void {
  const temporary = `${path}.ballast-${process.pid}`;
  try {
    writeFileSync(temporary, text, { flag: "wx" });
    const earlier = statSync(path, { throwIfNoEntry: false });
    if (earlier !== undefined) chmodSync(temporary, earlier.mode & 0o7777);
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw cause;
  }
}
