/** Bodies that were written shortly before an unclean end are checked before they are used; what is wrong is dropped. */

import { isIntact } from "./encoded-body.ts";
import { forgetOutput } from "./forgotten-outputs.ts";
import type { OutputRow } from "./index/rows.ts";
import { dropBodies, dropOutputs, isElsewhere } from "./output-removal.ts";
import type { StoreState } from "./store-state.ts";

/** Larger bodies are not checked while a request waits: this one takes about 40 ms. */
const checkNowBytesMax = 32 * 1024 * 1024;

/** Whether a body may be used; one that is not on this disk is checked when it comes. Small ones are checked now if need be; very large ones wait for the background check. */
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

/**
 * Removes an output whose bytes are wrong or gone, with every entry that names it. Where the shared store has the body
 * too, only this copy goes.
 */
export function dropDamaged(state: StoreState, row: OutputRow, reason: string): void {
  if (isElsewhere(state, row)) dropBodies(state, [row]);
  else if (state.isFleet) forgetOutput(state, row);
  else dropOutputs(state, [row]);
  state.counts.damaged += 1;
  state.options.log.error("a stored body was damaged and has been dropped", {
    output: row.output.toHex(),
    segment: row.segment,
    offset: row.offset,
    reason,
  });
}
