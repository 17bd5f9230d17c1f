/**
 * Garbage collection: what nobody used for too long, what no entry names, and, when the disk is too full, what was
 * used least recently. In slices, so that service goes on.
 */

import { forgetDigest } from "./digest.ts";
import { type EntryDetailRow, type OutputRow, type OutputWithUse, remoteSegment, type Slot } from "./index/rows.ts";
import { dropBodies, dropOutputs, isElsewhere } from "./output-removal.ts";
import { createSlices, type Slices } from "./slices.ts";
import { slotPages } from "./slot-pages.ts";
import { countPair, nowMinute, type StoreState } from "./store-state.ts";

const pageRows = 200;
/** Eviction goes on until this share of the limit is reached, so that it is not needed again at once. */
const targetShare = 0.9;
/** Left free on the disk: this much, or this share of a small disk. */
const reserveBytesMax = 256 * 1024 * 1024;
const reserveShare = 0.05;
/** What a body costs in the index, by measurement about 300 bytes with its entry. */
const indexBytesPerOutput = 300;

export interface Evicted {
  readonly entries: number;
  readonly outputs: number;
  readonly freedBytes: number;
}

/** Bytes that would be on the disk if everything were compacted. */
function liveBytes(state: StoreState): number {
  return state.totals.storedBytes + state.totals.outputs * indexBytesPerOutput;
}

/** Bytes on the disk. */
function usedBytes(state: StoreState): number {
  return state.bodies.fileBytes() + state.totals.outputs * indexBytesPerOutput;
}

/**
 * What may be used: the limit that was set, or less where the disk does not have it. A disk that is full to the last
 * byte stops everything, the next start included.
 */
function limitBytes(state: StoreState): number {
  const { freeBytes, totalBytes } = state.options.diskSpace();
  const reserveBytes = Math.min(reserveBytesMax, totalBytes * reserveShare);
  return Math.min(state.options.maxSizeBytes, Math.max(0, usedBytes(state) + freeBytes - reserveBytes));
}

export function isOverLimit(state: StoreState): boolean {
  return usedBytes(state) > limitBytes(state);
}

/**
 * Removes entries that were not used for `maxAgeMs`; returns how many. Not in a fleet: what nobody uses here may be
 * used elsewhere, and what a node removes by itself must not make its index another one.
 */
export async function evictOld(state: StoreState): Promise<number> {
  if (state.isFleet) return 0;
  const oldest = nowMinute(state) - Math.ceil(state.options.maxAgeMs / 60_000);
  return removeEntries(state, (entry) => entry.used < oldest);
}

/** Removes the entries that `isDoomed` says, in the order of their keys; returns how many. */
async function removeEntries(state: StoreState, isDoomed: (entry: EntryDetailRow) => boolean): Promise<number> {
  let removed = 0;
  for await (const page of slotPages(state, state.rows.entriesAfter)) {
    const doomed = page.filter((entry) => isDoomed(entry));
    if (doomed.length > 0) deleteEntries(state, doomed);
    removed += doomed.length;
  }
  return removed;
}

function deleteEntries(state: StoreState, slots: readonly Slot[]): void {
  state.db.transaction(() => {
    for (const slot of slots) {
      state.rows.deleteEntry(slot);
      if (state.hasCandidates) state.rows.deleteCandidates(slot);
    }
  })();
  for (const { action, scope, partition } of slots) {
    countPair(state, scope, partition, -1);
    forgetDigest(state, action);
  }
  state.counts.evictedEntries += slots.length;
  state.isDirty = true;
}

/** Removes outputs that no entry names, and the least recently used ones until the limit is kept. */
export async function evictOutputs(state: StoreState): Promise<Evicted> {
  const slices = createSlices();
  const survey = await surveyUse(state, slices);
  const excessBytes = liveBytes(state) - limitBytes(state) * targetShare;
  if (!isOverLimit(state) || excessBytes <= 0) return survey.unnamed;
  const cut = findCut(survey.bytesByMinute, excessBytes);
  const evicted = await dropWhere(state, slices, cut);
  return {
    entries: evicted.entries,
    outputs: survey.unnamed.outputs + evicted.outputs,
    freedBytes: survey.unnamed.freedBytes + evicted.freedBytes,
  };
}

