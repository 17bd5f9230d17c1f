/** Fisher's exact test of a table of two groups and two outcomes. */

import { logChoose } from "./beta.ts";
import { requireCount } from "./errors.ts";

/** `[hits, misses]` of a group. */
export type Outcomes = readonly [hits: number, misses: number];

export interface FisherResult {
  /** Two-sided: the chance of all tables with these sums that are at most as likely as this one. */
  readonly p: number;
  /** The chance of at most, and of at least, as many hits in the first group. */
  readonly less: number;
  readonly greater: number;
  /** (a·d)/(b·c); infinite where only the denominator is 0, NaN where both are. */
  readonly oddsRatio: number;
}

/** Tables of equal chance differ in the last digits; R uses the same tolerance (`fisher.test`). */
const tolerance = 1 + 1e-7;

/** The test that both groups have hits equally often, given how many hits there are in sum. */
export function fisherExact(first: Outcomes, second: Outcomes): FisherResult {
  const [a, b, c, d] = [...first, ...second] as [number, number, number, number];
  for (const count of [a, b, c, d]) requireCount(count, "a count of the table");
  const [row, hits, total] = [a + b, a + c, a + b + c + d];
  const least = Math.max(0, hits - (c + d));
  const most = Math.min(row, hits);
  const chances: number[] = [];
  for (let cell = least; cell <= most; cell++) {
    chances.push(Math.exp(logChoose(row, cell) + logChoose(total - row, hits - cell) - logChoose(total, hits)));
  }
  const own = chances[a - least] ?? 1;
  const sum = (parts: readonly number[]): number =>
    Math.min(
      1,
      parts.reduce((left, right) => left + right, 0),
    );
  return {
    p: sum(chances.filter((chance) => chance <= own * tolerance)),
    less: sum(chances.slice(0, a - least + 1)),
    greater: sum(chances.slice(a - least)),
    oddsRatio: (a * d) / (b * c),
  };
}
