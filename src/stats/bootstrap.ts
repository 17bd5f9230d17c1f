/** The bootstrap: how far a statistic would move, had other values of the same kind been seen. */

import { requireArgument, requireConfidence, requireSample } from "./errors.ts";
import type { Interval } from "./interval.ts";
import { ascending, quantileOfSorted } from "./order.ts";
import type { Random } from "./random.ts";

export type Statistic = (sample: readonly number[]) => number;

export interface BootstrapOptions {
  readonly random: Random;
  readonly confidence?: number;
  /** 2,000 when absent. */
  readonly rounds?: number;
}

/** The percentile interval of a statistic of one sample. Below about ten values it is too narrow; then prefer exact tests. */
export function bootstrapInterval(
  sample: readonly number[],
  statistic: Statistic,
  options: BootstrapOptions,
): Interval {
  requireSample(sample, "the sample");
  return percentiles(() => statistic(resample(sample, options.random)), options);
}

/** The same of the difference of a statistic between two samples, each drawn from itself. */
export function bootstrapDifference(
  first: readonly number[],
  second: readonly number[],
  statistic: Statistic,
  options: BootstrapOptions,
): Interval {
  requireSample(first, "the first sample");
  requireSample(second, "the second sample");
  const { random } = options;
  return percentiles(() => statistic(resample(first, random)) - statistic(resample(second, random)), options);
}

function percentiles(draw: () => number, { confidence = 0.95, rounds = 2000 }: BootstrapOptions): Interval {
  requireConfidence(confidence);
  requireArgument(Number.isSafeInteger(rounds) && rounds >= 1 && rounds <= 1e6, `${rounds} rounds`);
  const drawn = Array.from({ length: rounds }, draw).toSorted(ascending);
  const tail = (1 - confidence) / 2;
  return { low: quantileOfSorted(drawn, tail), high: quantileOfSorted(drawn, 1 - tail), confidence };
}

function resample(sample: readonly number[], random: Random): number[] {
  return sample.map(() => sample[random.below(sample.length)] ?? Number.NaN);
}
