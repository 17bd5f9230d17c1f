import type { OutputRow } from "./index/rows.ts";
import { announcePending, dropLeft, settleWrites } from "./slot-effects.ts";
import { readSlot } from "./slot-states.ts";
import type { StoreState } from "./store-state.ts";
import { removeFrom } from "./taking-back.ts";

/**
 * A body that nobody has any more: it leaves every slot that names it, here and, in a fleet, everywhere. Returns how
 * many slots there were.
 */
export function forgetOutput(state: StoreState, row: OutputRow): number {
  const hex = row.output.toHex();
  const writes = state.db.transaction(() => {
    const slots = [...state.rows.slotsOf(row.id), ...state.rows.candidateSlotsOf(row.id)];
    const written = slots.map((slot) => {
      const before = readSlot(state, slot);
      const left = before.candidates.filter(({ output }) => output !== hex);
      return removeFrom(state, slot, before, left);
    });
    state.rows.setMeta("lamport", state.lamport);
    return written;
  })();
  settleWrites(state, writes);
  dropLeft(state, writes);
  announcePending(state);
  return writes.length;
}
