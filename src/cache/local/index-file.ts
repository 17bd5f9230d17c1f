/**
 * The local index: a file of records that is only ever appended to, and rewritten when most of it is outdated.
 *
 * It is a memory, not the truth: losing it costs hashing the bodies once more. Many helpers append at once; each
 * append is one write of whole records, which a local file system does not tear.
 */

import { closeSync, fstatSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { idWord } from "../protocol/id-word.ts";
import {
  at,
  decodeRecord,
  encodeRecord,
  isRecord,
  type LocalRecord,
  recordBytes,
  type RecordTable,
  tableOf,
  wordsEach,
} from "./record.ts";

/** Beyond this the file is rewritten with its last records only: 32 MiB are 262,144 entries. */
const sizeLimitBytes = 64 * 1024 * 1024;

/** One record, where it lies; stays valid. */
export interface HeldRecord {
  readonly table: RecordTable;
  readonly row: number;
}

export function recordOf({ table, row }: HeldRecord): LocalRecord {
  return decodeRecord(table.bytes, row * recordBytes);
}

export interface IndexFile {
  /** The newest record of an action. */
  find(action: Uint8Array): HeldRecord | undefined;
  /** Remembers a record now, and in the file at the next `flush`. */
  add(record: LocalRecord): void;
  /** Writes what was added. A folder that cannot be written to is left as it is: the index is only a memory. */
  flush(): void;
  /** How many records there are, outdated ones included. */
  readonly count: number;
  /** Each action once; views. */
  actions(): Buffer[];
  /** Newest record of each action. */
  records(): Iterable<LocalRecord>;
}

export function openIndexFile(path: string): IndexFile {
  let table = tableOf(load(path));
  let count = table.bytes.length / recordBytes;
  let slots = buildSlots(table, count);
  let unwrittenFrom = count;

  function slotOf(action: Uint8Array): number {
    const mask = slots.length - 1;
    let slot = idWord(action) & mask;
    for (;;) {
      const held = slots[slot] as number;
      if (held === 0 || isOf(table, held - 1, action)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  function grow(): void {
    const larger = Buffer.allocUnsafe(Math.max(64, count * 2) * recordBytes);
    table.bytes.copy(larger, 0, 0, count * recordBytes);
    table = tableOf(larger);
    slots = buildSlots(table, count);
  }

  return {
    find(action) {
      const held = slots[slotOf(action)] as number;
      return held === 0 ? undefined : { table, row: held - 1 };
    },
    add(record) {
      if ((count + 1) * recordBytes > table.bytes.length) grow();
      encodeRecord(record).copy(table.bytes, count * recordBytes);
      slots[slotOf(record.action)] = count + 1;
      count++;
    },
    flush() {
      if (unwrittenFrom === count) return;
      append(path, table.bytes.subarray(unwrittenFrom * recordBytes, count * recordBytes));
      unwrittenFrom = count;
    },
    get count() {
      return count;
    },
    actions() {
      const held = slots.filter((number) => number !== 0);
      return Array.from(held, (number) => {
        const offset = (number - 1) * recordBytes + at.action;
        return table.bytes.subarray(offset, offset + 32);
      });
    },
    *records() {
      for (const held of slots) if (held !== 0) yield decodeRecord(table.bytes, (held - 1) * recordBytes);
    },
  };
}

function load(path: string): Buffer {
  let file: Buffer;
  try {
    file = readFileSync(path);
  } catch {
    return Buffer.alloc(0); // a new folder
  }
  const whole = file.subarray(0, file.length - (file.length % recordBytes));
  if (whole.length <= sizeLimitBytes) return whole;
  const kept = newestOnly(whole);
  rewrite(path, kept);
  return kept;
}

/** Open addressing over rows plus one; at most half full. Damaged records are passed over. */
function buildSlots(table: RecordTable, count: number): Int32Array {
  const capacity = Math.max(table.bytes.length / recordBytes, 64);
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(capacity * 2)));
  const mask = slots.length - 1;
  const { words } = table;
  for (let row = 0; row < count; row++) {
    if (!isRecord(table, row)) continue;
    let slot = (words[row * wordsEach + at.action / 4] as number) & mask;
    for (let held = slots[slot] as number; held !== 0; held = slots[slot] as number) {
      if (areOfOneAction(words, held - 1, row)) break;
      slot = (slot + 1) & mask;
    }
    slots[slot] = row + 1;
  }
  return slots;
}

function areOfOneAction(words: Int32Array, first: number, second: number): boolean {
  const from = first * wordsEach + at.action / 4;
  const other = second * wordsEach + at.action / 4;
  for (let i = 0; i < 8; i++) if (words[from + i] !== words[other + i]) return false;
  return true;
}

function isOf({ bytes }: RecordTable, row: number, action: Uint8Array): boolean {
  const from = row * recordBytes + at.action;
  for (let i = 0; i < 32; i++) if (bytes[from + i] !== action[i]) return false;
  return true;
}

function newestOnly(bytes: Buffer): Buffer {
  const count = bytes.length / recordBytes;
  const live = [...buildSlots(tableOf(bytes), count)].filter((held) => held !== 0).sort((a, b) => a - b);
  const newest = live.slice(-sizeLimitBytes / recordBytes / 2);
  return Buffer.concat(newest.map((held) => bytes.subarray((held - 1) * recordBytes, held * recordBytes)));
}

function append(path: string, records: Buffer): void {
  try {
    const file = openSync(path, "a");
    try {
      const torn = fstatSync(file).size % recordBytes;
      const filler = torn === 0 ? [] : [Buffer.alloc(recordBytes - torn)]; // a full disk tore somebody's write
      writeSync(file, Buffer.concat([...filler, records]));
    } finally {
      closeSync(file);
    }
  } catch {
    return; // read-only or full: the next run hashes again
  }
}

/** Rewrites the index without the records that `isDropped` names; returns how many went. */
export function dropRecords(path: string, isDropped: (record: LocalRecord) => boolean): number {
  const bytes = load(path);
  const count = bytes.length / recordBytes;
  const live = [...buildSlots(tableOf(bytes), count)].filter((held) => held !== 0).toSorted((a, b) => a - b);
  const kept = live.filter((held) => !isDropped(decodeRecord(bytes, (held - 1) * recordBytes)));
  if (kept.length === live.length) return 0;
  rewrite(path, Buffer.concat(kept.map((held) => bytes.subarray((held - 1) * recordBytes, held * recordBytes))));
  return live.length - kept.length;
}

/** Another helper's append between the read and the rename is lost, which costs it a hash. */
function rewrite(path: string, records: Buffer): void {
  const temporary = `${path}.${process.pid}`;
  try {
    writeFileSync(temporary, records);
    renameSync(temporary, path);
  } catch {
    rmSync(temporary, { force: true });
  }
}
