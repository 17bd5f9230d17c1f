/** Bodies that were written shortly before an unclean end are checked before they are used; what is wrong is dropped. */

import { isIntact } from "./encoded-body.ts";
import type { OutputRow } from "./index/rows.ts";
import { countPair, type StoreState } from "./store-state.ts";

/** Larger bodies are not checked while a request waits: this one takes about 40 ms. */
const checkNowBytesMax = 32 * 1024 * 1024;

/** Whether a body may be used. Small ones are checked now if need be; very large ones wait for the background check. */
export function isSound(state: StoreState, row: OutputRow): boolean {
  if (!state.suspects.has(row.id)) return true;
  return row.sizeBytes <= checkNowBytesMax && checkSuspect(state, row);
}

/** Reads, hashes, and drops the output when it is wrong. */
export function checkSuspect(state: StoreState, row: OutputRow): boolean {
  const bytes = state.bodies.read(row);
  const isWhole = bytes !== undefined && isIntact(bytes, row.codec, row.sizeBytes, row.output);
  if (!isWhole) dropDamaged(state, row, bytes === undefined ? "its bytes are missing" : "its hash is wrong");
  state.suspects.delete(row.id);
  return isWhole;
}

/** Removes an output whose bytes are wrong or gone, with every entry that names it. */
export function dropDamaged(state: StoreState, row: OutputRow, reason: string): void {
  dropOutputs(state, [row]);
  state.counts.damaged += 1;
  state.options.log.error("a stored body was damaged and has been dropped", {
    output: Buffer.from(row.output).toString("hex"),
    segment: row.segment,
    offset: row.offset,
    reason,
  });
}

/** Removes outputs and every entry that names them; returns how many entries there were. */
export function dropOutputs(state: StoreState, rows: readonly OutputRow[]): number {
  const entries = state.db.transaction(() =>
    rows.flatMap((row) => {
      const removed = state.rows.deleteEntriesOf(row.id);
      state.rows.deleteOutput(row.id);
      return removed;
    }),
  )();
  for (const { scope, partition } of entries) countPair(state, scope, partition, -1);
  for (const row of rows) {
    state.suspects.delete(row.id);
    state.bodies.release(row);
    state.totals.outputs -= 1;
    state.totals.rawBytes -= row.sizeBytes;
    state.totals.storedBytes -= row.storedBytes;
  }
  state.isDirty = true;
  state.found.clear();
  return entries.length;
}
