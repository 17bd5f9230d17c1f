/** Checks a body against its output id. Everything that is kept or served has passed here, or in `body-receiver.ts`. */

import { constants, zstdDecompressSync } from "node:zlib";
import { type Codec, codec } from "../protocol/entry.ts";
import { protocolErrors } from "../protocol/errors.ts";
import { sizeOfSingleFrame } from "./zstd-frame.ts";

/**
 * Largest window that a zstd frame may ask for: 16 MiB. Level 19 uses 8 MiB; what asks for more wants our memory.
 */
export const zstdWindowLogMax = 24;
/** Room for so much is made on a frame's word; for more only as it is filled. */
const atOnceBytesMax = 8 * 1024 * 1024;

/** The raw bytes of an encoded body. Throws `protocol/body-mismatch` when they are not exactly `sizeBytes`. */
export function decodeBody(bytes: Uint8Array, encoding: Codec, sizeBytes: number): Uint8Array {
  const raw = encoding === codec.zstd ? decompress(bytes, sizeBytes) : bytes;
  if (raw.length !== sizeBytes) throw mismatch(`${raw.length} bytes where ${sizeBytes} were announced`);
  return raw;
}

function decompress(bytes: Uint8Array, sizeBytes: number): Uint8Array {
  try {
    if (sizeBytes <= atOnceBytesMax && sizeOfSingleFrame(bytes) === sizeBytes) {
      return Bun.zstdDecompressSync(bytes);
    }
    // The limit is checked while unpacking: a bomb costs no more than what it claimed to be.
    return zstdDecompressSync(bytes, {
      maxOutputLength: Math.max(1, sizeBytes),
      params: { [constants.ZSTD_d_windowLogMax]: zstdWindowLogMax },
    });
  } catch (cause) {
    throw protocolErrors.error("protocol/body-mismatch", `a zstd body that does not unpack to ${sizeBytes} bytes`, {
      cause,
    });
  }
}

/** Decodes and hashes. Throws `protocol/body-mismatch`. */
export function verifyBody(bytes: Uint8Array, encoding: Codec, sizeBytes: number, output: Uint8Array): Uint8Array {
  const raw = decodeBody(bytes, encoding, sizeBytes);
  if (!isHashOf(output, raw)) throw mismatch("bytes with another hash");
  return raw;
}

function isHashOf(output: Uint8Array, raw: Uint8Array): boolean {
  return Buffer.compare(Bun.SHA256.hash(raw) as Uint8Array, output) === 0;
}

/** Whether a body still is what its id says. Never throws for what is in the bytes. */
export function isIntact(bytes: Uint8Array, encoding: Codec, sizeBytes: number, output: Uint8Array): boolean {
  try {
    verifyBody(bytes, encoding, sizeBytes, output);
    return true;
  } catch {
    // Only `protocol/body-mismatch` can come from there, and it is the answer.
    return false;
  }
}

export function mismatch(found: string): Error {
  return protocolErrors.error("protocol/body-mismatch", found);
}
