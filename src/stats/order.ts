/** Order statistics. */

import { requireArgument, requireSample } from "./errors.ts";

/** The quantile of a sample by linear interpolation between neighbours (type 7 of Hyndman and Fan, R's default). */
export function quantile(sample: readonly number[], share: number): number {
  requireSample(sample, "the sample");
  requireArgument(share >= 0 && share <= 1, `the quantile ${share}`);
  return quantileOfSorted(sample.toSorted(ascending), share);
}

/** The same of values that are sorted already. */
export function quantileOfSorted(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

export function median(sample: readonly number[]): number {
  return quantile(sample, 0.5);
}

export function ascending(a: number, b: number): number {
  return a - b;
}

/**
 * Twice the rank of each value, so that the mean ranks of equal values are whole numbers as well.
 */
export function doubledRanks(values: readonly number[]): number[] {
  const order = values.map((_value, index) => index).toSorted((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = values.map(() => 0);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && values[order[end] ?? 0] === values[order[start] ?? 0]) end++;
    // Ranks start+1 … end, whose mean is (start + 1 + end) / 2.
    for (const index of order.slice(start, end)) ranks[index] = start + 1 + end;
    start = end;
  }
  return ranks;
}
