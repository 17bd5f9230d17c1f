/**
 * A folder that GOCOVERDIR named, read without a toolchain: `go tool covdata` of the right version may not be there, and
 * it says nothing of which binary a block came from.
 */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { createBlocksBuilder } from "../blocks-builder.ts";
import { coverErrors } from "../errors.ts";
import type { CoverMode, CoverProfile } from "../profile.ts";
import { type CounterFile, readCounterFile } from "./counter-file.ts";
import { type MetaFile, type MetaFunction, readMetaFile } from "./meta-file.ts";

/** What the runs of one binary left. */
export interface CoveredBinary {
  readonly metaHash: string;
  /** When its last counters were written, from their name. 0 when it never ran. */
  readonly lastRunMs: number;
  readonly runs: number;
  readonly profile: CoverProfile;
  /** Functions that are declared, by file. */
  readonly functions: ReadonlyMap<string, readonly MetaFunction[]>;
  /** The hash of each package's blocks, by its path. */
  readonly packageHashes: ReadonlyMap<string, string>;
}

export interface CoverdataFolder {
  readonly mode: CoverMode;
  /** The one that ran last is the last. */
  readonly binaries: readonly CoveredBinary[];
}

const filesMax = 100_000;
const fileLimitBytes = 500_000_000;

/** Whether `path` is a folder, as GOCOVERDIR is. */
export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Throws `go/cover-unreadable`, `go/cover-malformed`, `go/cover-modes-mixed`, `go/cover-too-large`. */
export function readCoverdataFolder(folder: string): CoverdataFolder {
  const names = listFolder(folder);
  const metas = names
    .filter((name) => /^covmeta\.[0-9a-f]{32}$/.test(name))
    .map((name) => readMetaFile(readLimited(join(folder, name)), name));
  const [first] = metas;
  if (first === undefined) throw coverErrors.error("go/cover-unreadable", `${folder}: no covmeta file is in it`);
  const other = metas.find(({ mode }) => mode !== first.mode);
  const detail = `${folder}: one binary counts in mode ${first.mode}, another in ${other?.mode ?? ""}`;
  if (other !== undefined) throw coverErrors.error("go/cover-modes-mixed", detail);
  const counted = countersByMeta(folder, names);
  const binaries = metas.map((meta) => binaryOf(folder, meta, counted.get(meta.hash) ?? []));
  return { mode: first.mode, binaries: binaries.toSorted((a, b) => a.lastRunMs - b.lastRunMs) };
}

interface NamedCounters {
  readonly name: string;
  readonly timeMs: number;
}

function listFolder(folder: string): string[] {
  try {
    const names = readdirSync(folder).toSorted();
    if (names.length <= filesMax) return names;
  } catch (cause) {
    throw coverErrors.error("go/cover-unreadable", `${folder}: ${(cause as Error).message}`, { cause });
  }
  throw coverErrors.error("go/cover-too-large", `${folder}: over ${filesMax} files`);
}

/** `covcounters.META.PID.NANOSECONDS` */
function countersByMeta(folder: string, names: readonly string[]): Map<string, NamedCounters[]> {
  const found = new Map<string, NamedCounters[]>();
  for (const name of names) {
    const match = /^covcounters\.([0-9a-f]{32})\.\d+\.(\d+)$/.exec(name);
    if (match === null) continue;
    const [, hash = "", nanoseconds = "0"] = match;
    const timeMs = Number(nanoseconds) / 1e6 || statSync(join(folder, name)).mtimeMs;
    found.set(hash, [...(found.get(hash) ?? []), { name, timeMs }]);
  }
  return found;
}

function readLimited(path: string): Uint8Array {
  try {
    const { size } = statSync(path);
    if (size <= fileLimitBytes) return readFileSync(path);
  } catch (cause) {
    throw coverErrors.error("go/cover-unreadable", `${path}: ${(cause as Error).message}`, { cause });
  }
  throw coverErrors.error("go/cover-too-large", `${path}: over ${fileLimitBytes} bytes`);
}

function binaryOf(folder: string, meta: MetaFile, counters: readonly NamedCounters[]): CoveredBinary {
  const builder = createBlocksBuilder(folder, () => meta.mode);
  // What never ran is in the profile too, with 0.
  addCounters(meta, { metaHash: meta.hash, functions: [] }, builder.add, true);
  for (const { name } of counters) {
    const file = readCounterFile(readLimited(join(folder, name)), name);
    addCounters(meta, file, builder.add, false);
  }
  return {
    metaHash: meta.hash,
    lastRunMs: Math.max(0, ...counters.map(({ timeMs }) => timeMs)),
    runs: counters.length,
    profile: builder.profile(meta.mode),
    functions: declaredFunctions(meta),
    packageHashes: new Map(meta.packages.map(({ path, hash }) => [path, hash])),
  };
}

type AddBlock = ReturnType<typeof createBlocksBuilder>["add"];

function addCounters(meta: MetaFile, file: CounterFile, add: AddBlock, isAll: boolean): void {
  const put = (fn: MetaFunction, counters: readonly number[]): void => {
    for (const [at, unit] of fn.units.entries()) {
      const raw = counters[meta.isPerFunction ? 0 : at] ?? 0;
      add(fn.file, { ...unit, count: meta.mode === "set" ? Math.min(raw, 1) : raw });
    }
  };
  if (isAll) for (const { functions } of meta.packages) for (const fn of functions) put(fn, []);
  for (const { packageAt, functionAt, counters } of file.functions) {
    const fn = meta.packages[packageAt]?.functions[functionAt];
    const detail = `covcounters of ${meta.hash}: it counts function ${functionAt} of package ${packageAt}, which is not there`;
    if (fn === undefined) throw coverErrors.error("go/cover-malformed", detail);
    put(fn, counters);
  }
}

function declaredFunctions(meta: MetaFile): Map<string, MetaFunction[]> {
  const found = new Map<string, MetaFunction[]>();
  for (const { functions } of meta.packages) {
    for (const fn of functions) {
      if (fn.isLiteral || fn.units.length === 0) continue;
      const known = found.get(fn.file);
      if (known === undefined) found.set(fn.file, [fn]);
      else known.push(fn);
    }
  }
  return found;
}
