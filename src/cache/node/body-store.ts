/**
 * Where bodies lie. The index knows what they are and which place each has; a body store knows bytes and places.
 *
 * Places are never reused, so a reader with an old place finds the old bytes or nothing, never other bytes.
 */

import type { Codec } from "../protocol/entry.ts";

/** Where a body lies. Two numbers, since the index has a row for each of what may be millions of bodies. */
export interface Place {
  /** Number of the segment file, from 1; 0: a file of its own. */
  readonly segment: number;
  /** First byte of the body in the segment; 0 in a file of its own. */
  readonly offset: number;
}

export const ownFile: Place = { segment: 0, offset: 0 };

/** A body's bytes as they are kept. */
export interface EncodedBody {
  readonly output: Uint8Array;
  readonly sizeBytes: number;
  readonly codec: Codec;
  readonly bytes: Uint8Array;
}

/** What is needed to find a body again. */
export interface BodyRef extends Place {
  readonly output: Uint8Array;
  readonly codec: Codec;
  readonly storedBytes: number;
}

/** A body that comes in pieces and goes to a file of its own. `keep` or `discard` ends it. */
export interface BodyWriter {
  /** Throws `node/disk-full`. */
  write(chunk: Uint8Array): void;
  readonly storedBytes: number;
  /** Gives the file its final name; a body already there under that name is replaced. */
  keep(output: Uint8Array, codec: Codec): Place;
  /** Does nothing after `keep` or an earlier `discard`. */
  discard(): void;
}

export interface SegmentUsage {
  readonly segment: number;
  readonly fileBytes: number;
  readonly liveBytes: number;
}

/** A file that holds one body. */
export interface OwnFile {
  readonly output: Uint8Array;
  readonly codec: Codec;
  remove(): void;
}

export interface BodyStore {
  /** Writes bodies one after another in one write. They survive the end of the process when it returns. Throws `node/disk-full`. */
  append(bodies: readonly EncodedBody[]): Place[];
  createWriter(): BodyWriter;
  /**
   * The stored bytes, or `undefined` when they are not there in full. They are not checked. With `into` they lie in
   * that buffer if it is large enough.
   */
  read(body: BodyRef, into?: Buffer): Buffer | undefined;
  /** The file of a body that has one of its own. */
  path(body: BodyRef): string;
  /** The body is no longer named by the index. Its bytes go at once (own file) or when their segment is compacted. */
  release(body: BodyRef): void;
  /** Makes everything written so far survive a power loss. */
  sync(): Promise<void>;
  /** Ends the active segment, so that it can be compacted. */
  seal(): void;
  /** Segments that get no more bodies. */
  sealed(): SegmentUsage[];
  /** Removes a segment whose bodies have all moved. */
  dropSegment(segment: number): void;
  /** Every file of a single body that is on the disk, whether the index knows it or not. */
  ownFiles(): Iterable<OwnFile>;
  /** Bytes on disk, dead ones included. */
  fileBytes(): number;
  close(): void;
}
