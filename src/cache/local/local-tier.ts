/**
 * The local tier: a folder in GOCACHE's own format, with an index beside it so that a hit costs one `stat`.
 *
 * Everything here is synchronous on purpose: the helper answers Go between two reads of a pipe, and each turn of an
 * event loop would cost more than the file system does (measured: 1.40 times native against 1.71).
 */

import { closeSync, constants, openSync, readFileSync, utimesSync, writeSync } from "node:fs";
import { readNames } from "../../core/folder-names.ts";
import { bodyKind } from "../../go/body-kind.ts";
import {
  actionPath,
  type EntryLine,
  formatEntryLine,
  outputPath,
  parseEntryLine,
} from "../../go/gocache/entry-file.ts";
import { mtimeIntervalMs } from "../../go/gocache/trim.ts";
import { hashFile } from "../../go/hash-file.ts";
import { createAbsenceSet } from "../protocol/absence.ts";
import { type BodyFile, type FinishedBody, printOf } from "./body-file.ts";
import type { CacheFolder } from "./folder.ts";
import { type HeldRecord, type IndexFile, openIndexFile, recordOf } from "./index-file.ts";
import { at, type FilePrint, type LocalRecord, longsEach, origin, recordBytes, wordsEach } from "./record.ts";
import { createSpillingBody } from "./spill.ts";

/** A body that is there and whose hash is its output id. */
export interface LocalHit {
  /** 64 hex digits. */
  readonly output: string;
  /** The same as Go's pipe has it. */
  readonly outputBase64: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly timeNs: bigint;
  readonly origin: number;
  readonly costMs: number;
}

/** What a put or a fetch says of its entry; both ids are 32 bytes. */
export interface LocalEntry {
  readonly action: Uint8Array;
  readonly output: Uint8Array;
  readonly sizeBytes: number;
  readonly timeNs: bigint;
  readonly kind: number;
  readonly origin: number;
  readonly costMs: number;
}

/** What a set of held actions holds at most: 1.6 million bits, far under the protocol's limit. */
const heldMax = 1_000_000;

export interface LocalTierOptions {
  readonly folder: CacheFolder;
  /** First bytes of the toolchain's hash: entries fetched for another one are not hits. 0 when not known. */
  readonly toolchainTag: number;
  readonly nowMs: () => number;
  /** Tells this tier's temporary files from those of another thread of the same process. */
  readonly name: string;
  /**
   * Go's own entry files are written by `flush`, not by `link`. While a new runner's bodies come in, both processors
   * are busy; when the last is there, one is idle while Go links (2,474 entries: 0.2 s of processor time).
   */
  readonly defersEntries?: boolean;
}

export class LocalTier {
  readonly counts = { corrupt: 0, spilled: 0 };
  readonly #options: LocalTierOptions;
  readonly #index: IndexFile;
  /** Bodies that this process wrote, by output: they need no second look at their hash, and may lie elsewhere. */
  readonly #written = new Map<string, FinishedBody>();
  #deferred: { readonly path: string; readonly action: string; readonly line: EntryLine }[] = [];
  #serial = 0;

  constructor(options: LocalTierOptions) {
    this.#options = options;
    this.#index = openIndexFile(`${options.folder.ballastPath}/index`);
  }

