/** Remembers an area's result by everything that it depends on, so that a second run reads and hashes and does no more. */

import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { userCacheFolder } from "../../go/env.ts";
import type { AreaResult } from "../area.ts";
import { hashFile } from "./snapshot.ts";

export interface ResultCache {
  /** The result under this key, if the files that it read besides are still the same. */
  find(key: string, root: string): AreaResult | undefined;
  store(key: string, result: AreaResult, otherReads: ReadonlyMap<string, string>): void;
}

interface StoredResult {
  readonly result: AreaResult;
  /** Files that the area read although the key does not hold them, with their hashes. */
  readonly otherReads: readonly (readonly [path: string, hash: string])[];
}

/** A repository has a few results for each set of flags, and a watch adds one with every change. */
const keptEntries = 200;
const entryLimitBytes = 100_000_000;

/** A cache that remembers nothing. */
export const noCache: ResultCache = { find: () => undefined, store: () => undefined };

/** The cache in the user's cache folder. A folder that cannot be written to is not worth a word. */
export function openResultCache(env: Readonly<Record<string, string | undefined>>): ResultCache {
  const folder = join(userCacheFolder(env), "ballast", "check");
  return {
    find: (key, root) => {
      const stored = readEntry(join(folder, `${key}.json`));
      if (stored === undefined) return undefined;
      return stored.otherReads.every(([path, hash]) => hashFile(root, path) === hash) ? stored.result : undefined;
    },
    store: (key, result, otherReads) => writeEntry(folder, key, { result, otherReads: [...otherReads] }),
  };
}

function readEntry(path: string): StoredResult | undefined {
  try {
    if (statSync(path).size > entryLimitBytes) return undefined;
    const stored = JSON.parse(readFileSync(path, "utf8")) as StoredResult;
    const now = new Date();
    utimesSync(path, now, now);
    return Array.isArray(stored.result.findings) && Array.isArray(stored.otherReads) ? stored : undefined;
  } catch {
    return undefined; // never stored, or half of it was lost with the disk: it is made again
  }
}

function writeEntry(folder: string, key: string, stored: StoredResult): void {
  const path = join(folder, `${key}.json`);
  const temporary = `${path}.${process.pid}`;
  try {
    // Findings quote the code, so that nobody else may read them.
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(temporary, JSON.stringify(stored), { mode: 0o600 });
    renameSync(temporary, path);
    removeOldest(folder);
  } catch {
    rmSync(temporary, { force: true });
  }
}

function removeOldest(folder: string): void {
  const names = readdirSync(folder);
  if (names.length <= keptEntries) return;
  const aged = names.map((name) => ({ name, usedMs: statSync(join(folder, name)).mtimeMs }));
  const oldest = aged.toSorted((a, b) => a.usedMs - b.usedMs).slice(0, names.length - keptEntries);
  for (const { name } of oldest) rmSync(join(folder, name), { force: true });
}
