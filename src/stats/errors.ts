import { defineErrors, exitStatus } from "../core/errors.ts";

/** The codes of the statistics floor: all of them are a caller's mistake, so a user never sees one. */
export const statsErrors = defineErrors({
  "stats/argument-invalid": {
    exit: exitStatus.bug,
    what: "a statistic was asked for something that it is not defined for",
    why: "A count was negative or no whole number, a sample was empty or not finite, or a probability was outside of 0 to 1.",
    todo: "Report it with the command that was run; the results before it are not affected.",
  },
});

/** Throws `stats/argument-invalid` unless the condition holds. */
export function requireArgument(isValid: boolean, detail: string): void {
  if (!isValid) throw statsErrors.error("stats/argument-invalid", detail);
}

/** Throws unless `value` is a whole number of at least `min`. */
export function requireCount(value: number, name: string, min = 0): void {
  requireArgument(Number.isSafeInteger(value) && value >= min, `${name} is ${value}`);
}

/** Throws unless the sample has a value and every value is finite. */
export function requireSample(sample: readonly number[], name: string): void {
  requireArgument(sample.length > 0 && sample.every(Number.isFinite), `${name} is empty or holds what is no number`);
}

/** Throws unless 0 < confidence < 1. */
export function requireConfidence(confidence: number): void {
  requireArgument(confidence > 0 && confidence < 1, `the confidence is ${confidence}`);
}
