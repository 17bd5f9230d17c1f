/** One measurement of coverage: a profile, or a GOCOVERDIR folder, and all that is known of it. */

import { hasCode } from "../../core/errors.ts";
import { createBlocksBuilder, type RepeatedBlocks } from "../../go/cover/blocks-builder.ts";
import {
  type CoverdataFolder,
  type CoveredBinary,
  isFolder,
  readCoverdataFolder,
} from "../../go/cover/covdata/read-folder.ts";
import { mergeProfiles } from "../../go/cover/merge.ts";
import type { CoverMode, CoverProfile } from "../../go/cover/profile.ts";
import { readProfile } from "../../go/cover/read-profile.ts";
import type { MetaFunction } from "../../go/cover/covdata/meta-file.ts";
import { type CoverageRecord, type FileFacts, type FunctionPlace, hashProfile, readCoverageRecord } from "./record.ts";

export interface Measured {
  /** As it was named. */
  readonly name: string;
  readonly profile: CoverProfile;
  readonly repeated: RepeatedBlocks;
  /** Of this very profile. */
  readonly record?: CoverageRecord;
  /** Of the sources that it was measured on, or, for a bare profile, that are here now. */
  readonly files: Readonly<Record<string, FileFacts>>;
  /** Whether a package is in the tree that was measured; `undefined` where nobody knows. */
  readonly hasPackage: (path: string) => boolean | undefined;
  /** Of a GOCOVERDIR folder in which older binaries left data too. */
  readonly newest?: NewestBinary;
  /** Files whose source here is not what the binary was built from. */
  readonly unfit?: readonly string[];
  /** Whether it is a GOCOVERDIR folder. */
  readonly isFolder?: boolean;
  /** Go wrote nothing: the file is of an earlier run. */
  readonly isLeftOver?: boolean;
}

export interface NewestBinary {
  readonly profile: CoverProfile;
  /** Whose blocks differ between binaries. */
  readonly packages: readonly string[];
}

/** What a name on the command line names. Throws what the readers throw. */
export function readMeasured(path: string): Measured {
  const unknown = { name: path, files: {}, hasPackage: () => undefined };
  if (isFolder(path)) return { ...unknown, isFolder: true, ...fromFolder(readCoverdataFolder(path)) };
  const { profile, repeated } = readProfile(path);
  const record = readCoverageRecord(path);
  const isOwn = record !== undefined && record.profileHash === hashProfile(path);
  if (!isOwn) return { ...unknown, profile, repeated };
  return withRecord({ name: path, profile, repeated }, record);
}

/** What a record tells of its profile. */
export function withRecord(
  measured: Pick<Measured, "name" | "profile" | "repeated" | "isLeftOver">,
  record: CoverageRecord,
): Measured {
  const known = new Set(record.results?.map(({ path }) => path));
  // Only a run that went to its end over all packages that were named has seen that one is not there.
  const isWhole = record.results !== undefined && record.exitCode === 0;
  const isAll = record.patterns.includes("./...");
  return {
    ...measured,
    record,
    files: record.files,
    hasPackage: (path) => (known.has(path) ? true : whenWhole(isWhole && isAll)),
  };
}

function whenWhole(isWhole: boolean): false | undefined {
  return isWhole ? false : undefined;
}

type FolderFacts = Pick<Measured, "profile" | "repeated" | "newest" | "files">;

/** A folder's counters are added by Go itself: nothing is there twice. */
const nothingRepeated: RepeatedBlocks = { lines: 0, contradicting: 0, lastWins: { covered: 0, statements: 0 } };

/** As Go's own tools put binaries together; beside it what the newest of each program says. */
function fromFolder({ mode, binaries }: CoverdataFolder): FolderFacts {
  const { newest, packages } = newestBinaries(binaries);
  const merged = mergeProfiles(newest.map(({ metaHash, profile }) => ({ name: `covmeta.${metaHash}`, profile })));
  const files = functionsOf(newest);
  if (packages.length === 0) return { profile: merged, repeated: nothingRepeated, files };
  const whole = addAll(mode, binaries) ?? merged;
  return { profile: whole, repeated: nothingRepeated, files, newest: { profile: merged, packages } };
}

/** The data names functions; of the sources' bytes it says nothing. */
function functionsOf(binaries: readonly CoveredBinary[]): Record<string, FileFacts> {
  const facts: Record<string, FileFacts> = {};
  for (const { functions } of binaries) {
    for (const [file, members] of functions) {
      facts[file] = { hash: "", isGenerated: false, functions: members.map(placeOf).toSorted(byStart) };
    }
  }
  return facts;
}

function placeOf({ name, units }: MetaFunction): FunctionPlace {
  const byPlace = units.toSorted((a, b) => a.startLine - b.startLine || a.startColumn - b.startColumn);
  const first = byPlace[0];
  const last = units.toSorted((a, b) => a.endLine - b.endLine || a.endColumn - b.endColumn).at(-1);
  return {
    name,
    startLine: first?.startLine ?? 0,
    startColumn: first?.startColumn ?? 0,
    endLine: last?.endLine ?? 0,
    endColumn: last?.endColumn ?? 0,
  };
}

function byStart(a: FunctionPlace, b: FunctionPlace): number {
  return a.startLine - b.startLine || a.startColumn - b.startColumn;
}

interface Newest {
  readonly newest: readonly CoveredBinary[];
  /** Packages whose blocks differ between binaries. */
  readonly packages: readonly string[];
}

/** @param binaries the one that ran last is the last */
function newestBinaries(binaries: readonly CoveredBinary[]): Newest {
  const last = new Map<string, string>();
  const differing = new Set<string>();
  for (const { packageHashes } of binaries) {
    for (const [path, hash] of packageHashes) {
      if ((last.get(path) ?? hash) !== hash) differing.add(path);
      last.set(path, hash);
    }
  }
  const isNewest = ({ packageHashes }: CoveredBinary): boolean =>
    [...packageHashes].every(([path, hash]) => last.get(path) === hash);
  return { newest: binaries.filter(isNewest), packages: [...differing].toSorted() };
}

/** `undefined` where one place has two numbers of statements: Go's tools fail on that too. */
function addAll(mode: CoverMode, binaries: readonly CoveredBinary[]): CoverProfile | undefined {
  const all = createBlocksBuilder("GOCOVERDIR", () => mode);
  try {
    for (const { profile } of binaries) {
      for (const [file, blocks] of profile.files) for (const block of blocks) all.add(file, block);
    }
    return all.profile(mode);
  } catch (cause) {
    if (hasCode(cause, "go/cover-blocks-contradict")) return undefined;
    throw cause;
  }
}
