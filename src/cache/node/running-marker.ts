/**
 * A file that is there while a node runs. Found at the start, it says that the last end was not a clean one; what it
 * holds says whether the index was found damaged.
 */

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hasErrno } from "./disk/errno.ts";

export type LastEnd =
  | { readonly kind: "clean" }
  | { readonly kind: "unclean" }
  | { readonly kind: "damaged"; readonly reason: string };

const damagedPrefix = "damaged: ";

export function readLastEnd(folder: string): LastEnd {
  try {
    const text = readFileSync(markerPath(folder), "utf8");
    if (!text.startsWith(damagedPrefix)) return { kind: "unclean" };
    return { kind: "damaged", reason: text.slice(damagedPrefix.length).trim() };
  } catch (cause) {
    if (hasErrno(cause, "ENOENT")) return { kind: "clean" };
    throw cause;
  }
}

export function markRunning(folder: string): void {
  writeFileSync(markerPath(folder), "running\n");
}

export function markDamaged(folder: string, reason: string): void {
  writeFileSync(markerPath(folder), `${damagedPrefix}${reason}\n`);
}

export function markEnded(folder: string): void {
  rmSync(markerPath(folder), { force: true });
}

function markerPath(folder: string): string {
  return join(folder, "running");
}
