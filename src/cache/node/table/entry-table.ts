/**
 * Entries of the index in memory: an entry of a million is found in the time of one of a thousand. SQLite takes 6 to 9 µs
 * for the two statements of a random id, since its pages are not at hand.
 *
 * The whole action is kept: a lookup that took one for another would serve wrong bytes. 104 bytes a row, some 120 with
 * the room to grow. The rows are split by their keys' hashes, so that none of the arrays ever takes long to grow.
 */

import type { FoundRow, OutputRow, Slot } from "../index/rows.ts";
import type { View } from "../view.ts";
import {
  addRow,
  capacityOf,
  createPackedRows,
  findBucket,
  findNumber,
  hashKey,
  packedBytes,
  packedRowsMax,
  type PackedRows,
  removeRow,
  touchRow,
  resizeRows,
  type RowShape,
  rowAt,
} from "./packed-rows.ts";
import {
  type EntryFacts,
  keyWords,
  pairWord,
  readRow,
  rowWords,
  writeAction,
  writeRow,
  writeUsed,
} from "./row-words.ts";

/** `undefined`: there is none; `ask`: only the index knows. */
export type Found = FoundRow | "ask" | undefined;

export interface EntryTable {
  /** The entry of the most trusted scope that has one. */
  find(view: Pick<View, "scopes" | "partitions" | "readKey">, action: Uint8Array): Found;
  /** Keeps what a slot holds; where there is no room, in the place of another entry. */
  put(slot: Slot, entry: EntryFacts, output: OutputRow): void;
  remove(slot: Slot): void;
  /** The entry that was found or put last is used now. */
  markLast(minute: number): void;
  /**
   * Brings near what will be asked: the actions lie one behind the other. One lookup after the other waits for memory four
   * times or more, while the reads of this one wait together. The number means nothing.
   */
  expect(view: Pick<View, "scopes" | "partitions" | "readKey">, actions: Uint8Array): number;
  /** Every entry with an action below this one is known; all of them, without one. */
  knowsUpTo(action: Uint8Array | undefined): void;
  /** Something had to give way: from then on what is not here may be in the index. */
  readonly hasLost: boolean;
  readonly count: number;
  readonly bytes: number;
}

const partsMax = 256;
const growth = 1.1;
const firstRows = 4;
/** Views whose pairs are remembered. */
const viewsMax = 1000;

interface State {
  readonly limitBytes: number;
  readonly shape: RowShape;
  readonly parts: readonly PackedRows[];
  readonly key: Uint32Array;
  readonly pairs: Pairs;
  bytes: number;
  count: number;
  /** The row that was found or put last. */
  lastWords: Uint32Array | undefined;
  lastFirst: number;
  /** Below what action all is here; `"all"`: there is no other. */
  known: Uint8Array | "all" | "none";
  hasLost: boolean;
}

/** `pairs`: every scope and partition of the index that have an entry together, so that none is overlooked. */
export function createEntryTable(limitBytes: number, pairs: readonly Omit<Slot, "action">[] = []): EntryTable {
  const seed = crypto.getRandomValues(new Int32Array(1))[0] ?? 0;
  const state: State = {
    limitBytes,
    shape: { rowWords, keyWords, seed },
    parts: Array.from({ length: partsMax }, createPackedRows),
    key: new Uint32Array(keyWords),
    pairs: createPairs(),
    bytes: 0,
    count: 0,
    lastWords: undefined,
    lastFirst: 0,
    known: "none",
    hasLost: false,
  };
  for (const { scope, partition } of pairs) state.pairs.intern(scope, partition);
  return {
    find: (view, action) => find(state, view, action),
    put: (slot, entry, output) => put(state, slot, entry, output),
    remove(slot) {
      const found = locate(state, slot);
      if (found !== undefined) drop(state, found.part, found.at);
    },
    markLast(minute) {
      if (state.lastWords !== undefined) writeUsed(state.lastWords, state.lastFirst, minute);
    },
    expect: (view, actions) => expect(state, view, actions),
    knowsUpTo(action) {
      if (!state.hasLost) state.known = action ?? "all";
    },
    get hasLost() {
      return state.hasLost;
    },
    get count() {
      return state.count;
    },
    get bytes() {
      return state.bytes;
    },
  };
}

function find(state: State, view: Pick<View, "scopes" | "partitions" | "readKey">, action: Uint8Array): Found {
  const { key, shape, parts, pairs } = state;
  const isKnown = state.known === "all" || (state.known !== "none" && Buffer.compare(action, state.known) < 0);
  writeAction(key, action);
  const ranked = pairs.ofView(view);
  for (let rank = 0; rank < ranked.length; rank++) {
    const pair = ranked[rank] as number;
    key[pairWord] = pair;
    const hash = hashKey(key, 0, shape);
    const part = parts[hash >>> 24] as PackedRows;
    const at = findBucket(part, key, hash, shape);
    if (at < 0) {
      // What is not here may be in the index, and would come before what is less trusted.
      if (!isKnown) return "ask";
      continue;
    }
    state.lastWords = part.words;
    state.lastFirst = rowAt(part, at, shape);
    return readRow(part.words, state.lastFirst, pairs.scope(pair), pairs.partition(pair)) ?? "ask";
  }
  return isKnown ? undefined : "ask";
}

interface Located {
  readonly part: PackedRows;
  readonly at: number;
}

