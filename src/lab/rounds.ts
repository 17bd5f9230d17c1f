/** Designs that differ only in how often each combination is run, and `--runs` in their place. */

import type { Design } from "./lab.ts";

export interface RoundDesign {
  readonly name: string;
  readonly rounds: number;
  readonly doc: string;
}

/** The flag that chooses the number of rounds, as every lab of this kind has it. */
export const runsFlag = {
  runs: {
    type: "number",
    integer: true,
    min: 1,
    max: 1000,
    defaultText: "by the design",
    doc: "Runs of each combination, in place of the designs.",
  },
} as const;

/** The lab's own designs, or the one that the user chose by a number. */
export function offeredRounds(designs: readonly RoundDesign[], runs: number | undefined): readonly RoundDesign[] {
  return runs === undefined ? designs : [{ name: "chosen", rounds: runs, doc: "as many runs as --runs says" }];
}

/** How many rounds the design of that name has. */
export function roundsOf(offered: readonly RoundDesign[], name: string): number {
  return offered.find((one) => one.name === name)?.rounds ?? 1;
}

/** With what they take: `cells` runs in each round, which takes `roundMs`. */
export function roundDesigns(offered: readonly RoundDesign[], cells: number, roundMs: number): readonly Design[] {
  return offered.map(({ name, rounds, doc }) => ({ name, doc, runs: cells * rounds, estimateMs: roundMs * rounds }));
}
