import type { Candidate, SlotState } from "../state/slot-state.ts";
import type { Slot } from "./index/rows.ts";
import { tick } from "./purges.ts";
import { type SlotWrite, writeSlot } from "./slot-states.ts";
import type { StoreState } from "./store-state.ts";

/**
 * Leaves a slot with some of its candidates. Who began it in a fleet opens a new era, so that all others agree; who
 * only follows waits for that. Inside a transaction.
 */
export function removeFrom(
  state: StoreState,
  slot: Slot,
  before: SlotState,
  left: readonly Candidate[],
  isOwn: boolean,
): SlotWrite {
  const isEra = isOwn && state.isFleet;
  const after = { ...before, candidates: left, ...(isEra ? { era: tick(state) } : {}) };
  if (before.candidates[0]?.output !== left[0]?.output) state.removals.add(slot.action, slot.scope);
  if (isEra) state.rows.setDirty(slot, "");
  return writeSlot(state, slot, before, after);
}
