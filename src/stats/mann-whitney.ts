/**
 * The Mann–Whitney test (Wilcoxon's rank sum test), exact also with ties: the distribution is counted over all ways to
 * deal the ranks that were seen to the two groups.
 */

import { requireSample } from "./errors.ts";
import { ascending, doubledRanks, quantileOfSorted } from "./order.ts";
import type { Interval } from "./interval.ts";

export interface MannWhitneyResult {
  /** How many pairs have the first group's value above the second's; equal values count a half. */
  readonly u: number;
  /** Two-sided: twice the smaller tail, at most 1. */
  readonly p: number;
  /** The chance of a `u` as small, and as large. */
  readonly less: number;
  readonly greater: number;
  /** The effect: share of pairs in which the first is above, less the share in which it is below; -1 to 1 (Cliff's delta). */
  readonly delta: number;
  /** `normal` above the size up to which the distribution is counted. */
  readonly method: "exact" | "normal";
}

/** Up to this many values in sum; counting takes about n⁴/16 steps, 30 ms here. */
const exactLimit = 80;

/** The test that neither group tends to larger values. Throws `stats/argument-invalid` for an empty group. */
export function mannWhitney(first: readonly number[], second: readonly number[]): MannWhitneyResult {
  requireSample(first, "the first sample");
  requireSample(second, "the second sample");
  const ranks = doubledRanks([...first, ...second]);
  const own = ranks.slice(0, first.length).reduce((sum, rank) => sum + rank, 0);
  const u = (own - first.length * (first.length + 1)) / 2;
  const isExact = ranks.length <= exactLimit;
  const { less, greater } = isExact ? countedTails(ranks, first.length, own) : normalTails(ranks, first.length, u);
  const delta = (2 * u) / (first.length * second.length) - 1;
  return { u, p: Math.min(1, 2 * Math.min(less, greater)), less, greater, delta, method: isExact ? "exact" : "normal" };
}

interface Tails {
  readonly less: number;
  readonly greater: number;
}

function countedTails(ranks: readonly number[], size: number, own: number): Tails {
  const ways = waysBySum(ranks, size);
  let [all, below, above] = [0, 0, 0];
  for (const [sum, count] of ways.entries()) {
    all += count;
    if (sum <= own) below += count;
    if (sum >= own) above += count;
  }
  return { less: below / all, greater: above / all };
}

/** In how many ways `size` of the ranks give each sum. */
function waysBySum(ranks: readonly number[], size: number): Float64Array {
  const width = ranks.reduce((sum, rank) => sum + rank, 0) + 1;
  const ways = Array.from({ length: size + 1 }, () => new Float64Array(width));
  (ways[0] as Float64Array)[0] = 1;
  for (const [index, rank] of ranks.entries()) {
    for (let taken = Math.min(size, index + 1); taken > 0; taken--) {
      const [from, to] = [ways[taken - 1] as Float64Array, ways[taken] as Float64Array];
      for (let sum = width - 1; sum >= rank; sum--) to[sum] = (to[sum] ?? 0) + (from[sum - rank] ?? 0);
    }
  }
  return ways[size] as Float64Array;
}

/** With the correction for ties and for continuity, as R's `wilcox.test` has it. */
function normalTails(ranks: readonly number[], size: number, u: number): Tails {
  const [n, m, total] = [size, ranks.length - size, ranks.length];
  const ties = [...Map.groupBy(ranks, (rank) => rank).values()].reduce(
    (sum, { length }) => sum + length ** 3 - length,
    0,
  );
  const deviation = Math.sqrt(((n * m) / 12) * (total + 1 - ties / (total * (total - 1))));
  if (deviation === 0) return { less: 1, greater: 1 };
  const distance = u - (n * m) / 2;
  return { less: normalBelow((distance + 0.5) / deviation), greater: normalBelow(-(distance - 0.5) / deviation) };
}

/** The standard normal distribution below z, to about 1e-7 (Abramowitz and Stegun 26.2.17 for the tail). */
function normalBelow(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const polynomial = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
  return z > 0 ? 1 - tail : tail;
}

function normalQuantile(share: number): number {
  let [low, high] = [-40, 40];
  while (high - low > 1e-9) {
    const middle = (low + high) / 2;
    if (normalBelow(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

export interface Shift extends Interval {
  /** The Hodges–Lehmann estimate: the median of all differences between a value of the first and one of the second. */
  readonly estimate: number;
}

/**
 * How far the first group lies above the second, with the interval that the exact Mann–Whitney test does not reject.
 * Where the groups are too small for the confidence, the interval ends at infinity. Ties make it wider than needed.
 */
export function hodgesLehmann(first: readonly number[], second: readonly number[], confidence = 0.95): Shift {
  requireSample(first, "the first sample");
  requireSample(second, "the second sample");
  const differences = first.flatMap((a) => second.map((b) => a - b)).toSorted(ascending);
  const estimate = quantileOfSorted(differences, 0.5);
  const left = rejectedPairs(first.length, second.length, (1 - confidence) / 2);
  const low = left === 0 ? -Infinity : (differences[left - 1] ?? -Infinity);
  const high = left === 0 ? Infinity : (differences[differences.length - left] ?? Infinity);
  return { estimate, low, high, confidence };
}

/** R's `qwilcox(tail, n, m)`: the smallest count that u stays at or below with at least that chance. */
function rejectedPairs(n: number, m: number, tail: number): number {
  if (n + m > exactLimit) {
    return Math.max(0, Math.round((n * m) / 2 + normalQuantile(tail) * Math.sqrt((n * m * (n + m + 1)) / 12)));
  }
  const ranks = Array.from({ length: n + m }, (_none, index) => 2 * (index + 1));
  const ways = waysBySum(ranks, n);
  const all = ways.reduce((sum, count) => sum + count, 0);
  let below = 0;
  for (let u = 0; u <= n * m; u++) {
    below += (ways[2 * u + n * (n + 1)] ?? 0) / all;
    if (below >= tail) return u;
  }
  return 0;
}
