/** What must hold whatever the numbers are; where counting all cases is possible, that is the oracle. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { betaQuantile, regularizedBeta } from "./beta.ts";
import { fisherExact } from "./fisher-exact.ts";
import { holm } from "./holm.ts";
import { hodgesLehmann, mannWhitney } from "./mann-whitney.ts";
import { median, quantile } from "./order.ts";
import { createRandom, shuffled } from "./random.ts";
import { clopperPearson, upperBoundOfNone } from "./share-interval.ts";

const sample = (max: number) => fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: max });
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function binomialAtMost(hits: number, trials: number, share: number): number {
  let sum = 0;
  let ways = 1;
  for (let k = 0; k <= hits; k++) {
    sum += ways * share ** k * (1 - share) ** (trials - k);
    ways = (ways * (trials - k)) / (k + 1);
  }
  return sum;
}

test("Clopper–Pearson's ends are where a binomial tail is 2.5 %", () => {
  const cases = fc
    .integer({ min: 1, max: 60 })
    .chain((trials) => fc.tuple(fc.integer({ min: 0, max: trials }), fc.constant(trials)));
  fc.assert(
    fc.property(cases, ([hits, trials]) => {
      const { low, high } = clopperPearson(hits, trials);
      if (hits < trials) expect(binomialAtMost(hits, trials, high)).toBeCloseTo(0.025, 8);
      if (hits > 0) expect(1 - binomialAtMost(hits - 1, trials, low)).toBeCloseTo(0.025, 8);
      expect(low).toBeLessThanOrEqual(hits / trials);
      expect(high).toBeGreaterThanOrEqual(hits / trials);
    }),
  );
});

test("the bound of none is where nothing is seen with 5 %", () => {
  for (const trials of [1, 2, 5, 59, 1000]) expect((1 - upperBoundOfNone(trials)) ** trials).toBeCloseTo(0.05, 12);
});

test("a beta quantile is the inverse of the share below", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.001, max: 0.999, noNaN: true }),
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 200 }),
      (p, a, b) => {
        expect(regularizedBeta(betaQuantile(p, a, b), a, b)).toBeCloseTo(p, 8);
      },
    ),
  );
});

test("Fisher's tails overlap in the table itself, and swapping the groups swaps them", () => {
  const count = fc.integer({ min: 0, max: 30 });
  fc.assert(
    fc.property(count, count, count, count, (a, b, c, d) => {
      const one = fisherExact([a, b], [c, d]);
      const other = fisherExact([c, d], [a, b]);
      expect(one.less).toBeCloseTo(other.greater, 9);
      expect(one.p).toBeCloseTo(other.p, 9);
      expect(one.less + one.greater).toBeGreaterThanOrEqual(1 - 1e-9);
      expect(one.p).toBeLessThanOrEqual(1);
    }),
  );
});

/** Every way to choose `size` of the values. */
function splits(values: readonly number[], size: number): number[][] {
  const found: number[][] = [];
  for (let mask = 0; mask < 2 ** values.length; mask++) {
    const chosen = values.filter((_value, index) => (mask >> index) % 2 === 1);
    if (chosen.length === size) found.push(values.map((_value, index) => (mask >> index) % 2));
  }
  return found;
}

function countPairs(values: readonly number[], labels: readonly number[]): number {
  let u = 0;
  for (const [i, a] of values.entries()) {
    for (const [j, b] of values.entries()) {
      if (labels[i] === 1 && labels[j] === 0) u += a > b ? 1 : a === b ? 0.5 : 0; // eslint-disable-line no-nested-ternary -- a pair's score
    }
  }
  return u;
}

