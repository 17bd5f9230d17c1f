/** Reads the numbers and strings of Go's coverage files from bytes that may be anything. */

import { coverErrors } from "../errors.ts";

export interface ByteReader {
  at(): number;
  /** Throws `go/cover-malformed` for a place outside, as everything below does for what is not there. */
  seek(offset: number): void;
  uint8(): number;
  uint32(): number;
  uint32BigEndian(): number;
  /** At most 2^53. */
  uint64(): number;
  uleb128(): number;
  hex(lengthBytes: number): string;
  /** A table of strings: their number, then each with its length. */
  strings(): string[];
}

/** @param what names the file in failures */
export function createByteReader(bytes: Uint8Array, what: string): ByteReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder();
  let offset = 0;
  const malformed = (detail: string): Error =>
    coverErrors.error("go/cover-malformed", `${what}: ${detail} at byte ${offset}`);
  const take = (sizeBytes: number): number => {
    if (offset + sizeBytes > bytes.length) throw malformed("it ends too early");
    offset += sizeBytes;
    return offset - sizeBytes;
  };
  const uleb128 = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = view.getUint8(take(1));
      value += (byte & 0x7f) * factor;
      if (value > Number.MAX_SAFE_INTEGER) throw malformed("a number is too large");
      if (byte < 0x80) return value;
    }
  };
  const text = (): string => {
    const sizeBytes = uleb128();
    const from = take(sizeBytes);
    return decoder.decode(bytes.subarray(from, from + sizeBytes));
  };
  return {
    at: () => offset,
    seek(to) {
      if (!Number.isSafeInteger(to) || to < 0 || to > bytes.length) throw malformed(`it names a place ${to} outside`);
      offset = to;
    },
    uint8: () => view.getUint8(take(1)),
    uint32: () => view.getUint32(take(4), true),
    uint32BigEndian: () => view.getUint32(take(4), false),
    uint64() {
      const value = view.getBigUint64(take(8), true);
      if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed("a number is too large");
      return Number(value);
    },
    uleb128,
    hex: (lengthBytes) => Buffer.from(bytes.subarray(take(lengthBytes), offset)).toString("hex"),
    strings() {
      const count = uleb128();
      // Each string takes a byte at least.
      if (count > bytes.length - offset) throw malformed(`a table of ${count} strings`);
      return Array.from({ length: count }, text);
    },
  };
}
