/**
 * One line of the local index: an entry of the runner's GOCACHE, what its body's file looked like when the body was
 * last hashed, and where the entry came from. Records have a fixed size, so that loading is one read and no parsing.
 */

export const recordBytes = 128;

/** Where an entry came from. */
export const origin = {
  /** Found in the folder without a record: Go itself put it there. */
  native: 0,
  /** Put by Go through this helper. */
  put: 1,
  /** Fetched from a server. */
  fetched: 2,
} as const;

/** What `stat` said of a body's file. Two equal prints mean the same bytes, as far as a file system can tell. */
export interface FilePrint {
  readonly ino: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly size: number;
}

export interface LocalRecord {
  /** First four bytes of the toolchain's hash; 0 when it is not known. */
  readonly toolchainTag: number;
  readonly kind: number;
  readonly origin: number;
  /** 32 bytes each. */
  readonly action: Uint8Array;
  readonly output: Uint8Array;
  readonly timeNs: bigint;
  readonly print: FilePrint;
  /** When the `-a` file's time was last refreshed, milliseconds since 1970. */
  readonly usedMs: number;
  readonly costMs: number;
}

/** Offsets into a record, for the reader that looks at one without decoding it. */
export const at = {
  toolchainTag: 0,
  kind: 4,
  origin: 5,
  action: 8,
  output: 40,
  timeNs: 72,
  size: 80,
  ino: 88,
  mtimeMs: 96,
  ctimeMs: 104,
  usedMs: 112,
  costMs: 120,
  mark: 124,
} as const;

/** Ends every record; a reader passes over what does not end so. It names the layout's version too. */
const recordMark = 0x31584c42;

export function encodeRecord(record: LocalRecord): Buffer {
  const bytes = Buffer.alloc(recordBytes);
  bytes.writeUInt32LE(record.toolchainTag, at.toolchainTag);
  bytes[at.kind] = record.kind;
  bytes[at.origin] = record.origin;
  bytes.set(record.action, at.action);
  bytes.set(record.output, at.output);
  bytes.writeBigInt64LE(record.timeNs, at.timeNs);
  bytes.writeDoubleLE(record.print.size, at.size);
  bytes.writeDoubleLE(record.print.ino, at.ino);
  bytes.writeDoubleLE(record.print.mtimeMs, at.mtimeMs);
  bytes.writeDoubleLE(record.print.ctimeMs, at.ctimeMs);
  bytes.writeDoubleLE(record.usedMs, at.usedMs);
  bytes.writeUInt32LE(Math.min(record.costMs, 0xffffffff), at.costMs);
  bytes.writeUInt32LE(recordMark, at.mark);
  return bytes;
}

export function decodeRecord(bytes: Buffer, offset: number): LocalRecord {
  return {
    toolchainTag: bytes.readUInt32LE(offset + at.toolchainTag),
    kind: bytes[offset + at.kind] as number,
    origin: bytes[offset + at.origin] as number,
    action: bytes.subarray(offset + at.action, offset + at.action + 32),
    output: bytes.subarray(offset + at.output, offset + at.output + 32),
    timeNs: bytes.readBigInt64LE(offset + at.timeNs),
    print: {
      ino: bytes.readDoubleLE(offset + at.ino),
      mtimeMs: bytes.readDoubleLE(offset + at.mtimeMs),
      ctimeMs: bytes.readDoubleLE(offset + at.ctimeMs),
      size: bytes.readDoubleLE(offset + at.size),
    },
    usedMs: bytes.readDoubleLE(offset + at.usedMs),
    costMs: bytes.readUInt32LE(offset + at.costMs),
  };
}

/**
 * Records end to end, and views of them for the path of a hit. An element of a view is one instruction of the engine;
 * each method of `Buffer` is a function, which a helper that lives for 50 ms calls cold and then compiles for nobody
 * (`docs/decisions/0004`). All machines that Bun runs on are little-endian, as the file is.
 */
export interface RecordTable {
  readonly bytes: Buffer;
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly longs: BigInt64Array;
}

/** Elements of a record in each view of a table. */
export const wordsEach = recordBytes / 4;
export const longsEach = recordBytes / 8;

/** @param bytes whole records; copied where views of eight bytes cannot begin */
export function tableOf(bytes: Buffer): RecordTable {
  if (bytes.byteOffset % 8 !== 0) return tableOf(Buffer.from(new Uint8Array(bytes).buffer));
  const { buffer, byteOffset, length } = bytes;
  return {
    bytes,
    words: new Int32Array(buffer, byteOffset, length / 4),
    doubles: new Float64Array(buffer, byteOffset, length / 8),
    longs: new BigInt64Array(buffer, byteOffset, length / 8),
  };
}

/**
 * Whether there is a record in `row`. No checksum: a damaged id names a body or an action that nobody asks for,
 * and a damaged print is hashed again. Checksums took 1 µs a record, 2.5 ms of each start over 2,500 entries.
 */
export function isRecord({ words }: RecordTable, row: number): boolean {
  return words[row * wordsEach + at.mark / 4] === recordMark;
}