function locate(state: State, { action, partition, scope }: Slot): Located | undefined {
  const pair = state.pairs.find(scope, partition);
  if (pair === undefined) return undefined;
  const hash = loadKey(state, action, pair);
  const part = state.parts[hash >>> 24] as PackedRows;
  const at = findBucket(part, state.key, hash, state.shape);
  return at < 0 ? undefined : { part, at };
}

function loadKey({ key, shape }: State, action: Uint8Array, pair: number): number {
  writeAction(key, action);
  key[pairWord] = pair;
  return hashKey(key, 0, shape);
}

function put(state: State, { action, partition, scope }: Slot, entry: EntryFacts, output: OutputRow): void {
  const { shape, key } = state;
  const hash = loadKey(state, action, state.pairs.intern(scope, partition));
  const part = state.parts[hash >>> 24] as PackedRows;
  const at = findBucket(part, key, hash, shape);
  state.lastWords = undefined;
  if (at < 0 && !makeRoom(state, part)) return;
  if (at < 0) state.count += 1;
  state.lastFirst = at < 0 ? addRow(part, key, hash, shape) : rowAt(part, at, shape);
  state.lastWords = part.words;
  writeRow(part.words, state.lastFirst, entry, output);
}

const idBytes = 32;

function expect(state: State, view: Pick<View, "scopes" | "partitions" | "readKey">, actions: Uint8Array): number {
  const { key, shape, parts, pairs } = state;
  const ranked = pairs.ofView(view);
  const hashes = new Uint32Array((actions.length / idBytes) * ranked.length);
  let sum = 0;
  let next = 0;
  for (let first = 0; first < actions.length; first += idBytes) {
    writeAction(key, actions, first);
    for (let rank = 0; rank < ranked.length; rank++) {
      key[pairWord] = ranked[rank] as number;
      const hash = hashKey(key, 0, shape);
      hashes[next++] = hash;
      const { buckets } = parts[hash >>> 24] as PackedRows;
      sum ^= buckets[hash & (buckets.length - 1)] as number;
    }
  }
  for (let at = 0; at < next; at++) {
    const hash = hashes[at] as number;
    sum ^= touchRow(parts[hash >>> 24] as PackedRows, hash, shape);
  }
  return sum;
}

/** False where there is no room and nothing to give way. */
function makeRoom(state: State, part: PackedRows): boolean {
  const { shape } = state;
  const capacity = capacityOf(part, shape);
  if (part.count < capacity) return true;
  const next = Math.min(packedRowsMax, Math.max(firstRows, Math.ceil(capacity * growth)));
  const moreBytes = packedBytes(next, shape) - packedBytes(capacity, shape);
  if (next > capacity && state.bytes + moreBytes <= state.limitBytes) {
    resizeRows(part, next, shape);
    state.bytes += moreBytes;
    return true;
  }
  state.known = "none";
  state.hasLost = true;
  if (part.count === 0) return false;
  const row = Math.floor(Math.random() * part.count);
  drop(state, part, findNumber(part, row, hashKey(part.words, row * shape.rowWords, shape)));
  return true;
}

function drop(state: State, part: PackedRows, at: number): void {
  removeRow(part, at, state.shape);
  state.count -= 1;
  const capacity = capacityOf(part, state.shape);
  // Less than half of it in use: what a purge or a collection freed is given back.
  if (part.count >= capacity / 2 || capacity <= firstRows * 4) return;
  const next = Math.ceil(part.count * growth);
  resizeRows(part, next, state.shape);
  state.bytes += packedBytes(next, state.shape) - packedBytes(capacity, state.shape);
}

interface Pairs {
  find(scope: number, partition: number): number | undefined;
  intern(scope: number, partition: number): number;
  scope(pair: number): number;
  partition(pair: number): number;
  /** The pairs that a view reads and that have an entry, most trusted first. */
  ofView(view: Pick<View, "scopes" | "partitions" | "readKey">): readonly number[];
}

/** Numbers for the scopes and partitions that occur together: one word of a key. */
function createPairs(): Pairs {
  const numbers = new Map<number, number>();
  const scopes: number[] = [];
  const partitions: number[] = [];
  const views = new Map<string, readonly number[]>();
  let lastKey = "";
  let last: readonly number[] | undefined;
  const joined = (scope: number, partition: number): number => scope * 2 ** 24 + partition;

  function rank({ scopes: read, partitions: parts }: Pick<View, "scopes" | "partitions">): readonly number[] {
    const all = read.flatMap((scope) => parts.map((partition) => numbers.get(joined(scope, partition))));
    return [...new Set(all.filter((pair) => pair !== undefined))];
  }

  return {
    find: (scope, partition) => numbers.get(joined(scope, partition)),
    intern(scope, partition) {
      const known = numbers.get(joined(scope, partition));
      if (known !== undefined) return known;
      const pair = scopes.length;
      numbers.set(joined(scope, partition), pair);
      scopes.push(scope);
      partitions.push(partition);
      views.clear();
      last = undefined;
      return pair;
    },
    scope: (pair) => scopes[pair] as number,
    partition: (pair) => partitions[pair] as number,
    ofView(view) {
      const { readKey } = view;
      if (last !== undefined && readKey === lastKey) return last;
      let ranked = views.get(readKey);
      if (ranked === undefined) {
        if (views.size >= viewsMax) views.clear();
        views.set(readKey, (ranked = rank(view)));
      }
      lastKey = readKey;
      last = ranked;
      return ranked;
    },
  };
}
