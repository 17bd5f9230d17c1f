/**
 * `covmeta.HASH`: what a covered binary could have run. As `internal/coverage/defs.go` and `encodemeta` of Go write it;
 * version 1 since Go 1.20.
 */

import { coverErrors } from "../errors.ts";
import type { CoverMode } from "../profile.ts";
import { type ByteReader, createByteReader } from "./byte-reader.ts";

/** A piece of source with its own counter. */
export interface CoverUnit {
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly statements: number;
}

export interface MetaFunction {
  /** `F`, `T.M`, `*T.M`; of a function literal Go's own name for it. */
  readonly name: string;
  readonly file: string;
  readonly units: readonly CoverUnit[];
  readonly isLiteral: boolean;
}

export interface MetaPackage {
  readonly path: string;
  /** Changes with the package's blocks. */
  readonly hash: string;
  readonly functions: readonly MetaFunction[];
}

export interface MetaFile {
  /** Tells this binary's packages from those of another; counter files name it. */
  readonly hash: string;
  readonly mode: CoverMode;
  /** One counter for each function instead of one for each block. */
  readonly isPerFunction: boolean;
  readonly packages: readonly MetaPackage[];
}

const magic = "0063766d";
const headerBytes = 56;
const packageHeaderBytes = 44;
const modes: readonly (CoverMode | undefined)[] = [undefined, "set", "count", "atomic"];

/** Throws `go/cover-malformed`. */
export function readMetaFile(bytes: Uint8Array, name: string): MetaFile {
  const reader = createByteReader(bytes, name);
  const malformed = (what: string): Error => coverErrors.error("go/cover-malformed", `${name}: ${what}`);
  if (reader.hex(4) !== magic) throw malformed("it is no covmeta file");
  const version = reader.uint32();
  if (version !== 1) throw malformed(`its version is ${version}; 1 is known`);
  const totalBytes = reader.uint64();
  if (totalBytes > bytes.length) throw malformed(`${bytes.length} of ${totalBytes} bytes are there`);
  const count = reader.uint64();
  const hash = reader.hex(16);
  reader.seek(reader.at() + 8); // its string table, which no reader of Go's needs either
  const mode = modes[reader.uint8()];
  const granularity = reader.uint8();
  if (mode === undefined) throw malformed("it names no mode");
  if (count * 16 > bytes.length) throw malformed(`${count} packages`);
  reader.seek(headerBytes);
  const offsets = Array.from({ length: count }, () => reader.uint64());
  const lengths = Array.from({ length: count }, () => reader.uint64());
  const packages = offsets.map((offset, at) => {
    const end = offset + (lengths[at] ?? 0);
    if (end > bytes.length) throw malformed(`package ${at} lies outside`);
    return readPackage(bytes.subarray(offset, end), `${name}: package ${at}`);
  });
  return { hash, mode, isPerFunction: granularity === 2, packages };
}

function readPackage(bytes: Uint8Array, what: string): MetaPackage {
  const reader = createByteReader(bytes, what);
  reader.uint32(); // its length
  reader.uint32(); // its name
  const pathAt = reader.uint32();
  reader.uint32(); // its module
  const hash = reader.hex(16);
  reader.uint32(); // padding
  reader.uint32(); // the number of files
  const count = reader.uint32();
  if (count * 4 > bytes.length) throw coverErrors.error("go/cover-malformed", `${what}: ${count} functions`);
  reader.seek(packageHeaderBytes);
  const offsets = Array.from({ length: count }, () => reader.uint32());
  const names = reader.strings();
  return {
    path: names[pathAt] ?? "",
    hash,
    functions: offsets.map((at) => readFunction(reader, at, names, bytes.length)),
  };
}

function readFunction(reader: ByteReader, at: number, names: readonly string[], limitBytes: number): MetaFunction {
  reader.seek(at);
  const count = reader.uleb128();
  const name = names[reader.uleb128()] ?? "";
  const file = names[reader.uleb128()] ?? "";
  // A unit takes five bytes at least; a count beyond that must not make room first.
  const units = Array.from({ length: Math.min(count, limitBytes) }, () => readUnit(reader));
  return { name, file, units, isLiteral: reader.uleb128() !== 0 };
}

function readUnit(reader: ByteReader): CoverUnit {
  const [startLine, startColumn] = [reader.uleb128(), reader.uleb128()];
  const [endLine, endColumn] = [reader.uleb128(), reader.uleb128()];
  return { startLine, startColumn, endLine, endColumn, statements: reader.uleb128() };
}
