/**
 * Where the bodies of a fleet lie. A body is written before any entry that names it is told.
 *
 * All methods throw `fleet/store-unreachable` when the deadline has passed, `fleet/store-refused` for credentials
 * (never a miss) and, when something is written, `fleet/store-full`. Nothing that is read is to be trusted: whoever
 * reads hashes.
 */

import type { Codec } from "../protocol/entry.ts";

/** A body's encoded bytes, in memory or in a file of this machine. */
export type BodySource = Uint8Array | { readonly path: string; readonly sizeBytes: number };

export interface SharedBody {
  readonly codec: Codec;
  /** As it lies there. */
  readonly storedBytes: number;
  /** To be read to its end or cancelled. Fails when the deadline of the `get` passes. */
  readonly bytes: ReadableStream<Uint8Array>;
}

/** `output` is the hex of a body's SHA-256. */
export interface SharedStore {
  /** Keeps a body. One that is there already, in this form or another, may be replaced: so damage there is mended. */
  put(output: string, codec: Codec, body: BodySource, deadlineMs: number): Promise<void>;
  get(output: string, deadlineMs: number): Promise<SharedBody | undefined>;
  has(output: string, deadlineMs: number): Promise<boolean>;
  delete(output: string, deadlineMs: number): Promise<void>;
  close(): Promise<void>;
}
