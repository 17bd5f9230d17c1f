/** Whether a job gains from the server. A pure decision over what its last runs said. */

import type { RunGain } from "../protocol/run.ts";

/** So many runs must agree before a job is told to step aside. */
const runsNeeded = 3;
/** A job that steps aside tries again with this chance, so that a server that became faster is noticed. */
const retryChance = 0.1;

/** @param chance a number from 0 to 1, drawn by the caller */
export function verdictOf(gains: readonly RunGain[], chance: number): "use" | "step-aside" {
  const last = gains.slice(0, runsNeeded);
  const neverGained = last.length === runsNeeded && last.every(({ savedMs, waitedMs }) => waitedMs > savedMs);
  return neverGained && chance >= retryChance ? "step-aside" : "use";
}
