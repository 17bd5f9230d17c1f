/**
 * How a scope travels between installations: frames as elsewhere, with bodies in pieces, since a body may be larger than
 * a frame. An `origin` says where the entries after it belong; a `head` begins an entry, and `done` ends it.
 */

import { type Codec, codec, type EntryHead } from "./entry.ts";
import { protocolErrors } from "./errors.ts";
import { decodeEntry, encodeEntry, encodeFrame } from "./frame.ts";

export const transferFrame = {
  /** JSON: `TransferOrigin`. */
  origin: 32,
  /** An entry frame's payload without a body; its codec is that of the pieces. */
  head: 33,
  piece: 34,
  done: 35,
} as const;

/** What a piece holds at most. */
export const transferPieceBytes = 1024 * 1024;

const originBytesMax = 16 * 1024;

/** What a group of entries has in common. */
export interface TransferOrigin {
  /** The partition's key in the index, 64 hex digits: what Go's key leaves out, already hashed. */
  readonly partition: string;
  readonly provenance: Readonly<Record<string, string>>;
}

export function encodeOrigin(origin: TransferOrigin): Buffer {
  return encodeFrame(transferFrame.origin, Buffer.from(JSON.stringify(origin)));
}

/** Throws `protocol/malformed`. */
export function decodeOrigin(payload: Uint8Array): TransferOrigin {
  if (payload.length > originBytesMax) throw malformed("an origin that is too long");
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(payload).toString("utf8"));
  } catch {
    // SyntaxError: the only failure that JSON.parse has.
    throw malformed("an origin that is not JSON");
  }
  const { partition, provenance } = (value ?? {}) as Partial<TransferOrigin>;
  if (typeof partition !== "string" || !/^[0-9a-f]{64}$/.test(partition)) throw malformed("an origin without a key");
  const isObject = typeof provenance === "object" && provenance !== null && !Array.isArray(provenance);
  if (!isObject || !Object.values(provenance).every((field) => typeof field === "string")) {
    throw malformed("an origin without a provenance of texts");
  }
  return { partition, provenance };
}

export function encodeTransferHead(head: EntryHead, encoding: Codec): Buffer {
  const frame = encodeEntry({ ...head, codec: encoding, body: new Uint8Array(0) });
  frame[0] = transferFrame.head;
  return frame;
}

/** Throws `protocol/malformed`. */
export function decodeTransferHead(payload: Uint8Array): { readonly head: EntryHead; readonly encoding: Codec } {
  const { codec: encoding, body, ...head } = decodeEntry(payload.slice());
  if (encoding === codec.absent || body.length > 0) throw malformed("an entry's head with something else");
  return { head, encoding };
}

export function encodeTransferDone(): Buffer {
  return encodeFrame(transferFrame.done, new Uint8Array(0));
}

function malformed(found: string): Error {
  return protocolErrors.error("protocol/malformed", `the other side sent ${found}`);
}
