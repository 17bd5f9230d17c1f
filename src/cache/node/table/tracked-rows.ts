import type { Rows, Slot } from "../index/rows.ts";

/**
 * The statements on the index, which say of each slot that it may hold something else from now on. It does not matter
 * whether their transaction is committed: whoever is told reads the slot again, later. `addEntry` says nothing: who adds
 * an entry to an empty slot knows what it holds.
 */
export function trackRows(rows: Rows, changed: (slot: Slot) => void): Rows {
  const changedOf = (output: number): void => {
    for (const slot of rows.slotsOf(output)) changed(slot);
  };
  return {
    ...rows,
    putEntry(row) {
      changed(row);
      rows.putEntry(row);
    },
    touchTime(slot, time) {
      changed(slot);
      rows.touchTime(slot, time);
    },
    deleteEntry(slot) {
      changed(slot);
      rows.deleteEntry(slot);
    },
    deleteEntriesOf(output) {
      const slots = rows.deleteEntriesOf(output);
      for (const slot of slots) changed(slot);
      return slots;
    },
    renumberOutput(from, to) {
      changedOf(from);
      rows.renumberOutput(from, to);
    },
    moveOutput(id, form) {
      changedOf(id);
      rows.moveOutput(id, form);
    },
    replaceOutput(id, row) {
      changedOf(id);
      rows.replaceOutput(id, row);
    },
    deleteOutput(id) {
      changedOf(id);
      rows.deleteOutput(id);
    },
  };
}
