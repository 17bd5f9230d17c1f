/** What a count of hits says of the share behind it, exactly: no normal approximation anywhere. */

import { betaQuantile } from "./beta.ts";
import { requireArgument, requireConfidence, requireCount } from "./errors.ts";
import type { Interval } from "./interval.ts";

/**
 * The two-sided Clopper–Pearson interval of a share from `hits` of `trials`: it covers the true share at least as often
 * as `confidence` says.
 */
export function clopperPearson(hits: number, trials: number, confidence = 0.95): Interval {
  requireCount(hits, "the number of hits");
  requireCount(trials, "the number of trials", 1);
  requireArgument(hits <= trials, `${hits} hits of ${trials}`);
  requireConfidence(confidence);
  const tail = (1 - confidence) / 2;
  return {
    low: hits === 0 ? 0 : betaQuantile(tail, hits, trials - hits + 1),
    high: hits === trials ? 1 : betaQuantile(1 - tail, hits + 1, trials - hits),
    confidence,
  };
}

/** What nothing in `trials` tries rules out: a share above this would have shown itself with that confidence. One-sided. */
export function upperBoundOfNone(trials: number, confidence = 0.95): number {
  requireCount(trials, "the number of trials");
  requireConfidence(confidence);
  return trials === 0 ? 1 : -Math.expm1(Math.log(1 - confidence) / trials);
}