interface Survey {
  readonly bytesByMinute: Map<number, number>;
  readonly unnamed: Evicted;
}

/** Sums the bytes by the minute of last use. Outputs without entries go at once. */
async function surveyUse(state: StoreState, slices: Slices): Promise<Survey> {
  const bytesByMinute = new Map<number, number>();
  let outputs = 0;
  let freedBytes = 0;
  for await (const page of pagesWithUse(state, slices)) {
    const unnamed = page.filter((row) => row.lastUsed === null);
    for (const { lastUsed, storedBytes, segment } of page) {
      if (lastUsed === null || segment === remoteSegment) continue;
      bytesByMinute.set(lastUsed, (bytesByMinute.get(lastUsed) ?? 0) + storedBytes + indexBytesPerOutput);
    }
    outputs += unnamed.length;
    freedBytes += drop(state, unnamed).freedBytes;
  }
  return { bytesByMinute, unnamed: { entries: 0, outputs, freedBytes } };
}

/** Everything before `minute` goes, and of that minute the older outputs up to `bytesOfMinute`. */
interface Cut {
  readonly minute: number;
  readonly bytesOfMinute: number;
}

function findCut(bytesByMinute: ReadonlyMap<number, number>, excessBytes: number): Cut {
  let leftBytes = excessBytes;
  for (const [minute, bytes] of [...bytesByMinute].sort(([a], [b]) => a - b)) {
    if (bytes >= leftBytes) return { minute, bytesOfMinute: leftBytes };
    leftBytes -= bytes;
  }
  return { minute: Number.MAX_SAFE_INTEGER, bytesOfMinute: 0 };
}

async function dropWhere(state: StoreState, slices: Slices, cut: Cut): Promise<Evicted> {
  let leftBytes = cut.bytesOfMinute;
  let [entries, outputs, freedBytes] = [0, 0, 0];
  for await (const page of pagesWithUse(state, slices)) {
    const doomed = page.filter((row) => {
      const { lastUsed, storedBytes, segment } = row;
      if (lastUsed === null || lastUsed > cut.minute) return lastUsed === null;
      if (segment === remoteSegment || !mayGo(state, row)) return false;
      if (lastUsed < cut.minute) return true;
      const isOverdue = leftBytes > 0;
      leftBytes -= storedBytes + indexBytesPerOutput;
      return isOverdue;
    });
    const dropped = drop(state, doomed);
    entries += dropped.entries;
    outputs += doomed.length;
    freedBytes += dropped.freedBytes;
  }
  return { entries, outputs, freedBytes };
}

/** In a fleet a body that the shared store does not have yet stays: it is the only one. */
function mayGo(state: StoreState, row: OutputRow): boolean {
  return !state.isFleet || isElsewhere(state, row);
}

/** In a fleet the entries of what is named stay, and read through to the shared store from then on. */
function drop(state: StoreState, rows: readonly OutputWithUse[]): { entries: number; freedBytes: number } {
  if (rows.length === 0) return { entries: 0, freedBytes: 0 };
  const kept = rows.filter((row) => state.isFleet && row.lastUsed !== null);
  if (kept.length > 0) dropBodies(state, kept);
  const entries = dropOutputs(
    state,
    rows.filter((row) => !kept.includes(row)),
  );
  state.counts.evictedEntries += entries;
  state.counts.evictedOutputs += rows.length;
  return { entries, freedBytes: rows.reduce((sum, row) => sum + row.storedBytes, 0) };
}

async function* pagesWithUse(state: StoreState, slices: Slices): AsyncGenerator<OutputWithUse[]> {
  for (let after = 0; ;) {
    if (state.isClosed) return;
    const page = state.rows.outputsWithUse(after, pageRows);
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.id;
    yield page;
    await slices.rest();
  }
}
