/** What is said of a series of measured values. */

export interface Summary {
  readonly count: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Throws for an empty series: there is nothing to say of it. */
export function summarize(values: readonly number[]): Summary {
  if (values.length === 0) throw new Error("a summary of no values");
  const sorted = values.toSorted((one, other) => one - other);
  return {
    count: sorted.length,
    median: medianOfSorted(sorted),
    min: sorted[0] as number,
    max: sorted.at(-1) as number,
  };
}

function medianOfSorted(sorted: readonly number[]): number {
  const middle = sorted.length / 2;
  if (sorted.length % 2 === 1) return sorted[Math.floor(middle)] as number;
  return ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/**
 * Each value over the base's value of the same round. What else the machine did meets both of a pair alike, so
 * their ratio says more than the ratio of two medians. Throws for series of different lengths.
 */
export function pairRatios(values: readonly number[], base: readonly number[]): number[] {
  if (values.length !== base.length) throw new Error(`${values.length} values against ${base.length}`);
  return values.map((value, round) => value / (base[round] as number));
}
