/**
 * The absence set: which actions a server certainly does not hold for a reader, so that a lookup of them needs no
 * round trip.
 *
 * A Bloom filter over action ids. These are SHA-256 values, so their own words serve as the hash functions
 * (Kirsch and Mitzenmacher 2006: two words give all k positions). With 10 bits an entry and k = 7, about one
 * absent action in 120 is asked for in vain.
 */

import { protocolErrors } from "./errors.ts";
import { idWord } from "./id-word.ts";

const headBytes = 16;
const magic = 0x41424c46;
const bitsPerEntry = 10;
const hashes = 7;
/** 16 MiB of bits: more than 13 million entries at 10 bits each. */
const bitsMax = 1 << 27;

export interface AbsenceSet {
  add(action: Uint8Array): void;
  /** False means certainly absent. */
  mayHold(action: Uint8Array): boolean;
  readonly bytes: Uint8Array;
}

/** An empty set with room for `entries`; more of them only make it less sharp. */
export function createAbsenceSet(entries: number): AbsenceSet {
  const bits = Math.min(bitsMax, 2 ** Math.ceil(Math.log2(Math.max(1024, entries * bitsPerEntry))));
  const bytes = Buffer.alloc(headBytes + bits / 8);
  bytes.writeUInt32LE(magic, 0);
  bytes.writeUInt32LE(bits, 4);
  bytes.writeUInt32LE(hashes, 8);
  return overBytes(bytes, bits);
}

/** A set as it came over the network. Throws `protocol/malformed`. */
export function readAbsenceSet(bytes: Uint8Array): AbsenceSet {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const bits = bytes.length < headBytes ? 0 : view.readUInt32LE(4);
  const isPowerOfTwo = bits > 0 && (bits & (bits - 1)) === 0;
  const isWhole =
    isPowerOfTwo &&
    bits <= bitsMax &&
    view.readUInt32LE(0) === magic &&
    view.readUInt32LE(8) === hashes &&
    bytes.length === headBytes + bits / 8;
  if (!isWhole) throw protocolErrors.error("protocol/malformed", `an absence set of ${bytes.length} bytes`);
  return overBytes(bytes, bits);
}

function overBytes(bytes: Uint8Array, bits: number): AbsenceSet {
  const mask = bits - 1;
  return {
    bytes,
    add(action) {
      const step = idWord(action, 4) | 1;
      for (let i = 0, at = idWord(action, 0); i < hashes; i++, at = (at + step) | 0) {
        const bit = at & mask;
        const index = headBytes + (bit >>> 3);
        bytes[index] = (bytes[index] as number) | (1 << (bit & 7));
      }
    },
    mayHold(action) {
      const step = idWord(action, 4) | 1;
      for (let i = 0, at = idWord(action, 0); i < hashes; i++, at = (at + step) | 0) {
        const bit = at & mask;
        if (((bytes[headBytes + (bit >>> 3)] as number) & (1 << (bit & 7))) === 0) return false;
      }
      return true;
    },
  };
}
