/**
 * What a profile does not say of itself, kept beside it: a bare profile names no toolchain, no package set and no
 * commit, so nobody can tell from two of them whether a change is one of the tests or of the measurement.
 */

import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { isCoverageRecord } from "./record-shape.ts";

/** Where a function's body lies, from its `{` to behind its `}`. */
export interface FunctionPlace {
  readonly name: string;
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** A block as a toolchain cuts it: start line and column, end line and column, statements. */
export type BlockPlace = readonly [number, number, number, number, number];

/** A source file as it was when the tests had run. */
export interface FileFacts {
  /** SHA-256. */
  readonly hash: string;
  /** It says `Code generated … DO NOT EDIT.` */
  readonly isGenerated: boolean;
  readonly functions: readonly FunctionPlace[];
  /** The blocks that the toolchain cuts it into; asked for only where the profile's own are in doubt. */
  readonly blocks?: readonly BlockPlace[];
}

export type PackageOutcome = "ok" | "failed" | "not-built" | "no-tests";

export interface PackageResult {
  readonly path: string;
  readonly outcome: PackageOutcome;
  /** Go took the result, and with it the profile, from its cache. */
  readonly isCached: boolean;
}

export interface CoverageRecord {
  readonly version: 1;
  /** SHA-256 of the profile that this belongs to. */
  readonly profileHash: string;
  readonly timeMs: number;
  /** `go1.26.8 linux/amd64`. */
  readonly toolchain: string;
  /** The packages as they were named; none is the working directory's. */
  readonly patterns: readonly string[];
  /** The value of -coverpkg; empty where each package's tests count for that package alone. */
  readonly coverpkg: string;
  /** Flags that choose tests or change what they do, in the order of their names. */
  readonly testFlags: readonly string[];
  readonly commit?: string;
  /** Whether tracked files differed from that commit. */
  readonly isDirty?: boolean;
  readonly exitCode: number;
  /** Absent where go's output went to a terminal and was not looked at. */
  readonly results?: readonly PackageResult[];
  /** What was found wrong with the folder for go's temporary files, after tests had failed. */
  readonly tempFolder?: "unwritable" | "noexec";
  readonly files: Readonly<Record<string, FileFacts>>;
}

const recordLimitBytes = 500_000_000;

/** The record's path, beside the profile. */
export function recordPath(profilePath: string): string {
  return `${profilePath}.ballast.json`;
}

/** `undefined` where there is none, or none that can be understood. */
export function readCoverageRecord(profilePath: string): CoverageRecord | undefined {
  const path = recordPath(profilePath);
  try {
    if (statSync(path).size > recordLimitBytes) return undefined;
    const value = JSON.parse(readFileSync(path, "utf8")) as unknown;
    return isCoverageRecord(value) ? value : undefined;
  } catch {
    return undefined; // most profiles have none
  }
}

/** Throws what the file system throws. */
export function writeCoverageRecord(profilePath: string, record: CoverageRecord): void {
  const path = recordPath(profilePath);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.${process.pid}`, JSON.stringify(record));
  renameSync(`${path}.${process.pid}`, path);
}

/** SHA-256 of a profile's bytes, as records name it; `undefined` for what cannot be read. */
export function hashProfile(path: string): string | undefined {
  try {
    return new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");
  } catch {
    return undefined; // go wrote none
  }
}
