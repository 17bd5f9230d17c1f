/** Whether a job gains from the server. A pure decision over what its last runs said. */

import type { RunGain } from "../protocol/run.ts";

/** So many runs must agree before a job is told to step aside. */
const runsNeeded = 3;
/** A job that steps aside tries again with this chance, so that a server that became faster is noticed. */
const retryChance = 0.1;

/**
 * A run lost if it waited longer than what it got would have taken to make. It says something about the next run only
 * if it was offered about as much: a runner that had nearly everything gained nothing, and a new one may gain a lot.
 * @param offeredMs what the entries that this run would be sent took to make
 * @param chance a number from 0 to 1, drawn by the caller
 */
export function verdictOf(gains: readonly RunGain[], offeredMs: number, chance: number): "use" | "step-aside" {
  const last = gains.slice(0, runsNeeded);
  const lost = (gain: RunGain): boolean => gain.waitedMs > gain.savedMs && gain.offeredMs * 2 >= offeredMs;
  const neverGained = last.length === runsNeeded && last.every(lost);
  return neverGained && chance >= retryChance ? "step-aside" : "use";
}
