import { describe, expect, test } from "bun:test";
import type { Run } from "../../lab.ts";
import { analyseVisibility } from "./analysis.ts";
import type { Outcome, VisibilityValue } from "./program-run.ts";

type Seen = Partial<Pick<VisibilityValue, "outcome" | "races" | "said">>;

/** `rounds` runs of each combination, as a program would behave that does what `behave` says. */
function runsOf(
  behave: (levels: { asyncOff: boolean; race: boolean; procs: number }) => Seen,
  rounds = 2,
  canRace = true,
): Run<VisibilityValue>[] {
  const evidence = {} as VisibilityValue["evidence"];
  const runs: Run<VisibilityValue>[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const asyncOff of [false, true]) {
      for (const race of canRace ? [false, true] : [false]) {
        for (const procs of [1, 2]) {
          const seen = { outcome: "passed" as Outcome, races: 0, said: "", ...behave({ asyncOff, race, procs }) };
          const levels = {
            asyncpreempt: asyncOff ? "off" : "on",
            race: race ? "on" : "off",
            gomaxprocs: String(procs),
          };
          const value = { status: 0, evidence, ...seen };
          runs.push({ stage: "cells", cell: { id: `${runs.length}`, levels }, value, startedAtMs: 0, durationMs: 1 });
        }
      }
    }
  }
  return runs;
}

function verdictOf(...args: Parameters<typeof runsOf>): string {
  return analyseVisibility(runsOf(...args), []).verdict;
}

describe("the verdict", () => {
  test("a report of the race detector is a race", () => {
    expect(verdictOf(({ race }) => (race ? { races: 1 } : {}))).toBe("data race");
  });

  test("hangs that end with preemption are preemption", () => {
    expect(verdictOf(({ asyncOff }) => (asyncOff ? { outcome: "held" } : {}))).toBe("preemption");
  });

  test("hangs with one processor only, in five rounds", () => {
    expect(verdictOf(({ asyncOff, procs }) => (asyncOff && procs === 1 ? { outcome: "held" } : {}), 5)).toBe(
      "preemption",
    );
  });

  test("both", () => {
    const seen = verdictOf(({ asyncOff, race }) => ({ races: race ? 1 : 0, ...(asyncOff ? { outcome: "held" } : {}) }));
    expect(seen).toBe("data race and preemption");
  });

  test("a loop over a plain bool hangs either way: a race, whatever the detector hides", () => {
    const analysis = analyseVisibility(
      runsOf(({ race, asyncOff }) => (race ? { races: 1 } : { outcome: asyncOff ? "held" : "hung" }), 5),
      [],
    );
    expect([analysis.verdict, analysis.isMaskedByRace]).toEqual(["data race", true]);
  });

  test("a failure in all combinations is neither, and without the race detector undetermined", () => {
    expect(verdictOf(() => ({ outcome: "failed" }))).toBe("neither");
    expect(verdictOf(() => ({ outcome: "failed" }), 2, false)).toBe("undetermined");
  });

  test("hangs with the race detector alone say nothing of preemption", () => {
    expect(verdictOf(({ race, asyncOff }) => (race && asyncOff ? { outcome: "hung" } : {}))).toBe("neither");
  });

  test("one hang of many is no proof", () => {
    let made = 0;
    expect(verdictOf(({ asyncOff }) => (asyncOff && made++ === 0 ? { outcome: "hung" } : {}), 5)).toBe("neither");
  });

  test("nothing, with what may have been missed", () => {
    const { verdict, missedAtMost } = analyseVisibility(
      runsOf(() => ({}), 5),
      [],
    );
    expect(verdict).toBe("nothing seen");
    expect(missedAtMost.races).toBeCloseTo(1 - 0.05 ** (1 / 20), 10);
  });
});