describe("Mann–Whitney", () => {
  test("is the count of all deals, ties and all", () => {
    fc.assert(
      fc.property(sample(5), sample(5), (first, second) => {
        const values = [...first, ...second];
        const own = countPairs(
          values,
          values.map((_value, index) => (index < first.length ? 1 : 0)),
        );
        const all = splits(values, first.length).map((labels) => countPairs(values, labels));
        const found = mannWhitney(first, second);
        expect(found.u).toBe(own);
        expect(found.less).toBeCloseTo(all.filter((u) => u <= own).length / all.length, 12);
        expect(found.greater).toBeCloseTo(all.filter((u) => u >= own).length / all.length, 12);
        expect(found.delta).toBeCloseTo((2 * own) / (first.length * second.length) - 1, 12);
      }),
      { numRuns: 60 },
    );
  });

  test("the interval of the shift holds just what the test does not reject", () => {
    const distinct = fc.uniqueArray(fc.integer({ min: 0, max: 10_000 }), { minLength: 8, maxLength: 16 });
    fc.assert(
      fc.property(distinct, (values) => {
        const [first, second] = [values.slice(0, 4), values.slice(4).map((value) => value + 0.37)];
        const { low, high, estimate } = hodgesLehmann(first, second);
        const moved = (shift: number): number =>
          mannWhitney(
            first,
            second.map((value) => value + shift),
          ).p;
        expect(estimate).toBeGreaterThanOrEqual(low);
        expect(estimate).toBeLessThanOrEqual(high);
        if (low === -Infinity) return;
        expect(moved(low + 1e-6)).toBeGreaterThanOrEqual(0.05);
        expect(moved(high - 1e-6)).toBeGreaterThanOrEqual(0.05);
        expect(moved(low - 1e-6)).toBeLessThan(0.05);
        expect(moved(high + 1e-6)).toBeLessThan(0.05);
      }),
    );
  });

  test("three against three can never reject at 5 %: the interval says so", () => {
    expect(hodgesLehmann([1, 2, 3], [10, 20, 30])).toMatchObject({ estimate: -18, low: -Infinity, high: Infinity });
    expect(hodgesLehmann([1, 2, 3, 4, 5], [11, 12, 13, 14, 15])).toMatchObject({ estimate: -10, low: -13, high: -7 });
  });

  test("the normal interval of large samples lies about the estimate", () => {
    const first = Array.from({ length: 60 }, (_none, index) => (index * 37) % 101);
    const found = hodgesLehmann(
      first.map((value) => value + 5),
      first,
    );
    expect(found.estimate).toBe(5);
    expect(found.low).toBeLessThan(5);
    expect(found.high).toBeGreaterThan(5);
  });
});

describe("chance", () => {
  test("a seed determines it, a purpose changes it, and it is spread evenly", () => {
    const draw = (seed: number, purpose: string): number[] => {
      const random = createRandom(seed, purpose);
      return Array.from({ length: 5000 }, () => random.next());
    };
    expect(draw(1, "a")).toEqual(draw(1, "a"));
    expect(draw(1, "a")).not.toEqual(draw(1, "b"));
    expect(draw(2, "a")).not.toEqual(draw(1, "a"));
    const values = draw(3, "");
    expect(Math.abs(mean(values) - 0.5)).toBeLessThan(0.02);
    expect(Math.abs(mean(values.map((value) => value ** 2)) - 1 / 3)).toBeLessThan(0.02);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
  });

  test("each of six orders comes equally often", () => {
    const random = createRandom(5);
    const counts = new Map<string, number>();
    for (let round = 0; round < 6000; round++) {
      const order = shuffled(["a", "b", "c"], random).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });
});

test("Holm's adjusted values are in the order of the given ones and never below them", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }), (ps) => {
      const adjusted = holm(ps);
      for (const [i, p] of ps.entries()) {
        expect(adjusted[i]).toBeGreaterThanOrEqual(p);
        for (const [j, other] of ps.entries()) {
          if (p < other) expect(adjusted[i]).toBeLessThanOrEqual(adjusted[j] as number);
        }
      }
    }),
  );
});

test("quantiles as R has them by default", () => {
  expect(quantile([1, 2, 3, 4], 0.25)).toBe(1.75);
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
});

test("what is not defined is refused", () => {
  const refused = expect.objectContaining({ code: "stats/argument-invalid" }) as Error;
  for (const bad of [
    () => clopperPearson(2, 1),
    () => clopperPearson(0, 0),
    () => clopperPearson(1, 2, 1),
    () => upperBoundOfNone(-1),
    () => fisherExact([1.5, 1], [1, 1]),
    () => mannWhitney([], [1]),
    () => mannWhitney([Number.NaN], [1]),
    () => holm([2]),
    () => quantile([], 0.5),
  ]) {
    expect(bad).toThrow(refused);
  }
});
