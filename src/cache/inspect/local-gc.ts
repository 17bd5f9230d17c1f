/**
 * Making a runner's folders smaller: first what Go's own trim would remove, then, least recently used first, what is
 * beyond a size. It covers the folders of all scopes, since nobody else tidies those of changes that were merged.
 */

import { rmSync, statSync, writeFileSync } from "node:fs";
import { readNames } from "../../core/folder-names.ts";
import { mtimeIntervalMs, trimLimitMs } from "../../go/gocache/trim.ts";
import type { CacheFolder } from "../local/folder.ts";
import { sweepSpill } from "../local/spill.ts";
import type { FolderContents } from "./folder-scan.ts";
import { foresee, type Removal, remove, type RemovalReport, writing } from "./removal.ts";

export interface GcOptions {
  /** Entries and bodies that were not used for so long go. Go's own rule when absent: five days, and an hour's grace. */
  readonly maxAgeMs?: number | undefined;
  /** What the bodies of all folders may take together. */
  readonly maxSizeBytes?: number | undefined;
  /** What was used more recently stays: a running build may have been told its path, and opens it later. */
  readonly minIdleMs: number;
  readonly isDryRun: boolean;
  readonly nowMs: number;
}

/** A folder and what was found in it. */
export interface ScannedFolder {
  readonly folder: CacheFolder;
  readonly contents: FolderContents;
}

export interface GcReport extends RemovalReport {
  readonly keptBytes: number;
  /** Temporary files of writers that ended before they could remove them. */
  readonly temporaryFiles: number;
}

/** Twice Go's own interval for noting a use, so that what a build used in the last hour is never taken from it. */
export const defaultMinIdleMs = 2 * mtimeIntervalMs;

export function collectLocal(folders: readonly ScannedFolder[], options: GcOptions): GcReport {
  const removals = planRemovals(folders, options);
  if (!options.isDryRun) sweepSpill(options.nowMs);
  const reports = folders.map(({ folder, contents }, i) => {
    const removal = removals[i] as Removal;
    return options.isDryRun ? foresee(contents, removal) : remove(folder, contents, removal);
  });
  const sum = (value: (report: RemovalReport) => number): number => reports.reduce((all, one) => all + value(one), 0);
  const freedBytes = sum((report) => report.freedBytes);
  return {
    entries: sum((report) => report.entries),
    outputs: sum((report) => report.outputs),
    freedBytes,
    keptBytes: folders.reduce((all, { contents }) => all + bodyBytes(contents), 0) - freedBytes,
    temporaryFiles: folders.reduce((all, { folder }) => all + writing(folder.path, () => tidy(folder, options)), 0),
  };
}

interface Candidate {
  readonly folder: number;
  readonly output: string;
  readonly sizeBytes: number;
  readonly usedMs: number;
}

/** For each folder what is to go. */
function planRemovals(folders: readonly ScannedFolder[], options: GcOptions): Removal[] {
  const { nowMs, minIdleMs, maxSizeBytes } = options;
  const idleBeforeMs = nowMs - minIdleMs;
  const oldBeforeMs = Math.min(idleBeforeMs, nowMs - (options.maxAgeMs ?? trimLimitMs + mtimeIntervalMs));
  const outputs = folders.map(() => new Set<string>());
  const candidates: Candidate[] = [];
  let keptBytes = 0;
  for (const [index, { contents }] of folders.entries()) {
    for (const { output, sizeBytes, usedMs } of lastUses(contents)) {
      if (usedMs < oldBeforeMs) outputs[index]?.add(output);
      else {
        keptBytes += sizeBytes;
        if (usedMs < idleBeforeMs) candidates.push({ folder: index, output, sizeBytes, usedMs });
      }
    }
  }
  candidates.sort((a, b) => a.usedMs - b.usedMs);
  for (const { folder, output, sizeBytes } of candidates) {
    if (maxSizeBytes === undefined || keptBytes <= maxSizeBytes) break;
    outputs[folder]?.add(output);
    keptBytes -= sizeBytes;
  }
  return folders.map(({ contents }, index) => removalOf(contents, outputs[index] ?? new Set(), oldBeforeMs));
}

/** An output's last use is the newest of its own and its entries': Go notes both. */
function lastUses(contents: FolderContents): { output: string; sizeBytes: number; usedMs: number }[] {
  const used = new Map<string, number>();
  for (const { output, usedMs } of contents.entries) used.set(output, Math.max(usedMs, used.get(output) ?? 0));
  return [...contents.bodies.values()].map(({ output, sizeBytes, usedMs }) => {
    return { output, sizeBytes, usedMs: Math.max(usedMs, used.get(output) ?? 0) };
  });
}

/** An entry goes when its body does, or when it was not used itself for too long, as Go's trim has it. */
function removalOf(contents: FolderContents, outputs: ReadonlySet<string>, oldBeforeMs: number): Removal {
  const gone = contents.entries.filter(({ output, usedMs }) => outputs.has(output) || usedMs < oldBeforeMs);
  return { actions: new Set(gone.map(({ action }) => action)), outputs };
}

function bodyBytes(contents: FolderContents): number {
  let sum = 0;
  for (const { sizeBytes } of contents.bodies.values()) sum += sizeBytes;
  return sum;
}

/** A body on its way is written to now and then; one that was not for an hour has no writer any more. */
const abandonedMs = 3_600_000;

function tidy(folder: CacheFolder, { nowMs, isDryRun, maxAgeMs }: GcOptions): number {
  const temporary = [
    ...readNames(`${folder.ballastPath}/tmp`).map((name) => `${folder.ballastPath}/tmp/${name}`),
    ...readNames(folder.ballastPath)
      .filter((name) => /^(index|toolchain|scope)\.\d+$/.test(name))
      .map((name) => `${folder.ballastPath}/${name}`),
  ].filter((path) => nowMs - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? nowMs) > abandonedMs);
  if (isDryRun) return temporary.length;
  for (const path of temporary) rmSync(path, { recursive: true, force: true });
  // Go would trim again at its next build otherwise.
  const isTrimmed = maxAgeMs === undefined || maxAgeMs <= trimLimitMs + mtimeIntervalMs;
  if (isTrimmed && statSync(folder.path, { throwIfNoEntry: false }) !== undefined) {
    writeFileSync(`${folder.path}/trim.txt`, String(Math.floor(nowMs / 1000)));
  }
  return temporary.length;
}
