/**
 * The local index: a file of records that is only ever appended to, and rewritten when most of it is outdated.
 *
 * It is a memory, not the truth: losing it costs hashing the bodies once more. Many helpers append at once; each
 * append is one write of whole records, which a local file system does not tear.
 */

import { closeSync, fstatSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { idWord } from "../protocol/id-word.ts";
import { at, decodeRecord, encodeRecord, isRecord, type LocalRecord, recordBytes } from "./record.ts";

/** Beyond this the file is rewritten with its last records only: 32 MiB are 262,144 entries. */
const sizeLimitBytes = 64 * 1024 * 1024;

export interface IndexFile {
  /** The newest record of an action; a view that stays valid. */
  find(action: Uint8Array): { readonly bytes: Buffer; readonly offset: number } | undefined;
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
  let bytes = load(path);
  let count = bytes.length / recordBytes;
  let slots = buildSlots(bytes, count);
  let unwrittenFrom = count;

  function slotOf(action: Uint8Array): number {
    const mask = slots.length - 1;
    let slot = idWord(action) & mask;
    for (;;) {
      const held = slots[slot] as number;
      if (held === 0 || sameAction(bytes, (held - 1) * recordBytes, action)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  function grow(): void {
    const larger = Buffer.allocUnsafe(Math.max(64, count * 2) * recordBytes);
    bytes.copy(larger, 0, 0, count * recordBytes);
    bytes = larger;
    slots = buildSlots(bytes, count);
  }

  return {
    find(action) {
      const held = slots[slotOf(action)] as number;
      return held === 0 ? undefined : { bytes, offset: (held - 1) * recordBytes };
    },
    add(record) {
      if ((count + 1) * recordBytes > bytes.length) grow();
      encodeRecord(record).copy(bytes, count * recordBytes);
      slots[slotOf(record.action)] = count + 1;
      count++;
    },
    flush() {
      if (unwrittenFrom === count) return;
      append(path, bytes.subarray(unwrittenFrom * recordBytes, count * recordBytes));
      unwrittenFrom = count;
    },
    get count() {
      return count;
    },
    actions() {
      const held = slots.filter((number) => number !== 0);
      return Array.from(held, (number) => {
        const offset = (number - 1) * recordBytes + at.action;
        return bytes.subarray(offset, offset + 32);
      });
    },
    *records() {
      for (const held of slots) if (held !== 0) yield decodeRecord(bytes, (held - 1) * recordBytes);
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

/** Open addressing over record numbers plus one; at most half full. Damaged records are passed over. */
function buildSlots(bytes: Buffer, count: number): Int32Array {
  const capacity = Math.max(bytes.length / recordBytes, 64);
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(capacity * 2)));
  const mask = slots.length - 1;
  for (let i = 0, offset = 0; i < count; i++, offset += recordBytes) {
    if (!isRecord(bytes, offset)) continue;
    let slot = bytes.readInt32LE(offset + at.action) & mask;
    for (let held = slots[slot] as number; held !== 0; held = slots[slot] as number) {
      if (sameActions(bytes, (held - 1) * recordBytes, offset)) break;
      slot = (slot + 1) & mask;
    }
    slots[slot] = i + 1;
  }
  return slots;
}

/** Two records' first words differ unless they are of one action, but for one pair in four billion. */
function sameActions(bytes: Buffer, first: number, second: number): boolean {
  if (bytes.readInt32LE(first + at.action) !== bytes.readInt32LE(second + at.action)) return false;
  return (
    bytes.compare(bytes, second + at.action, second + at.action + 32, first + at.action, first + at.action + 32) === 0
  );
}

function sameAction(bytes: Buffer, offset: number, action: Uint8Array): boolean {
  return bytes.compare(action, 0, 32, offset + at.action, offset + at.action + 32) === 0;
}

function newestOnly(bytes: Buffer): Buffer {
  const count = bytes.length / recordBytes;
  const live = [...buildSlots(bytes, count)].filter((held) => held !== 0).sort((a, b) => a - b);
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
  const live = [...buildSlots(bytes, count)].filter((held) => held !== 0).toSorted((a, b) => a - b);
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
