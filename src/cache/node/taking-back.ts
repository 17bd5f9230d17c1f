import { compareStamps, type Stamp } from "../state/stamp.ts";
import type { Candidate, SlotState } from "../state/slot-state.ts";
import type { Slot } from "./index/rows.ts";
import { tick } from "./purges.ts";
import { type SlotWrite, writeSlot } from "./slot-states.ts";
import type { StoreState } from "./store-state.ts";

/**
 * Leaves a slot with some of its candidates. In a fleet that opens a new era: the purge's own, so that all nodes come
 * to the same state by themselves, or a fresh one. Inside a transaction.
 */
export function removeFrom(
  state: StoreState,
  slot: Slot,
  before: SlotState,
  left: readonly Candidate[],
  purge?: Stamp,
): SlotWrite {
  const after = { ...before, candidates: left, ...(state.isFleet ? { era: nextEra(state, before, purge) } : {}) };
  if (before.candidates[0]?.output !== left[0]?.output) state.removals.add(slot.action, slot.scope);
  if (state.isFleet) state.rows.setDirty(slot, "");
  return writeSlot(state, slot, before, after);
}

/** The era in which a slot goes on after a removal. */
export function nextEra(state: StoreState, { era }: SlotState, purge: Stamp | undefined): Stamp {
  if (purge === undefined || compareStamps(purge, era) <= 0) return tick(state);
  return { version: purge.version, source: purge.source };
}
