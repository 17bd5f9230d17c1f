/**
 * The head of a body in a segment file.
 *
 * The index says where each body lies, so reading needs no head. It is there so that a segment can be understood
 * without its index: by a person with a hex dump, by a later version, by a check that the two agree.
 */

import { type Codec, codec } from "../../protocol/entry.ts";

/** magic 4, format 1, codec 1, zero 2, stored size 4, raw size 8, output id 32, CRC-32 of these 52 bytes 4. */
export const recordHeadBytes = 56;

const magic = 0x31474553;
const checkedBytes = 52;

export interface RecordHead {
  readonly output: Uint8Array;
  readonly sizeBytes: number;
  /** Bytes of the body as it lies there, which follow the head. */
  readonly storedBytes: number;
  readonly codec: Codec;
}

export function writeRecordHead(into: Buffer, offset: number, head: RecordHead): void {
  into.writeUInt32LE(magic, offset);
  into[offset + 4] = 1;
  into[offset + 5] = head.codec;
  into.writeUInt16LE(0, offset + 6);
  into.writeUInt32LE(head.storedBytes, offset + 8);
  into.writeUInt32LE(head.sizeBytes % 0x1_0000_0000, offset + 12);
  into.writeUInt32LE(Math.floor(head.sizeBytes / 0x1_0000_0000), offset + 16);
  into.set(head.output, offset + 20);
  into.writeUInt32LE(Bun.hash.crc32(into.subarray(offset, offset + checkedBytes)), offset + checkedBytes);
}

/** The head at `offset`, or `undefined` when there is none: another format, or bytes that were never written. */
export function readRecordHead(bytes: Buffer, offset: number): RecordHead | undefined {
  if (bytes.length - offset < recordHeadBytes || bytes.readUInt32LE(offset) !== magic || bytes[offset + 4] !== 1) {
    return undefined;
  }
  const crc = Bun.hash.crc32(bytes.subarray(offset, offset + checkedBytes));
  const kept = bytes[offset + 5];
  if (bytes.readUInt32LE(offset + checkedBytes) !== crc) return undefined;
  if (kept !== codec.identity && kept !== codec.zstd) return undefined;
  return {
    codec: kept,
    storedBytes: bytes.readUInt32LE(offset + 8),
    sizeBytes: bytes.readUInt32LE(offset + 12) + bytes.readUInt32LE(offset + 16) * 0x1_0000_0000,
    output: bytes.subarray(offset + 20, offset + 52),
  };
}
