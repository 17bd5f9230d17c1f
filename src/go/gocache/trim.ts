/**
 * Trimming a GOCACHE folder by Go's own rules (`cache.go`, `Trim`): Go leaves it undone while a GOCACHEPROG is set.
 */

import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { readNames } from "../../core/folder-names.ts";

const hourMs = 3_600_000;

/** A use is noted in the file's time at most this often. */
export const mtimeIntervalMs = hourMs;

const trimIntervalMs = 24 * hourMs;
export const trimLimitMs = 5 * 24 * hourMs;

/** Whether `trim.txt` says that a trim is due. An unreadable or future time means yes, as for Go. */
export function trimIsDue(folder: string, nowMs: number): boolean {
  let text: string;
  try {
    text = readFileSync(`${folder}/trim.txt`, "latin1").trim();
  } catch {
    return true; // never trimmed
  }
  if (!/^\d+$/.test(text)) return true;
  const sinceMs = nowMs - Number(text) * 1000;
  return !(sinceMs < trimIntervalMs && sinceMs > -mtimeIntervalMs);
}

/** Removes entries and bodies that nobody used for five days. Returns how many files went. */
export function trimFolder(folder: string, nowMs: number, deadlineMs = 2000): number {
  const startMs = performance.now();
  writeFileSync(`${folder}/trim.txt`, String(Math.floor(nowMs / 1000)));
  const cutoffMs = nowMs - trimLimitMs - mtimeIntervalMs;
  let removed = 0;
  for (let i = 0; i < 256; i++) {
    if (performance.now() - startMs > deadlineMs) break;
    removed += trimSubfolder(`${folder}/${i.toString(16).padStart(2, "0")}`, cutoffMs);
  }
  return removed;
}

function trimSubfolder(subfolder: string, cutoffMs: number): number {
  let removed = 0;
  for (const name of readNames(subfolder)) {
    if (!name.endsWith("-a") && !name.endsWith("-d")) continue;
    const path = `${subfolder}/${name}`;
    const info = statSync(path, { throwIfNoEntry: false });
    if (info === undefined || info.mtimeMs >= cutoffMs) continue;
    rmSync(path, { recursive: info.isDirectory(), force: true });
    removed++;
  }
  return removed;
}
