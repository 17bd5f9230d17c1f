/**
 * Against other implementations: SciPy 1.17.1 (`binomtest`, `betainc`, `gammaln`, `fisher_exact`,
 * `mannwhitneyu`), and the examples of R's manual pages for `binom.test`, `fisher.test` and `wilcox.test`.
 */

import { describe, expect, test } from "bun:test";
import { logGamma, regularizedBeta } from "./beta.ts";
import { fisherExact } from "./fisher-exact.ts";
import { holm } from "./holm.ts";
import { mannWhitney } from "./mann-whitney.ts";
import { clopperPearson, upperBoundOfNone } from "./share-interval.ts";

describe("Clopper–Pearson", () => {
  test.each([
    [0, 10, 0.95, 0, 0.30849710781876294],
    [10, 10, 0.95, 0.6915028921812371, 1],
    [1, 10, 0.95, 0.0025285785444625728, 0.44501611702819543],
    [16, 32, 0.95, 0.318874964234164, 0.681125035765836],
    [0, 32, 0.95, 0, 0.10888116067944287],
    [32, 32, 0.95, 0.8911188393205571, 1],
    [3, 7, 0.99, 0.055299349980557536, 0.8822962483310521],
    // Mendel's peas, R's own example: 0.7076683 and 0.7654066.
    [682, 925, 0.95, 0.707668264079039, 0.7654065582414781],
    [1, 1000, 0.9, 5.129197890907456e-5, 0.004734993575492847],
  ])("%d of %d at %f", (hits, trials, confidence, low, high) => {
    const found = clopperPearson(hits, trials, confidence);
    expect(found.low).toBeCloseTo(low, 11);
    expect(found.high).toBeCloseTo(high, 11);
  });

  test("nothing in n: the rule of three, exactly", () => {
    // 1 - 0.05^(1/n), Hanley and Lippman-Hand 1983.
    expect(upperBoundOfNone(5)).toBeCloseTo(0.4507197, 7);
    expect(upperBoundOfNone(20)).toBeCloseTo(0.1391083, 7);
    expect(upperBoundOfNone(59)).toBeCloseTo(0.0495088, 5);
    expect(upperBoundOfNone(0)).toBe(1);
  });
});

test.each([
  [0.5, 2, 3, 0.6875],
  [0.1, 0.5, 0.5, 0.20483276469913345],
  [0.9, 10, 1, 0.34867844010000004],
  [0.01, 1, 100, 0.6339676587267705],
  [0.7, 250, 100, 0.27345852585667996],
  [0.3, 1000, 2000, 4.0738279160507626e-5],
])("the share of a beta below %f (%f, %f)", (x, a, b, share) => {
  expect(regularizedBeta(x, a, b) / share).toBeCloseTo(1, 9);
});

test.each([
  [0.1, 2.252712651734206],
  [0.5, 0.5723649429247],
  [1, 0],
  [1.5, -0.12078223763524526],
  [10, 12.801827480081469],
  [100.5, 361.43554046777757],
  [1e4, 82099.71749644238],
])("log gamma of %f", (x, value) => {
  expect(Math.abs(logGamma(x) - value)).toBeLessThan(1e-10 * Math.max(1, value));
});

test.each([
  [[3, 1], [1, 3], 0.48571428571428565, 0.9857142857142858, 0.24285714285714283], // the lady and her tea
  [[2, 15], [10, 3], 0.0005367241191434358, 0.00046518094336290503, 0.9999845190186861], // convictions of twins
  [[5, 0], [0, 5], 0.007936507936507938, 1, 0.003968253968253969],
  [[0, 5], [5, 0], 0.007936507936507938, 0.003968253968253969, 1],
  [[16, 16], [0, 32], 2.460787090240165e-6, 1, 1.2303935451200827e-6],
  [[1, 9], [11, 3], 0.0027594561852200836, 0.0013797280926100418, 0.9999663480953022],
  [[0, 0], [4, 4], 1, 1, 1],
  [[100, 20], [80, 40], 0.004385624132359844, 0.9991941487786814, 0.002192812066179922],
] as const)("Fisher's test of %p and %p", (first, second, p, less, greater) => {
  const found = fisherExact(first, second);
  expect(found.p).toBeCloseTo(p, 10);
  expect(found.less).toBeCloseTo(less, 10);
  expect(found.greater).toBeCloseTo(greater, 10);
});

describe("Mann–Whitney", () => {
  test.each([
    // R's example, Hollander and Wolfe p. 69: W = 35, one-sided p = 0.1272.
    [
      [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46],
      [1.15, 0.88, 0.9, 0.74, 1.21],
      [35, 0.2544122544122544, 0.8967698967698967, 0.1272061272061272],
    ],
    [
      [1, 2, 3, 4, 5],
      [6, 7, 8, 9, 10],
      [0, 0.007936507936507936, 0.003968253968253968, 1],
    ],
    [
      [12, 15, 11],
      [9, 30, 31, 8],
      [6, 1, 0.5714285714285714, 0.5714285714285714],
    ],
    // With ties: all 462 deals.
    [
      [1, 2, 2, 3, 5],
      [2, 3, 4, 4, 6, 6],
      [6.5, 0.12554112554112554, 0.06277056277056277, 0.9502164502164502],
    ],
  ])("%p against %p", (first, second, [u, p, less, greater]) => {
    const found = mannWhitney(first, second);
    expect([found.u, found.method]).toEqual([u as number, "exact"]);
    expect(found.p).toBeCloseTo(p as number, 12);
    expect(found.less).toBeCloseTo(less as number, 12);
    expect(found.greater).toBeCloseTo(greater as number, 12);
  });

  test("large samples by the normal distribution", () => {
    const first = Array.from({ length: 50 }, (_none, index) => ((index * 37) % 101) / 7);
    const second = Array.from({ length: 45 }, (_none, index) => ((index * 53) % 97) / 6);
    const found = mannWhitney(first, second);
    expect([found.u, found.method]).toEqual([1078, "normal"]);
    expect(found.p).toBeCloseTo(0.7288953111537675, 6);
    expect(found.less).toBeCloseTo(0.36444765557688374, 6);
    expect(found.greater).toBeCloseTo(0.6383489387513142, 6);
  });
});

test("Holm's adjustment", () => {
  // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
  expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
  expect(holm([])).toEqual([]);
  expect(holm([0.9, 0.8])).toEqual([1, 1]);
});
