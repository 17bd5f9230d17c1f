/** The unpacking threads, and which of them gets the next piece of the stream. */

import { availableParallelism } from "node:os";
import type { HelperOptions } from "./options.ts";
import type { UnpackMessage } from "./unpack-worker.ts";
import { startWorker } from "./worker-address.ts";

/** Two threads unpack 369 MB in 0.64 s, one in 1.4 s; more than four gain nothing that a disk could take. */
const threadsMax = 4;

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
  #unpacked = 0;
  #given = 0;

  constructor({ options, arrivals, toolchainTag, onDone }: UnpackPoolOptions) {
    this.#onDone = onDone;
    for (let i = 0; i < Math.min(threadsMax, availableParallelism()); i++) {
      const worker = startWorker("unpack-worker");
      worker.postMessage({ options, arrivals, toolchainTag, name: `u${i}-` } satisfies UnpackMessage);
      const thread = { worker, pending: 0 };
      worker.onmessage = (event: MessageEvent<"done" | "flushed">) => this.#hear(thread, event.data);
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

  /** Takes over `frames`: whole frames, end to end. */
  give(frames: ArrayBuffer): void {
    const thread = this.#threads.reduce((least, other) => (other.pending < least.pending ? other : least));
    thread.pending++;
    this.#given++;
    thread.worker.postMessage({ frames } satisfies UnpackMessage, [frames]);
  }

  /** Has the threads write down what they know. */
  flush(): void {
    for (const { worker } of this.#threads) worker.postMessage({ flush: true } satisfies UnpackMessage);
  }

  #hear(thread: { pending: number }, word: "done" | "flushed"): void {
    if (word !== "done") return;
    thread.pending--;
    this.#unpacked++;
    this.#onDone();
  }
}
