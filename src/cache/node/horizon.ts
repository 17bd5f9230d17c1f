/**
 * How far the store is safe from a power loss.
 *
 * Bodies are synced every few seconds; then the highest output row whose body is on the disk is written down. After
 * an unclean end, what is above it is checked before it is used. (After `kill -9` nothing is lost, and the check
 * finds nothing; it cannot be told from a power loss.)
 */

import type { Rows } from "./index/rows.ts";
import type { StoreState } from "./store-state.ts";
import { checkSuspect, dropDamaged } from "./soundness.ts";
import { createSlices } from "./slices.ts";
import { isFileIntact } from "./verification.ts";

const horizonKey = "horizon";

/** The highest number of an output that was certainly on the disk. */
export function readHorizon(rows: Rows): number {
  return Number(rows.meta(horizonKey) ?? 0);
}

/** Outputs above the horizon, which must be checked. */
export function findSuspects(state: StoreState): void {
  for (const id of state.rows.outputIdsAbove(readHorizon(state.rows))) state.suspects.add(id);
}

/** Syncs bodies and moves the horizon up; not while there are unchecked outputs below it. */
export async function moveHorizon(state: StoreState): Promise<void> {
  if (!state.isDirty || state.suspects.size > 0) return;
  state.isDirty = false;
  const horizon = state.nextOutputId - 1;
  await state.bodies.sync();
  if (state.isClosed) return;
  state.rows.setMeta(horizonKey, horizon);
}

/** Checks what `findSuspects` found, beside the service. */
export async function checkSuspects(state: StoreState): Promise<void> {
  if (state.suspects.size === 0) return;
  state.options.log.info("checking what was written before an unclean end", { outputs: state.suspects.size });
  const slices = createSlices();
  for (const id of state.suspects) {
    if (state.isClosed) return;
    const row = state.rows.outputById(id);
    if (row === null) state.suspects.delete(id);
    else if (row.segment !== 0) checkSuspect(state, row);
    else {
      if (!(await isFileIntact(state, row))) dropDamaged(state, row, "its file is damaged");
      state.suspects.delete(id);
    }
    await slices.rest();
  }
  state.isDirty = true;
}
