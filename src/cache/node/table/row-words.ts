/** An entry with its output in 26 words of 32 bits. */

import type { Codec } from "../../protocol/entry.ts";
import type { FoundRow, HitRow, OutputRow, Settling } from "../index/rows.ts";

/** The action, and behind it the number of scope and partition. */
export const keyWords = 9;
export const pairWord = 8;
const outputWord = 9;
const timeSecondsWord = 17;
/** And the codec, in the upper two bits. */
const timeNsWord = 18;
const costWord = 19;
const sizeWord = 20;
const storedWord = 21;
const segmentWord = 22;
/** And whether it is settled, in the upper two bits. */
const offsetWord = 23;
const idWord = 24;
/** The minute of the last use, and the kind in the lowest eight bits. */
const usedWord = 25;
export const rowWords = 26;

/** In the place of a segment's number: some value of the row does not fit, the index must be asked. */
const askSegment = -2;
/** Minutes are counted from the year 2020 on, in 24 bits: until 2051. */
const firstMinute = 26_297_280;
const minutesMax = 2 ** 24 - 1;
const halfMax = 2 ** 30;

/** Writes the action that begins at `first` of `bytes`. */
export function writeAction(words: Uint32Array, bytes: Uint8Array, first = 0): void {
  for (let i = 0; i < 8; i++) words[i] = readWord(bytes, first + i * 4);
}

function readWord(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

export type EntryFacts = Omit<HitRow, "output">;

/** Writes all words of a row but its key. */
export function writeRow(words: Uint32Array, first: number, entry: EntryFacts, output: OutputRow): void {
  const isWhole = fits(entry, output);
  words[first + segmentWord] = isWhole ? output.segment : askSegment;
  if (!isWhole) return;
  for (let i = 0; i < 8; i++) words[first + outputWord + i] = readWord(output.output, i * 4);
  words[first + timeSecondsWord] = entry.time_s;
  words[first + timeNsWord] = entry.time_ns | (output.codec << 30);
  words[first + costWord] = entry.cost_ms;
  words[first + sizeWord] = output.sizeBytes;
  words[first + storedWord] = output.storedBytes;
  words[first + offsetWord] = output.offset | (output.settled << 30);
  words[first + idWord] = output.id;
  words[first + usedWord] = minutesOf(entry.used) * 256 + output.kind;
}

function fits(entry: EntryFacts, { sizeBytes, storedBytes, segment, offset, id, kind, codec }: OutputRow): boolean {
  return (
    [entry.time_s, entry.cost_ms, sizeBytes, storedBytes, id].every((value) => value >= 0 && value < 2 ** 32) &&
    [entry.time_ns, offset].every((value) => value >= 0 && value < halfMax) &&
    segment > askSegment &&
    segment < 2 ** 31 &&
    kind < 256 &&
    codec < 4
  );
}

/** A time outside of what can be written is only told as the nearest: entries are marked as used by it, no more. */
function minutesOf(used: number): number {
  return Math.min(minutesMax, Math.max(0, used - firstMinute));
}

export function writeUsed(words: Uint32Array, first: number, minute: number): void {
  words[first + usedWord] = minutesOf(minute) * 256 + ((words[first + usedWord] as number) & 0xff);
}

/** `undefined`: it did not fit. */
export function readRow(words: Uint32Array, first: number, scope: number, partition: number): FoundRow | undefined {
  const segment = (words[first + segmentWord] as number) | 0;
  if (segment === askSegment) return undefined;
  const ns = words[first + timeNsWord] as number;
  const offset = words[first + offsetWord] as number;
  const used = words[first + usedWord] as number;
  return {
    id: words[first + idWord] as number,
    output: readOutput(words, first + outputWord),
    sizeBytes: words[first + sizeWord] as number,
    storedBytes: words[first + storedWord] as number,
    codec: (ns >>> 30) as Codec,
    settled: (offset >>> 30) as Settling,
    kind: used & 0xff,
    segment,
    offset: offset & 0x3fffffff,
    partition,
    scope,
    time_s: words[first + timeSecondsWord] as number,
    time_ns: ns & 0x3fffffff,
    cost_ms: words[first + costWord] as number,
    used: (used >>> 8) + firstMinute,
  };
}

function readOutput(words: Uint32Array, first: number): Uint8Array {
  const output = new Uint8Array(32);
  for (let i = 0; i < 8; i++) {
    const word = words[first + i] as number;
    const at = i * 4;
    output[at] = word;
    output[at + 1] = word >>> 8;
    output[at + 2] = word >>> 16;
    output[at + 3] = word >>> 24;
  }
  return output;
}
