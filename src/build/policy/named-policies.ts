/** Policies that come with Ballast. None is on by itself; `build.policies` names those that are. */

import type { Rule } from "../../policy/rule.ts";

export interface NamedPolicy {
  readonly name: string;
  readonly summary: string;
  /** What was measured, for whoever decides whether to use it. */
  readonly truth: readonly string[];
  readonly rules: readonly Rule[];
}

const racePreemption: NamedPolicy = {
  name: "race-preemption",
  summary: "Runs race-detector tests and programs without asynchronous preemption.",
  truth: [
    "Go does not do this itself: -race does not touch asyncpreemptoff. It is set by GODEBUG alone (Go 1.26, runtime1.go).",
    "Without asynchronous preemption a goroutine that calls nothing but leaf functions is never interrupted: four of them hung a program built without -race, with -race they did not. So -race can hide starvation.",
    "-race shuffles run queues and adds preemption points, so it disturbs the scheduler with and without this policy.",
    "GODEBUG is in the key of test results: results with and without this policy are not mixed. It is in no compile key, and no binary changes.",
  ],
  rules: [
    {
      name: "race-preemption",
      why: "a team's own coordination of race detector and preemption, not Go's behaviour",
      origin: "race-preemption",
      condition: {
        kind: "all",
        of: [
          { kind: "fact", fact: "race", anyOf: [true] },
          { kind: "fact", fact: "command", anyOf: ["test", "run"] },
        ],
      },
      sets: { "godebug.asyncpreemptoff": "1" },
      isEnforced: false,
    },
  ],
};

export const namedPolicies: readonly NamedPolicy[] = [racePreemption];
