/** The permutation test: had the labels been dealt otherwise, how often would the difference be as large? */

import { logChoose } from "./beta.ts";
import { requireArgument, requireSample } from "./errors.ts";
import type { Statistic } from "./bootstrap.ts";
import type { Random } from "./random.ts";
import { shuffled } from "./random.ts";

/** Two groups that are only compared with each other: runs of the same minute, of the same base cell. */
export interface Block {
  readonly first: readonly number[];
  readonly second: readonly number[];
}

export interface PermutationResult {
  /** The statistic of the first group less that of the second, averaged over the blocks. */
  readonly difference: number;
  /** Two-sided. With `sampled`, (b + 1) / (rounds + 1), which is never 0. */
  readonly p: number;
  readonly method: "all" | "sampled";
}

/** Up to this many ways to deal the labels, all are tried. */
const allLimit = 20_000;
const sampledRounds = 9999;
/** Sums of the same values in another order differ in their last digits. */
const tolerance = 1e-12;

/** Labels move within their block only. */
export function permutationTest(blocks: readonly Block[], statistic: Statistic, random: Random): PermutationResult {
  requireArgument(blocks.length > 0, "there is no block");
  for (const { first, second } of blocks) {
    requireSample(first, "the first sample");
    requireSample(second, "the second sample");
  }
  const difference = meanDifference(blocks, statistic);
  const least = Math.abs(difference) - tolerance * Math.max(1, Math.abs(difference));
  const isAsLarge = (dealt: readonly Block[]): boolean => Math.abs(meanDifference(dealt, statistic)) >= least;
  const ways = blocks.reduce(
    (sum, { first, second }) => sum + logChoose(first.length + second.length, first.length),
    0,
  );
  if (ways <= Math.log(allLimit)) {
    const all = allDeals(blocks);
    return { difference, p: all.filter(isAsLarge).length / all.length, method: "all" };
  }
  let count = 0;
  for (let round = 0; round < sampledRounds; round++) {
    if (isAsLarge(blocks.map((block) => dealByChance(block, random)))) count++;
  }
  return { difference, p: (count + 1) / (sampledRounds + 1), method: "sampled" };
}

function meanDifference(blocks: readonly Block[], statistic: Statistic): number {
  return blocks.reduce((sum, { first, second }) => sum + statistic(first) - statistic(second), 0) / blocks.length;
}

function dealByChance({ first, second }: Block, random: Random): Block {
  const values = shuffled([...first, ...second], random);
  return { first: values.slice(0, first.length), second: values.slice(first.length) };
}

function allDeals(blocks: readonly Block[]): Block[][] {
  return blocks.reduce<Block[][]>(
    (done, block) => {
      const own = dealsOf(block);
      return done.flatMap((before) => own.map((deal) => before.concat(deal)));
    },
    [[]],
  );
}

function dealsOf({ first, second }: Block): Block[] {
  const values = [...first, ...second];
  return choices(values.length, first.length).map((chosen) => ({
    first: values.filter((_value, index) => chosen.has(index)),
    second: values.filter((_value, index) => !chosen.has(index)),
  }));
}

/** All sets of `size` numbers below `count`. */
function choices(count: number, size: number, from = 0): Set<number>[] {
  if (size === 0) return [new Set()];
  const result: Set<number>[] = [];
  for (let first = from; first <= count - size; first++) {
    for (const rest of choices(count, size - 1, first + 1)) result.push(new Set([first, ...rest]));
  }
  return result;
}
