/** The unpacking threads, and which of them gets the next piece of the stream. */

import { availableParallelism } from "node:os";
import type { HelperOptions } from "./options.ts";
import type { UnpackMessage, UnpackReply } from "./unpack-worker.ts";
import { startWorker } from "./worker-address.ts";

/** Two threads unpack 369 MB in 0.64 s, one in 1.4 s; more than four gain nothing that a disk could take. */
const threadsMax = 4;
/** What an ordinary piece has room for; one larger frame makes a piece of its own. */
const pieceRoomBytes = 640 * 1024;

/** The network's buffers are garbage that the collector is slow to notice: 20 MB of a peak of 120, for 2 ms each time. */
const piecesPerCollection = 8;

export interface UnpackPoolOptions {
  readonly options: HelperOptions;
  readonly arrivals: SharedArrayBuffer;
  readonly toolchainTag: number;
  /** Called when a piece is unpacked. */
  readonly onDone: () => void;
}

export class UnpackPool {
  readonly #threads: { readonly worker: Worker; pending: number }[] = [];
  readonly #onDone: () => void;
  readonly #free: ArrayBuffer[] = [];
  #unpacked = 0;
  #given = 0;
  /** Threads that were told to flush and have not said that they did. */
  #unflushed = 0;

  constructor({ options, arrivals, toolchainTag, onDone }: UnpackPoolOptions) {
    this.#onDone = onDone;
    for (let i = 0; i < Math.min(threadsMax, availableParallelism()); i++) {
      const worker = startWorker("unpack-worker");
      worker.postMessage({ options, arrivals, toolchainTag, name: `u${i}-` } satisfies UnpackMessage);
      const thread = { worker, pending: 0 };
      worker.onmessage = (event: MessageEvent<UnpackReply>) => {
        if ("piece" in event.data) this.#takeBack(thread, event.data.piece);
        else this.#unflushed--;
      };
      this.#threads.push(thread);
    }
  }

  /** Whether all that was given is unpacked. */
  get isIdle(): boolean {
    return this.#unpacked === this.#given;
  }

  /** Pieces that wait or are being unpacked. */
  get pending(): number {
    return this.#given - this.#unpacked;
  }

  /** Takes over a piece whose first `lengthBytes` are whole frames, end to end. */
  give(piece: ArrayBuffer, lengthBytes: number): void {
    const thread = this.#threads.reduce((least, other) => (other.pending < least.pending ? other : least));
    thread.pending++;
    if (++this.#given % piecesPerCollection === 0) Bun.gc(true);
    thread.worker.postMessage({ piece, lengthBytes } satisfies UnpackMessage, [piece]);
  }

  /** Has the threads write down what they know. */
  flush(): void {
    this.#unflushed += this.#threads.length;
    for (const { worker } of this.#threads) worker.postMessage({ flush: true } satisfies UnpackMessage);
  }

  /** Resolves when all that was given is unpacked and written down, or at the end of the time. */
  async settle(limitMs: number): Promise<void> {
    const endMs = performance.now() + limitMs;
    this.flush();
    while ((!this.isIdle || this.#unflushed > 0) && performance.now() < endMs) await Bun.sleep(1);
  }

  end(): void {
    for (const { worker } of this.#threads) worker.terminate();
  }

  /** Memory for a piece: what was used before where that is large enough. */
  memory(sizeBytes: number): ArrayBuffer {
    const roomBytes = roomFor(sizeBytes);
    const at = this.#free.findIndex((piece) => piece.byteLength === roomBytes);
    return at < 0 ? new ArrayBuffer(roomBytes) : (this.#free.splice(at, 1)[0] as ArrayBuffer);
  }

  #takeBack(thread: { pending: number }, piece: ArrayBuffer): void {
    this.#free.push(piece);
    thread.pending--;
    this.#unpacked++;
    this.#onDone();
  }
}

/** Few sizes, so that pieces fit again: ordinary pieces have one, large frames double it as often as they need. */
function roomFor(sizeBytes: number): number {
  let roomBytes = pieceRoomBytes;
  while (roomBytes < sizeBytes) roomBytes *= 2;
  return roomBytes;
}
