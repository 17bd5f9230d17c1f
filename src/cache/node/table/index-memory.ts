/**
 * What of the index is in memory. The index is the truth: here is only what was read from it or has just been committed
 * to it, and what a statement may have changed is read again before the next lookup.
 */

import type { EntryRow } from "../index/entry-rows.ts";
import type { HitRow, OutputRow, Rows, Slot } from "../index/rows.ts";
import { slotPages } from "../slot-pages.ts";
import type { View } from "../view.ts";
import { createEntryTable, type EntryTable, type Found } from "./entry-table.ts";
import { trackRows } from "./tracked-rows.ts";

export interface IndexMemory {
  /** To be used for all statements. */
  readonly rows: Rows;
  /** The entry of the most trusted scope that has one. */
  find(view: View, action: Uint8Array): Found;
  /** An entry that the index did not have was committed. */
  added(entry: EntryRow, output: OutputRow): void;
  /** What the index answered where this one did not know. */
  learned(action: Uint8Array, hit: HitRow, output: OutputRow): void;
  /** The entry that was found last is used now. */
  markLast(minute: number): void;
  /** Brings near what will be asked: actions one behind the other. */
  expect(view: View, actions: Uint8Array): void;
  /** Reads the whole index, or as much of it as there is room for, some milliseconds at a time. */
  fill(): Promise<void>;
  readonly count: number;
  readonly bytes: number;
}

export interface IndexMemoryOptions {
  readonly limitBytes: number;
  /** Scopes and partitions that have entries together. */
  readonly pairs: readonly Omit<Slot, "action">[];
  /** Whose index it is. */
  readonly store: { readonly isClosed: boolean };
}

export function createIndexMemory(untracked: Rows, options: IndexMemoryOptions): IndexMemory {
  const { limitBytes, pairs, store } = options;
  const table = createEntryTable(limitBytes, pairs);
  let changed: Slot[] = [];
  /** A slot could not be read again: nothing that is here can be trusted. */
  let isLost = false;
  if (pairs.length === 0) table.knowsUpTo(undefined);

  function readAgain(): void {
    const slots = changed;
    changed = [];
    try {
      for (const slot of slots) readSlot(slot);
    } catch (cause) {
      isLost = true;
      throw cause;
    }
  }

  /** The action may be a view of a buffer that is used again. */
  function note({ action, partition, scope }: Slot): void {
    if (changed.length === 0) setImmediate(readAgainLater);
    changed.push({ action: action.slice(), partition, scope });
  }

  function readAgainLater(): void {
    if (store.isClosed) return;
    try {
      readAgain();
    } catch {
      return; // Lookups go to the index from now on, and tell of what is wrong with it.
    }
  }

  function readSlot(slot: Slot): void {
    const hit = untracked.slot(slot);
    const output = hit === null ? null : untracked.outputById(hit.output);
    if (hit === null || output === null) table.remove(slot);
    else table.put(slot, hit, output);
  }

  return {
    rows: trackRows(untracked, note),
    find(view, action) {
      if (isLost) return "ask";
      if (changed.length > 0) readAgain();
      return table.find(view, action);
    },
    added: (entry, output) => table.put(entry, entry, output),
    learned: (action, hit, output) => table.put({ ...hit, action }, hit, output),
    markLast: (minute) => table.markLast(minute),
    expect: (view, actions) => void table.expect(view, actions),
    fill: () => fillTable(table, untracked, store),
    get count() {
      return table.count;
    },
    get bytes() {
      return table.bytes;
    },
  };
}

async function fillTable(table: EntryTable, rows: Rows, store: IndexMemoryOptions["store"]): Promise<void> {
  for await (const page of slotPages(store, rows.foundAfter)) {
    for (const row of page) table.put(row, row, row);
    table.knowsUpTo(page.at(-1)?.action);
    if (table.hasLost) return;
  }
  if (!store.isClosed) table.knowsUpTo(undefined);
}
