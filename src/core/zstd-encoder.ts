/**
 * Zstandard, encoded into memory that is used again and again.
 *
 * `zstdCompressSync` allocates each result anew, and room for the worst case before it; a batch of 393 MB of archives
 * cost 0.5 s of page faults that way. The memory is reached through the stream's handle.
 */

import { constants, createZstdCompress } from "node:zlib";
import type { ZstdStream } from "./zstd-handle.ts";

/** Tells the encoder that the input is all there is: it then notes the content's size, and takes one step. */
const endOfInput = 2;

export class ZstdEncoder {
  readonly #level: number;
  #stream: ZstdStream;
  #failure: string | undefined;

  constructor(level: number) {
    this.#level = level;
    this.#stream = this.#begin();
  }

  /** Writes `bytes` as one frame to `output` from `to` on; its length, or `undefined` where it needs more than `room`. */
  encode(bytes: Uint8Array, output: Uint8Array, to: number, room: number): number | undefined {
    this.#failure = undefined;
    this.#step(bytes, output, to, room);
    const [roomLeft, inputLeft] = this.#stream._writeState as unknown as readonly [number, number];
    if (roomLeft > 0 && inputLeft === 0) return room - roomLeft;
    // A frame that fills the room to its last byte may be one that was cut there. The handle's own `reset` forgets
    // the level.
    this.#stream = this.#begin();
    return undefined;
  }

  #begin(): ZstdStream {
    const options = { params: { [constants.ZSTD_c_compressionLevel]: this.#level } };
    const stream = createZstdCompress(options) as unknown as ZstdStream;
    stream._handle.onerror = (message) => (this.#failure = message);
    return stream;
  }

  #step(bytes: Uint8Array, output: Uint8Array, to: number, room: number): void {
    this.#stream._handle.writeSync(endOfInput, bytes, 0, bytes.length, output, to, room);
    if (this.#failure !== undefined) throw new Error(`zstd: ${this.#failure}`);
  }
}
