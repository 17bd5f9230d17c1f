/** What follows when slots were written and the transaction has been committed. */

import { currentOf } from "../state/slot-state.ts";
import { changeDigest } from "./digest.ts";
import { dropOutputs } from "./output-removal.ts";
import { isRemote, type SlotWrite } from "./slot-states.ts";
import { countPair, type StoreState } from "./store-state.ts";

export function settleWrites(state: StoreState, writes: readonly SlotWrite[]): void {
  if (writes.length === 0) return;
  for (const { slot, before, after, made } of writes) {
    const by = Number(currentOf(after) !== undefined) - Number(currentOf(before) !== undefined);
    if (by !== 0) countPair(state, slot.scope, slot.partition, by);
    if (by > 0) for (const listen of state.onEntry) listen(slot.action, slot.scope, slot.partition);
    for (const row of made) {
      state.totals.outputs += 1;
      state.totals.rawBytes += row.sizeBytes;
    }
    changeDigest(state, slot, before, after);
  }
  state.isDirty = true;
}

/** Bodies that these slots named and that nothing names any more go at once. */
export function dropLeft(state: StoreState, writes: readonly SlotWrite[]): void {
  const left = new Set(writes.flatMap((write) => write.left));
  const rows = [...left]
    .filter((id) => !state.rows.isNamed(id))
    .map((id) => state.rows.outputById(id))
    .filter((row) => row !== null);
  if (rows.length > 0) dropOutputs(state, rows);
  state.counts.evictedOutputs += rows.filter((row) => !isRemote(row)).length;
}

export function announcePending(state: StoreState): void {
  if (!state.isFleet) return;
  for (const listen of state.onPending) listen();
}
