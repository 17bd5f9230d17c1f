/** Draws from the distributions that the simulation needs. */

import type { Random } from "../../src/stats/random.ts";

/** The time to the next of events that come independently. */
export function drawExponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random.next());
}

/** Half of the draws are below the median; `spread` is the logarithm's standard deviation. */
export function drawLogNormal(random: Random, median: number, spread: number): number {
  const [one, other] = [1 - random.next(), random.next()];
  return median * Math.exp(spread * Math.sqrt(-2 * Math.log(one)) * Math.cos(2 * Math.PI * other));
}

/** A choice among items by weight. */
export function createChoice<Item>(items: readonly Item[], weightOf: (item: Item, at: number) => number) {
  let sum = 0;
  const sums = Float64Array.from(items, (item, at) => (sum += weightOf(item, at)));
  return (random: Random): Item => {
    const wanted = random.next() * sum;
    let [low, high] = [0, items.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (Number(sums[middle]) > wanted) high = middle;
      else low = middle + 1;
    }
    return items[low] as Item;
  };
}
