/**
 * `covcounters.HASH.PID.TIME`: what a run of a covered binary counted. As `internal/coverage/defs.go` and
 * `encodecounter` of Go write it; version 1 since Go 1.20.
 */

import { coverErrors } from "../errors.ts";
import { type ByteReader, createByteReader } from "./byte-reader.ts";

export interface FunctionCounters {
  readonly packageAt: number;
  readonly functionAt: number;
  readonly counters: readonly number[];
}

export interface CounterFile {
  /** Of the covmeta file that says what was counted. */
  readonly metaHash: string;
  readonly functions: readonly FunctionCounters[];
}

const magic = "0063776d";
const headerBytes = 32;
const footerBytes = 16;
const rawFlavor = 1;
const ulebFlavor = 2;

/** Throws `go/cover-malformed`. */
export function readCounterFile(bytes: Uint8Array, name: string): CounterFile {
  const malformed = (what: string): Error => coverErrors.error("go/cover-malformed", `${name}: ${what}`);
  const reader = createByteReader(bytes, name);
  if (reader.hex(4) !== magic) throw malformed("it is no covcounters file");
  const version = reader.uint32();
  if (version !== 1) throw malformed(`its version is ${version}; 1 is known`);
  const metaHash = reader.hex(16);
  const flavor = reader.uint8();
  const isBigEndian = reader.uint8() !== 0;
  if (flavor !== rawFlavor && flavor !== ulebFlavor) throw malformed(`its numbers are of kind ${flavor}`);
  const rawNumber = isBigEndian ? reader.uint32BigEndian : reader.uint32;
  const number = flavor === ulebFlavor ? reader.uleb128 : rawNumber;
  const segments = readSegmentCount(reader, bytes, malformed);
  reader.seek(headerBytes);
  const functions: FunctionCounters[] = [];
  for (let segment = 0; segment < segments; segment++) {
    if (segment > 0) reader.seek(reader.at() + footerBytes);
    readSegment(reader, number, bytes.length, functions);
  }
  return { metaHash, functions };
}

function readSegmentCount(reader: ByteReader, bytes: Uint8Array, malformed: (what: string) => Error): number {
  reader.seek(bytes.length - footerBytes);
  if (reader.hex(4) !== magic) throw malformed("its end is missing: the program was killed while it wrote");
  reader.uint32(); // padding
  const segments = reader.uint32();
  if (segments * footerBytes > bytes.length) throw malformed(`${segments} segments`);
  return segments;
}

function readSegment(reader: ByteReader, number: () => number, limitBytes: number, found: FunctionCounters[]): void {
  const count = reader.uint64();
  const namesBytes = reader.uint32();
  const argumentsBytes = reader.uint32();
  const behind = reader.at() + namesBytes + argumentsBytes;
  reader.seek(Math.ceil(behind / 4) * 4);
  for (let at = 0; at < count; at++) {
    const counters = number();
    const packageAt = number();
    const functionAt = number();
    // Each takes a byte at least; what is not there ends the loop by a failure.
    const values = Array.from({ length: Math.min(counters, limitBytes) }, number);
    found.push({ packageAt, functionAt, counters: values });
  }
}
