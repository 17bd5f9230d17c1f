import { rmSync, statSync } from "node:fs";
import { readNames } from "../../core/folder-names.ts";

/** Removes what lies in `folder` for longer than `keepMs`: what a helper that was killed left behind. */
export function removeOld(folder: string, keepMs: number, nowMs: number): void {
  for (const name of readNames(folder)) {
    const path = `${folder}/${name}`;
    const info = statSync(path, { throwIfNoEntry: false });
    if (info !== undefined && nowMs - info.mtimeMs > keepMs) rmSync(path, { recursive: true, force: true });
  }
}
