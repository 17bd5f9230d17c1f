/**
 * What the server announced and what of it has come, in memory that all of the helper's threads see: the main thread
 * answers an entry that has come without asking anybody.
 *
 * The fetching thread announces, the unpacking threads fill in and mark, the main thread reads. An entry's fields
 * are written before its state and read after it; `Atomics` orders the two.
 */

import { idWord } from "../protocol/id-word.ts";
import { limits } from "../protocol/limits.ts";

export const arrival = {
  /** Announced, and on its way. */
  pending: 0,
  /** In the local tier. */
  arrived: 1,
  /** It came and was refused, or could not be kept in the folder. */
  failed: 2,
} as const;

/** An entry that has come. */
export interface ArrivedEntry {
  /** A view of 32 bytes. */
  readonly output: Uint8Array;
  readonly sizeBytes: number;
  readonly timeNs: bigint;
  readonly costMs: number;
}

const capacity = limits.manifestActions;
const slotCount = 2 ** Math.ceil(Math.log2(capacity * 2));
/** Action, output, size, time, cost, place in the stream. */
const recordBytes = 96;
const at = { action: 0, output: 32, size: 64, timeNs: 72, costMs: 80, streamEnd: 88 } as const;
const countWord = 0;
const headWords = 16;

/** 6 MB of addresses; pages that nobody touches cost nothing. */
export const arrivalTableBytes = (headWords + capacity + slotCount) * 4 + capacity * recordBytes;

export class ArrivalTable {
  readonly #words: Int32Array;
  readonly #records: Buffer;

  constructor(memory: SharedArrayBuffer) {
    const wordCount = headWords + capacity + slotCount;
    this.#words = new Int32Array(memory, 0, wordCount);
    this.#records = Buffer.from(memory as unknown as ArrayBuffer, wordCount * 4);
  }

  /** Whether anything was announced at all: the cheapest question. */
  get isEmpty(): boolean {
    return Atomics.load(this.#words, countWord) === 0;
  }

  /** `streamEnd` is where the entry ends in the stream, in bytes from its beginning. Beyond the capacity: false. */
  announce(action: Uint8Array, costMs: number, streamEnd: number): boolean {
    const count = this.#words[countWord] as number;
    if (count >= capacity) return false;
    const slot = this.#slotOf(action);
    if (this.#words[slot] !== 0) return true;
    const record = count * recordBytes;
    this.#records.set(action, record + at.action);
    this.#records.writeUInt32LE(costMs, record + at.costMs);
    this.#records.writeDoubleLE(streamEnd, record + at.streamEnd);
    Atomics.store(this.#words, slot, count + 1);
    Atomics.store(this.#words, countWord, count + 1);
    return true;
  }

  /** The entry's number, or -1 for what was not announced. */
  find(action: Uint8Array): number {
    return Atomics.load(this.#words, this.#slotOf(action)) - 1;
  }

  state(entry: number): number {
    return Atomics.load(this.#words, headWords + entry);
  }

  /** Fills in an entry that has come. */
  arrive(entry: number, arrived: ArrivedEntry): void {
    const record = entry * recordBytes;
    this.#records.set(arrived.output, record + at.output);
    this.#records.writeDoubleLE(arrived.sizeBytes, record + at.size);
    this.#records.writeBigInt64LE(arrived.timeNs, record + at.timeNs);
    Atomics.store(this.#words, headWords + entry, arrival.arrived);
  }

  fail(entry: number): void {
    Atomics.store(this.#words, headWords + entry, arrival.failed);
  }

  /** What came for an entry whose state is `arrived`. */
  read(entry: number): ArrivedEntry {
    const record = entry * recordBytes;
    return {
      output: this.#records.subarray(record + at.output, record + at.output + 32),
      sizeBytes: this.#records.readDoubleLE(record + at.size),
      timeNs: this.#records.readBigInt64LE(record + at.timeNs),
      costMs: this.#records.readUInt32LE(record + at.costMs),
    };
  }

  /** What is known of an entry before it has come. */
  readAnnounced(entry: number): { readonly costMs: number; readonly streamEnd: number } {
    const record = entry * recordBytes;
    return {
      costMs: this.#records.readUInt32LE(record + at.costMs),
      streamEnd: this.#records.readDoubleLE(record + at.streamEnd),
    };
  }

  /** The word that holds an action's number, or the free one where it would be. */
  #slotOf(action: Uint8Array): number {
    const first = headWords + capacity;
    const mask = slotCount - 1;
    let slot = idWord(action) & mask;
    for (;;) {
      const held = Atomics.load(this.#words, first + slot);
      if (held === 0 || this.#isAction(held - 1, action)) return first + slot;
      slot = (slot + 1) & mask;
    }
  }

  #isAction(entry: number, action: Uint8Array): boolean {
    const record = entry * recordBytes;
    return this.#records.compare(action, 0, 32, record, record + 32) === 0;
  }
}
