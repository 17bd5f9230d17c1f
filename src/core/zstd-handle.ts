/** The handle behind the streams of `node:zlib`, as `node:zlib` itself reaches it (`processChunkSync`). */

export interface ZstdHandle {
  reset(): void;
  /** Flush flag, input with offset and length, output with offset and length; the rest is told in the write state. */
  writeSync(
    flush: number,
    input: Uint8Array,
    at: number,
    length: number,
    output: Uint8Array,
    to: number,
    room: number,
  ): void;
  onerror: (message: string) => void;
}

export interface ZstdStream {
  readonly _handle: ZstdHandle;
  /** What is left of the output's room and of the input after a step. */
  readonly _writeState: Uint32Array;
}
