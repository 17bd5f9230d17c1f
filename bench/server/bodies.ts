/** Distinct real bodies of one size, cut from the archives of a GOCACHE. */

import { closeSync, openSync, readdirSync, readFileSync, readSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { BenchFailure } from "../measure/failure.ts";

export interface Body {
  /** 64 hex digits, as everywhere. */
  readonly action: string;
  /** SHA-256 of the raw bytes. */
  readonly output: string;
  /** Where its bytes lie in the set's file; as they travel, so perhaps compressed. */
  readonly offset: number;
  readonly length: number;
}

export interface BodySet {
  readonly file: string;
  readonly sizeBytes: number;
  readonly bodies: readonly Body[];
}

const archiveMagic = Buffer.from("!<arch>\n");

/** Writes archives of `gocache` end to end into `file`, until there are `wantedBytes`; the number of bytes. */
export function joinArchives(gocache: string, file: string, wantedBytes: number): number {
  const names = readdirSync(gocache, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith("-d"));
  const target = openSync(file, "w");
  let written = 0;
  for (const name of names.toSorted()) {
    if (written >= wantedBytes) break;
    const bytes = readFileSync(join(gocache, name));
    if (bytes.subarray(0, archiveMagic.length).equals(archiveMagic)) written += writeSync(target, bytes);
  }
  closeSync(target);
  return written;
}

/**
 * Where to cut `count` pieces of `sizeBytes` out of `totalBytes`: side by side where there is enough, else overlapping.
 * Throws BenchFailure when pieces would begin less than 64 bytes apart: these would hardly be different bodies.
 */
export function cutOffsets(totalBytes: number, sizeBytes: number, count: number): number[] {
  const stride = Math.min(sizeBytes, Math.floor((totalBytes - sizeBytes) / Math.max(1, count - 1)));
  if (stride < 64) throw new BenchFailure(`${totalBytes} bytes of archives are too few for ${count} bodies`);
  return Array.from({ length: count }, (_, index) => index * stride);
}

export interface CutRequest {
  /** What `joinArchives` wrote. */
  readonly file: string;
  readonly totalBytes: number;
  readonly sizeBytes: number;
  readonly count: number;
  /** Tells the actions of one set from another's. */
  readonly label: string;
}

/** Throws BenchFailure when more than a tenth of the pieces are equal to another: long runs of zeros, for instance. */
export function cutBodies(request: CutRequest): BodySet {
  const { file, totalBytes, sizeBytes, count, label } = request;
  const bodies: Body[] = [];
  const seen = new Set<string>();
  const bytes = Buffer.alloc(sizeBytes);
  const source = openSync(file, "r");
  for (const offset of cutOffsets(totalBytes, sizeBytes, Math.ceil(count * 1.1))) {
    readSync(source, bytes, 0, sizeBytes, offset);
    const output = sha256(bytes);
    if (seen.has(output)) continue;
    seen.add(output);
    bodies.push({ action: sha256(`${label} ${output}`), output, offset, length: sizeBytes });
    if (bodies.length === count) break;
  }
  closeSync(source);
  if (bodies.length < count) throw new BenchFailure(`only ${bodies.length} of ${count} bodies are distinct`);
  return { file, sizeBytes, bodies };
}

/** The same set as it travels when a client compresses. */
export function compressBodies(set: BodySet, file: string): BodySet {
  const source = openSync(set.file, "r");
  const target = openSync(file, "w");
  const bytes = Buffer.alloc(set.sizeBytes);
  let offset = 0;
  const bodies = set.bodies.map((body) => {
    readSync(source, bytes, 0, set.sizeBytes, body.offset);
    const packed = Bun.zstdCompressSync(bytes, { level: 3 });
    writeSync(target, packed);
    offset += packed.length;
    return { ...body, offset: offset - packed.length, length: packed.length };
  });
  closeSync(source);
  closeSync(target);
  return { file, sizeBytes: set.sizeBytes, bodies };
}

/** A line for each body, `ACTION OUTPUT OFFSET LENGTH`, as the load scripts read them. */
export function writeBodyList(set: BodySet, file: string): void {
  const lines = set.bodies.map(({ action, output, offset, length }) => `${action} ${output} ${offset} ${length}\n`);
  writeFileSync(file, lines.join(""));
}

function sha256(bytes: string | Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
}
