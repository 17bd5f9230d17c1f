/** Remembers an area's result by everything that it depends on, so that a second run reads and hashes and does no more. */

import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { userCacheFolder } from "../../go/env.ts";
import type { AreaResult, KeptParts } from "../area.ts";
import { hashFile } from "./snapshot.ts";

export interface ResultCache {
  /** The result under this key, if the files that it read besides are still the same. */
  find(key: string, root: string): AreaResult | undefined;
  store(key: string, result: AreaResult, otherReads: ReadonlyMap<string, string>): void;
  /** What an area kept under this key; `undefined` where nothing is remembered. */
  openParts(key: string): StoredParts | undefined;
}

export interface StoredParts extends KeptParts {
  /** Writes down what was kept since they were opened, and that alone. */
  write(): void;
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
export const noCache: ResultCache = {
  find: () => undefined,
  store: () => undefined,
  openParts: () => undefined,
};

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
    openParts: (key) => openParts(folder, key),
  };
}

function openParts(folder: string, key: string): StoredParts {
  let known: Readonly<Record<string, unknown>> | undefined;
  const kept = new Map<string, unknown>();
  return {
    find: (part) => (known ??= readParts(join(folder, `${key}.json`)))[part],
    keep: (part, value) => void kept.set(part, value),
    write: () => {
      if (kept.size > 0) writeEntry(folder, key, Object.fromEntries(kept));
    },
  };
}

function readParts(path: string): Readonly<Record<string, unknown>> {
  const read = readJson(path);
  return typeof read === "object" && read !== null ? (read as Record<string, unknown>) : {};
}

function readEntry(path: string): StoredResult | undefined {
  const stored = readJson(path) as StoredResult | undefined;
  return Array.isArray(stored?.result?.findings) && Array.isArray(stored.otherReads) ? stored : undefined;
}

function readJson(path: string): unknown {
  try {
    if (statSync(path).size > entryLimitBytes) return undefined;
    const stored: unknown = JSON.parse(readFileSync(path, "utf8"));
    const now = new Date();
    utimesSync(path, now, now);
    return stored;
  } catch {
    return undefined; // never stored, or half of it was lost with the disk: it is made again
  }
}

function writeEntry(folder: string, key: string, stored: unknown): void {
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
