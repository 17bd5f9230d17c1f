/** The background check: every body is hashed again, slowly, round and round. */

import { createSlices } from "./slices.ts";
import type { StoreState } from "./store-state.ts";
import { checkOutput } from "./verification.ts";

const cursorKey = "scrub";
const pageRows = 20;
/** A round over everything takes at least this long, however little there is. */
const cycleMsMin = 24 * 3_600_000;

export interface Scrub {
  /** Checks as much as the time since the last step allows. */
  step(elapsedMs: number): Promise<void>;
}

export function createScrub(state: StoreState): Scrub {
  const { clock, scrubBytesPerSecond } = state.options;
  let cursor = Number(state.rows.meta(cursorKey) ?? 0);
  let budgetBytes = 0;
  let restsUntilMs = 0;

  return {
    async step(elapsedMs) {
      if (scrubBytesPerSecond === 0 || clock.nowMs() < restsUntilMs) return;
      // A large body overdraws the budget; the next steps make up for it.
      budgetBytes = Math.min(budgetBytes, 0) + (scrubBytesPerSecond * elapsedMs) / 1000;
      const before = cursor;
      const slices = createSlices();
      while (budgetBytes > 0 && !state.isClosed) {
        const page = state.rows.outputsAfter(cursor, pageRows);
        for (const row of page) {
          if (budgetBytes <= 0 || state.isClosed) break;
          await checkOutput(state, row);
          cursor = row.id;
          budgetBytes -= row.storedBytes;
          state.counts.scrubbedBytes += row.storedBytes;
          await slices.rest();
        }
        if (page.length > 0) continue;
        cursor = 0;
        restsUntilMs = clock.nowMs() + cycleMsMin;
        break;
      }
      if (cursor !== before && !state.isClosed) state.rows.setMeta(cursorKey, cursor);
    },
  };
}
