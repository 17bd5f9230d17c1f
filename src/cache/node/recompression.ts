/** Compresses bodies that came as they are. Off the put's path: a put of 12 KB would cost half as much again. */

import { createReadStream } from "node:fs";
import { constants, createZstdCompress } from "node:zlib";
import { hasCode } from "../../core/errors.ts";
import { type Codec, codec } from "../protocol/entry.ts";
import type { BodyWriter, EncodedBody } from "./body-store.ts";
import { hasErrno } from "./disk/errno.ts";
import { mismatch } from "./encoded-body.ts";
import { type OutputRow, type Settling, settling } from "./index/rows.ts";
import { dropDamaged } from "./soundness.ts";
import type { StoreState } from "./store-state.ts";

/** Level 3 reaches 0.24 of the raw size on Go archives; level 6 gains 3 % more for twice the time. */
const level = 3;
/** What does not get smaller than this share stays as it is. */
const shareMax = 0.95;

/**
 * Bodies up to this raw size are kept as they are, even when they came compressed: they are half of all bodies and
 * 0.3 % of the bytes, and unpacking one costs a reader more than reading it.
 */
const plainBytesMax = 2048;
/** Bodies up to this size that came uncompressed stay so for a while: who sent them so likely reads them so. */
const laterBytesMax = 64 * 1024;

/** The encoding in which a small checked body is kept: as it came, or as it is. */
export function formToKeep(
  raw: Uint8Array,
  encoded: Uint8Array,
  encoding: Codec,
): { readonly bytes: Uint8Array; readonly codec: Codec } {
  return raw.length <= plainBytesMax ? { bytes: raw, codec: codec.identity } : { bytes: encoded, codec: encoding };
}

/** When a new body is to be compressed. */
export function settlingOf(encoding: Codec, sizeBytes: number): Settling {
  if (encoding === codec.zstd || sizeBytes <= plainBytesMax) return settling.done;
  return sizeBytes <= laterBytesMax ? settling.later : settling.due;
}

export function mayGain(row: OutputRow): boolean {
  return row.codec === codec.identity && row.settled !== settling.done;
}

/** The body compressed, on another thread; or the body itself when it gains nothing. */
export async function recompress(body: EncodedBody): Promise<EncodedBody> {
  const bytes = await Bun.zstdCompress(body.bytes, { level });
  return bytes.length > body.bytes.length * shareMax ? body : { ...body, codec: codec.zstd, bytes };
}

/** The same for a body in a file of its own; `undefined` when it gains nothing, or was damaged and is dropped. */
export async function recompressFile(state: StoreState, row: OutputRow): Promise<BodyWriter | undefined> {
  const writer = state.bodies.createWriter();
  try {
    await pour(state, row, writer);
  } catch (cause) {
    writer.discard();
    if (!hasCode(cause, "protocol/body-mismatch") && !hasErrno(cause, "ENOENT")) throw cause;
    dropDamaged(state, row, "its file is damaged or missing");
    return undefined;
  }
  if (writer.storedBytes <= row.storedBytes * shareMax) return writer;
  writer.discard();
  return undefined;
}

async function pour(state: StoreState, row: OutputRow, writer: BodyWriter): Promise<void> {
  const file = createReadStream(state.bodies.path(row), { highWaterMark: 256 * 1024 });
  const packer = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: level } });
  const hasher = new Bun.CryptoHasher("sha256");
  file.on("data", (chunk) => hasher.update(chunk));
  // `pipe` does not pass on failures.
  file.on("error", (cause) => packer.destroy(cause));
  file.pipe(packer);
  for await (const chunk of packer as AsyncIterable<Uint8Array>) writer.write(chunk);
  if (Buffer.compare(hasher.digest(), row.output) !== 0) throw mismatch("a file with another hash than its name");
}
