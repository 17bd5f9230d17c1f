/** One way in which a share of coverage is said to change although no test covers more or less. */

import type { CoverageKit } from "./kit.ts";

/** What a scenario found with one Go. Plain JSON: it is kept. */
export interface ScenarioValue {
  /**
   * `false`: a figure that no test explains. `refused`: Go failed, so nobody is misled. `sound`: nothing happened.
   * `not-run`: it cannot be done on this machine.
   */
  readonly outcome: "false" | "refused" | "sound" | "not-run";
  /** In per cent: what is shown where the tests cover what they did before, and what is true. */
  readonly shown?: number | undefined;
  readonly true?: number | undefined;
  readonly note: string;
}

export interface Scenario {
  /** As the coverage guard names the cause, where it has one. */
  readonly name: string;
  readonly doc: string;
  /** Whether it compiles the standard library anew. */
  readonly isSlow?: boolean;
  /** @param other another Go, where there is one */
  run(kit: CoverageKit, other: CoverageKit | undefined): Promise<ScenarioValue>;
}

/** `false` where the figures differ by more than their last digit. */
export function judged(shown: number | undefined, truth: number | undefined, note: string): ScenarioValue {
  if (shown === undefined) return { outcome: "refused", true: truth, note };
  const isFalse = truth !== undefined && Math.abs(shown - truth) > 0.1;
  return { outcome: isFalse ? "false" : "sound", shown, true: truth, note };
}
