/** Taking slots' outputs back: those of a purge, or those that a filter names once. In slices, so that service goes on. */

import { isPurged, type Purge } from "../state/purge.ts";
import type { Stamp } from "../state/stamp.ts";
import { createEntryTest, type EntryTest } from "./entry-test.ts";
import type { Slot } from "./index/rows.ts";
import { addPurge, makePurge, type PurgeRequest } from "./purges.ts";
import { slotPages } from "./slot-pages.ts";
import { announcePending, dropLeft, settleWrites } from "./slot-effects.ts";
import { candidateOf, readSlot, type SlotWrite } from "./slot-states.ts";
import type { StoreState } from "./store-state.ts";
import { removeFrom } from "./taking-back.ts";

/** What is taken back of slots. */
export interface Doom {
  readonly is: EntryTest;
  /** The purge that says so, where it is one that all nodes apply. */
  readonly purge?: Stamp;
  /** A collection follows, which removes the bodies and reports them. */
  readonly isCollected: boolean;
}

/** Removes what a request names and keeps it removed; returns how many entries went. */
export async function purgeNow(state: StoreState, request: PurgeRequest): Promise<number> {
  const purge = makePurge(state, request);
  if (purge === undefined) return sweep(state, { is: createEntryTest(state, request), isCollected: true });
  // A node alone refuses nothing by it later, so there is nothing to keep.
  if (!state.isFleet && !purge.keepsOut) return sweep(state, doomByPurge(state, purge, true));
  state.db.transaction(() => {
    addPurge(state, purge, true);
    state.rows.setMeta("lamport", state.lamport);
    if (state.isFleet) state.rows.setDirty({ action: new Uint8Array(0), partition: 0, scope: 0 }, purge.id);
  })();
  announcePending(state);
  return sweepPurge(state, purge, true);
}

/** Sweeps what came from elsewhere, or what an unclean end left unswept. */
export async function sweepAll(state: StoreState): Promise<number> {
  let removed = 0;
  for (const purge of state.unswept.values()) removed += await sweepPurge(state, purge, false);
  return removed;
}

async function sweepPurge(state: StoreState, purge: Purge, isCollected: boolean): Promise<number> {
  const removed = await sweep(state, doomByPurge(state, purge, isCollected));
  if (state.isClosed) return removed;
  state.rows.setSwept(purge.id);
  state.unswept.delete(purge.id);
  return removed;
}

function doomByPurge(state: StoreState, purge: Purge, isCollected: boolean): Doom {
  return {
    is: (slot, candidate) =>
      isPurged(purge, { scope: state.scopes.text(slot.scope) }, candidate, state.options.clock.nowMs()),
    purge,
    isCollected,
  };
}

async function sweep(state: StoreState, doom: Doom): Promise<number> {
  let removed = 0;
  for await (const page of slotPages(state, state.rows.entriesAfter)) {
    const doomed = page.filter((row) => doom.is(row, candidateOf(state, row), row.used));
    removed += takeBack(state, doomed, doom);
  }
  return removed + (await sweepCandidates(state, doom));
}

/** What lies beside an entry and not in its place. There is little of it. */
async function sweepCandidates(state: StoreState, doom: Doom): Promise<number> {
  let removed = 0;
  for await (const page of slotPages(state, state.rows.candidatesAfter)) {
    const doomed = page.filter((row) => doom.is(row, candidateOf(state, row), state.rows.usedOf(row)));
    removed += takeBack(state, doomed, doom);
  }
  return removed;
}

/** Writes the slots without what is doomed of them; returns how many entries went. */
export function takeBack(state: StoreState, slots: readonly Slot[], doom: Doom): number {
  if (slots.length === 0) return 0;
  const writes = state.db.transaction(() => {
    const written = slots.flatMap((slot) => takeBackSlot(state, slot, doom));
    state.rows.setMeta("lamport", state.lamport);
    return written;
  })();
  settleWrites(state, writes);
  if (!doom.isCollected) dropLeft(state, writes);
  const emptied = writes.filter(({ after }) => after.candidates.length === 0).length;
  state.counts.evictedEntries += emptied;
  announcePending(state);
  return emptied;
}

function takeBackSlot(state: StoreState, { action, partition, scope }: Slot, doom: Doom): SlotWrite[] {
  const slot = { action, partition, scope };
  const before = readSlot(state, slot);
  const used = state.rows.usedOf(slot);
  const left = before.candidates.filter((one) => !doom.is(slot, one, used));
  return left.length === before.candidates.length ? [] : [removeFrom(state, slot, before, left, doom.purge)];
}
