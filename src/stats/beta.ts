/** The incomplete beta function, which the exact intervals of a share are quantiles of. */

import { requireArgument } from "./errors.ts";

/** Lanczos' coefficients for g = 7, n = 9, as Godfrey computed them: about 15 digits. */
const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** The logarithm of the gamma function, for x > 0. */
export function logGamma(x: number): number {
  requireArgument(x > 0, `log gamma of ${x}`);
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const shifted = x - 1;
  const t = shifted + 7.5;
  const series = lanczos.slice(1).reduce((sum, part, index) => sum + part / (shifted + index + 1), lanczos[0] ?? 0);
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(t) - t + Math.log(series);
}

/** The logarithm of n over k. */
export function logChoose(n: number, k: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
}

/** The share of a beta(a, b) distribution below x. */
export function regularizedBeta(x: number, a: number, b: number): number {
  requireArgument(a > 0 && b > 0 && x >= 0 && x <= 1, `beta(${a}, ${b}) at ${x}`);
  if (x === 0 || x === 1) return x;
  // The fraction converges fast on the left of the mean; the right is its mirror image.
  if (x > (a + 1) / (a + b + 2)) return 1 - regularizedBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  return front * betaFraction(x, a, b);
}

/** Lentz's evaluation of the continued fraction (Abramowitz and Stegun 26.5.8). */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1), tiny);
  let fraction = d;
  for (let m = 1; m <= 10_000; m++) {
    for (const numerator of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 / awayFromZero(1 + numerator * d, tiny);
      c = awayFromZero(1 + numerator / c, tiny);
      fraction *= c * d;
    }
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return fraction;
}

function awayFromZero(value: number, tiny: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}

/** The x below which a share `p` of beta(a, b) lies; by halving, to the last digit that a double has. */
export function betaQuantile(p: number, a: number, b: number): number {
  requireArgument(p >= 0 && p <= 1, `the quantile ${p}`);
  let [low, high] = [0, 1];
  for (let step = 0; step < 1100 && high > low; step++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (regularizedBeta(middle, a, b) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
