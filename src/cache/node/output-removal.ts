/** Removing bodies from the index and from the disk. Who may go is decided by others. */

import { codec } from "../protocol/entry.ts";
import { forgetDigest } from "./digest.ts";
import { noteLeft } from "./left-outputs.ts";
import { type OutputRow, remoteSegment, settling, type Slot, type StoredForm } from "./index/rows.ts";
import { countPair, type StoreState } from "./store-state.ts";

/** Whether the shared store is known to have a body that is on this disk. */
export function isElsewhere(state: StoreState, row: OutputRow): boolean {
  return state.isFleet && row.segment !== remoteSegment && !state.rows.isUnshared(row.id);
}

/** Removes bodies from this disk that the shared store has too; their entries stay. */
export function dropBodies(state: StoreState, rows: readonly OutputRow[]): void {
  const gone: StoredForm = {
    segment: remoteSegment,
    offset: 0,
    storedBytes: 0,
    codec: codec.identity,
    settled: settling.done,
  };
  state.db.transaction(() => {
    for (const row of rows) state.rows.moveOutput(row.id, gone);
  })();
  for (const row of rows) {
    state.suspects.delete(row.id);
    state.bodies.release(row);
    state.totals.storedBytes -= row.storedBytes;
  }
  state.isDirty = true;
}

/** Removes outputs and every slot that has one of them as its entry; returns how many entries there were. */
export function dropOutputs(state: StoreState, rows: readonly OutputRow[]): number {
  const [entries, others] = state.db.transaction(() => deleteRows(state, rows))();
  for (const { scope, partition } of entries) countPair(state, scope, partition, -1);
  for (const { action } of [...entries, ...others]) forgetDigest(state, action);
  for (const row of rows) {
    state.suspects.delete(row.id);
    if (row.segment !== remoteSegment) state.bodies.release(row);
    state.totals.outputs -= 1;
    state.totals.rawBytes -= row.sizeBytes;
    state.totals.storedBytes -= row.storedBytes;
  }
  state.isDirty = true;
  return entries.length;
}

/** The slots that lost their entry, and those that lost what lay beside it. */
function deleteRows(state: StoreState, rows: readonly OutputRow[]): [Slot[], Slot[]] {
  const { rows: index } = state;
  noteLeft(state, rows);
  const entries = rows.flatMap((row) => index.deleteEntriesOf(row.id));
  if (state.hasCandidates) for (const slot of entries) index.deleteCandidates(slot);
  const others = state.hasCandidates ? rows.flatMap((row) => index.deleteCandidatesOf(row.id)) : [];
  for (const row of rows) {
    index.deleteOutput(row.id);
    if (state.isFleet) index.setShared(row.id);
  }
  return [entries, others];
}
