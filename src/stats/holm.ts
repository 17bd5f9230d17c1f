import { requireArgument } from "./errors.ts";

/** Holm's adjustment of several p-values, in the order given: whoever rejects below 5 % errs anywhere in at most 5 %. */
export function holm(pValues: readonly number[]): number[] {
  requireArgument(
    pValues.every((p) => p >= 0 && p <= 1),
    `not all of ${pValues.join(", ")} are probabilities`,
  );
  const order = pValues.map((_p, index) => index).toSorted((a, b) => (pValues[a] ?? 0) - (pValues[b] ?? 0));
  const adjusted = pValues.map(() => 1);
  let largest = 0;
  for (const [place, index] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (pValues.length - place) * (pValues[index] ?? 1)));
    adjusted[index] = largest;
  }
  return adjusted;
}
