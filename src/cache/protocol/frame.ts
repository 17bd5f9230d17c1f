/**
 * Frames: how many entries travel in one request or answer.
 *
 * A frame is one byte of type, four bytes of payload length (little endian), and the payload. A sequence ends
 * with an `end` frame; one without it was cut off, and what came before it may be used all the same, since every
 * entry carries its own hash.
 */

import { protocolErrors } from "./errors.ts";
import { type Codec, codec, type Partition, type WireEntry } from "./entry.ts";
import { limits } from "./limits.ts";

export const frameType = {
  entry: 1,
  miss: 2,
  error: 3,
  end: 4,
  /** The first frame of a run: a `RunReply` as JSON. */
  run: 5,
  /** An absence set. */
  absence: 6,
  /** What the run's stream will hold. */
  announce: 7,
  /** From version 2 on: the misses of a lookup, before its entries. */
  misses: 8,
} as const;

export const frameHeadBytes = 5;

/** An `entry` frame's fixed part: ids, size, time, cost, kind, codec, partition, one byte unused. */
export const entryHeadBytes = 88;

/** One frame as it was read; `payload` is a view that is valid until the reader is fed again. */
export interface Frame {
  readonly type: number;
  readonly payload: Uint8Array;
}

/** The frame of one entry, body included. */
export function encodeEntry(entry: WireEntry): Buffer {
  const frame = Buffer.allocUnsafe(frameHeadBytes + entryHeadBytes + entry.body.length);
  writeEntryHead(frame, entry, entry.body.length);
  frame.set(entry.body, frameHeadBytes + entryHeadBytes);
  return frame;
}

/** Writes an entry frame up to its body, of which `bodyLength` bytes must follow. */
export function writeEntryHead(frame: Buffer, entry: Omit<WireEntry, "body">, bodyLength: number): void {
  frame[0] = frameType.entry;
  frame.writeUInt32LE(entryHeadBytes + bodyLength, 1);
  frame.set(entry.action, frameHeadBytes);
  frame.set(entry.output, frameHeadBytes + 32);
  frame.writeBigUInt64LE(BigInt(entry.sizeBytes), frameHeadBytes + 64);
  frame.writeBigInt64LE(entry.timeNs, frameHeadBytes + 72);
  frame.writeUInt32LE(Math.min(entry.costMs, 0xffffffff), frameHeadBytes + 80);
  frame[frameHeadBytes + 84] = entry.kind;
  frame[frameHeadBytes + 85] = entry.codec;
  frame[frameHeadBytes + 86] = entry.partition;
  frame[frameHeadBytes + 87] = 0;
}

/** Reads an `entry` payload. The ids and the body are views of it. */
export function decodeEntry(payload: Uint8Array): WireEntry {
  if (payload.length < entryHeadBytes) throw malformed(`an entry of ${payload.length} bytes`);
  const view = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  const sizeBytes = Number(view.readBigUInt64LE(64));
  if (sizeBytes > limits.bodySizeBytes) throw malformed(`a body of ${sizeBytes} bytes`);
  return {
    action: payload.subarray(0, 32),
    output: payload.subarray(32, 64),
    sizeBytes,
    timeNs: view.readBigInt64LE(72),
    costMs: view.readUInt32LE(80),
    kind: view[84] as number,
    codec: knownCodec(view[85] as number),
    partition: knownPartition(view[86] as number),
    body: payload.subarray(entryHeadBytes),
  };
}

function knownCodec(value: number): Codec {
  if (value === codec.identity || value === codec.zstd || value === codec.absent) return value;
  throw malformed(`the codec ${value}`);
}

function knownPartition(value: number): Partition {
  if (value === 0 || value === 1) return value;
  throw malformed(`the partition ${value}`);
}

/** The frame that says that nothing is known under `action`. */
export function encodeMiss(action: Uint8Array): Buffer {
  return encodeFrame(frameType.miss, action);
}

/** The frame that ends a sequence. */
export function encodeEnd(): Buffer {
  return encodeFrame(frameType.end, new Uint8Array(0));
}

export function encodeFrame(type: number, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(frameHeadBytes + payload.length);
  frame[0] = type;
  frame.writeUInt32LE(payload.length, 1);
  frame.set(payload, frameHeadBytes);
  return frame;
}

/** Takes bytes as they come and hands out whole frames. One reader serves one sequence. */
export interface FrameReader {
  /** Calls `take` for each frame that `chunk` completes. Throws `protocol/malformed` for a frame beyond the limits. */
  feed(chunk: Uint8Array, take: (frame: Frame) => void): void;
  /** Whether the bytes so far end at a frame's edge. */
  readonly atEdge: boolean;
}

export function createFrameReader(payloadLimitBytes: number = limits.framePayloadBytes): FrameReader {
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  let neededBytes = frameHeadBytes;

  return {
    feed(chunk, take) {
      rest.push(chunk);
      restBytes += chunk.length;
      if (restBytes < neededBytes) return;
      const bytes = rest.length === 1 ? chunk : Buffer.concat(rest, restBytes);
      let offset = 0;
      neededBytes = frameHeadBytes;
      while (bytes.length - offset >= frameHeadBytes) {
        const length = readFrameLength(bytes, offset, payloadLimitBytes);
        neededBytes = frameHeadBytes + length;
        if (bytes.length - offset < neededBytes) break;
        take({ type: bytes[offset] as number, payload: bytes.subarray(offset + frameHeadBytes, offset + neededBytes) });
        offset += neededBytes;
        neededBytes = frameHeadBytes;
      }
      const left = bytes.subarray(offset);
      rest = left.length > 0 ? [left] : [];
      restBytes = left.length;
    },
    get atEdge() {
      return restBytes === 0;
    },
  };
}

/** The payload's length, from a frame's head at `offset`. Throws `protocol/malformed` for one beyond the limit. */
export function readFrameLength(
  bytes: Uint8Array,
  offset: number,
  payloadLimitBytes: number = limits.framePayloadBytes,
): number {
  const length =
    ((bytes[offset + 1] as number) |
      ((bytes[offset + 2] as number) << 8) |
      ((bytes[offset + 3] as number) << 16) |
      ((bytes[offset + 4] as number) << 24)) >>>
    0;
  if (length > payloadLimitBytes) throw malformed(`a frame of ${length} bytes, more than ${payloadLimitBytes}`);
  return length;
}

function malformed(found: string): Error {
  return protocolErrors.error("protocol/malformed", `the other side sent ${found}`);
}