  /** `undefined` is a miss, and so is everything that cannot be read or is not what it says. */
  get(action: Uint8Array): LocalHit | undefined {
    const held = this.#index.find(action);
    if (held === undefined) return this.#getFromFolder(action);
    const { words, doubles } = held.table;
    const tag = (words[held.row * wordsEach + at.toolchainTag / 4] as number) >>> 0;
    if (tag !== 0 && this.#options.toolchainTag !== 0 && tag !== this.#options.toolchainTag) return undefined;
    const output = outputOf(held);
    const path = outputPath(this.#options.folder.path, output);
    const print = printOf(path);
    if (print === undefined) return this.#getWritten(output, held) ?? this.#getFromFolder(action);
    if (!isSame(held, print)) return this.#verify(recordOf(held), path, print);
    const usedMs = doubles[held.row * longsEach + at.usedMs / 8] as number;
    if (this.#options.nowMs() - usedMs >= mtimeIntervalMs) this.#refresh(recordOf(held), path);
    return hitAt(held, output, path, print.size);
  }

  /** Whether all of these actions (32 bytes each) are here, their bodies as they were when they were last hashed. */
  holdsAll(actions: Buffer): boolean {
    for (let from = 0; from < actions.length; from += 32) {
      const held = this.#index.find(actions.subarray(from, from + 32));
      if (held === undefined || !this.#isUnchanged(held)) return false;
    }
    return true;
  }

  /** Begins a body; where the folder cannot take it, in a temporary folder that can. */
  startBody(output: string, sizeBytes: number): BodyFile {
    const name = `${this.#options.name}${this.#serial++}`;
    const body = createSpillingBody(this.#options.folder, output, sizeBytes, name, () => this.counts.spilled++);
    const finish = (): FinishedBody => {
      const done = body.finish();
      this.#written.set(output, done);
      return done;
    };
    return { ...body, finish };
  }

  /** Whether this process wrote a body of this output that is still there, and where. */
  findBody(output: string): FinishedBody | undefined {
    const known = this.#written.get(output);
    if (known === undefined) return undefined;
    const print = printOf(known.path);
    return print !== undefined && print.size === known.print.size ? { path: known.path, print } : undefined;
  }

  /** Links an action to a body that was finished. */
  link(entry: LocalEntry, print: FilePrint): void {
    const { sizeBytes, ...rest } = entry;
    const action = Buffer.from(entry.action).toString("hex");
    const output = Buffer.from(entry.output).toString("hex");
    const line = { output, sizeBytes, timeNs: entry.timeNs };
    const path = actionPath(this.#options.folder.path, action);
    if (this.#options.defersEntries === true) this.#deferred.push({ path, action, line });
    else writeEntry(path, action, line);
    this.#index.add({ ...rest, toolchainTag: this.#options.toolchainTag, print, usedMs: this.#options.nowMs() });
  }

  /** Whether nothing is known of this folder: a new runner's, or one that only Go has used. */
  get isNew(): boolean {
    return this.#index.count === 0;
  }

  /** The actions that are here, as a set that may hold some more; empty bytes when there are none. */
  heldSet(): Uint8Array {
    const actions = this.isNew ? listActions(this.#options.folder.path) : this.#index.actions();
    if (actions.length === 0) return new Uint8Array(0);
    const set = createAbsenceSet(Math.min(actions.length, heldMax));
    for (const action of actions.slice(0, heldMax)) set.add(action);
    return set.bytes;
  }

  /** Writes what the index learned, and the entry files that were deferred. */
  flush(): void {
    for (const { path, action, line } of this.#deferred) writeEntry(path, action, line);
    this.#deferred = [];
    this.#index.flush();
  }

  #isUnchanged(held: HeldRecord): boolean {
    const print = printOf(outputPath(this.#options.folder.path, outputOf(held)));
    return print !== undefined && isSame(held, print);
  }

  /** An entry that the index does not know: Go's own, or one whose record was lost. */
  #getFromFolder(action: Uint8Array): LocalHit | undefined {
    const hex = Buffer.from(action).toString("hex");
    const line = readEntry(actionPath(this.#options.folder.path, hex), hex);
    if (line === undefined) return undefined;
    const path = outputPath(this.#options.folder.path, line.output);
    const print = printOf(path);
    if (print === undefined || print.size !== line.sizeBytes) return undefined;
    const output = Buffer.from(line.output, "hex");
    const record = { action, output, timeNs: line.timeNs, kind: bodyKind.unknown, origin: origin.native, costMs: 0 };
    return this.#verify({ ...record, toolchainTag: 0, usedMs: 0, print }, path, print);
  }

  /** Hashes a body whose file is not as it was remembered. A body that is something else is a miss. */
  #verify(record: LocalRecord, path: string, print: FilePrint): LocalHit | undefined {
    const output = Buffer.from(record.output).toString("hex");
    if (hashFile(path) !== output) {
      this.counts.corrupt++;
      return undefined;
    }
    const fresh = { ...record, print, action: Buffer.from(record.action), output: Buffer.from(record.output) };
    if (this.#options.nowMs() - record.usedMs >= mtimeIntervalMs) this.#refresh(fresh, path);
    else this.#index.add(fresh);
    const { timeNs, costMs } = fresh;
    const outputBase64 = fresh.output.toString("base64");
    return { output, outputBase64, path, sizeBytes: print.size, timeNs, origin: record.origin, costMs };
  }

  /** Notes a use in the files' times, at most once an hour, as Go does: its trim goes by them. */
  #refresh(record: LocalRecord, path: string): void {
    const now = this.#options.nowMs();
    touch(actionPath(this.#options.folder.path, Buffer.from(record.action).toString("hex")), now);
    if (now - record.print.mtimeMs >= mtimeIntervalMs) touch(path, now);
    this.#index.add({ ...record, usedMs: now, print: printOf(path) ?? record.print });
  }

  /** A body that the folder refused and that lies elsewhere. */
  #getWritten(output: string, held: HeldRecord): LocalHit | undefined {
    const body = this.findBody(output);
    return body === undefined ? undefined : hitAt(held, output, body.path, body.print.size);
  }
}

function outputOf({ table, row }: HeldRecord): string {
  const from = row * recordBytes + at.output;
  return table.bytes.toString("hex", from, from + 32);
}

function hitAt({ table, row }: HeldRecord, output: string, path: string, sizeBytes: number): LocalHit {
  const from = row * recordBytes;
  return {
    output,
    outputBase64: table.bytes.toString("base64", from + at.output, from + at.output + 32),
    path,
    sizeBytes,
    timeNs: table.longs[row * longsEach + at.timeNs / 8] as bigint,
    origin: table.bytes[from + at.origin] as number,
    costMs: (table.words[row * wordsEach + at.costMs / 4] as number) >>> 0,
  };
}

/** The actions that Go put into a folder. Listing the 256 folders of an empty one takes 3 ms. */
function listActions(folder: string): Buffer[] {
  const actions: Buffer[] = [];
  for (let i = 0; i < 256; i++) {
    for (const name of readNames(`${folder}/${i.toString(16).padStart(2, "0")}`)) {
      if (/^[0-9a-f]{64}-a$/.test(name)) actions.push(Buffer.from(name.slice(0, 64), "hex"));
    }
  }
  return actions;
}

function isSame({ table: { doubles }, row }: HeldRecord, now: FilePrint): boolean {
  const from = row * longsEach;
  return (
    doubles[from + at.size / 8] === now.size &&
    doubles[from + at.ino / 8] === now.ino &&
    doubles[from + at.mtimeMs / 8] === now.mtimeMs &&
    doubles[from + at.ctimeMs / 8] === now.ctimeMs
  );
}

function readEntry(path: string, action: string): EntryLine | undefined {
  try {
    return parseEntryLine(action, readFileSync(path, "latin1"));
  } catch {
    return undefined; // not there, or not readable: a miss for Go too
  }
}

/**
 * Go writes an `-a` file in place (`putIndexEntry`): its width is fixed, and a torn line is a miss. A folder that
 * cannot take it leaves the entry known to this process alone.
 */
function writeEntry(path: string, action: string, entry: EntryLine): void {
  try {
    const file = openSync(path, constants.O_WRONLY | constants.O_CREAT, 0o666);
    try {
      writeSync(file, formatEntryLine(action, entry), 0, "latin1");
    } finally {
      closeSync(file);
    }
  } catch {
    return; // read-only or full
  }
}

function touch(path: string, nowMs: number): void {
  try {
    utimesSync(path, nowMs / 1000, nowMs / 1000);
  } catch {
    return; // read-only, or trimmed a moment ago
  }
}
