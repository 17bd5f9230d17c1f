import { expect, test } from "bun:test";
import type { Run } from "../../lab.ts";
import { analyseRuns, faultsOfRun } from "./analysis.ts";
import { cellRounds } from "./factors.ts";
import type { SchedValue } from "./program.ts";

const levels = {
  quota: ["none", "0.1"],
  gomaxprocs: ["2"],
  asyncpreempt: ["on", "off"],
  race: ["off"],
  workload: ["loop"],
};
const throttling = { periods: 10, throttledPeriods: 9, throttledMs: 900, usedMs: undefined };
const stall = { fromMs: 0, toMs: 400, cpuMs: 200, schedTicks: [1, 2] };

/** A run as the combination makes it in truth. */
function valueOf(quota: string, asyncpreempt: string, round: number): SchedValue {
  const isHeld = asyncpreempt === "off";
  const lateMs = (quota === "none" ? 20 : 180) + round;
  return {
    evidence: {
      durationMs: 1000,
      processors: 2,
      cpuMs: 500,
      waitedMs: 10,
      throttling: quota === "none" ? undefined : throttling,
      limitCpus: quota === "none" ? undefined : Number(quota),
      trace: {
        samples: 20,
        gomaxprocs: 2,
        mostQueued: 0,
        stall: isHeld ? stall : undefined,
        showsStalls: true,
        isMixed: false,
        tornLines: 0,
      },
      lateness: isHeld ? undefined : { ticks: 30, p50Ms: lateMs / 2, p99Ms: lateMs, maxMs: lateMs, silentMs: 0 },
      isAsyncPreemptOff: isHeld,
    },
    ending: isHeld ? "stalled" : "finished",
    lateUs: [],
    goroutines: isHeld ? undefined : 3,
    gomaxprocs: 2,
    metricsLatencyMs: isHeld ? undefined : 0.1,
  };
}

const runs: Run<SchedValue>[] = cellRounds(levels, 5).flatMap((round, at) =>
  round.map((cell) => ({
    stage: "cells",
    cell,
    value: valueOf(cell.levels["quota"] ?? "", cell.levels["asyncpreempt"] ?? "", at),
    startedAtMs: 0,
    durationMs: 1,
  })),
);

test("each combination is named by what most of its runs show", () => {
  const { cells } = analyseRuns(runs, []);
  const named = cells.map((cell) => `${cell.levels["quota"]} ${cell.levels["asyncpreempt"]}: ${cell.faults.join("+")}`);
  expect(named.toSorted()).toEqual([
    "0.1 off: throttling+non-preemption",
    "0.1 on: throttling",
    "none off: non-preemption",
    "none on: ",
  ]);
});

test("exact tests: five of five against none of five, and lateness by the whole groups", () => {
  const { comparisons } = analyseRuns(runs, []);
  const overall = comparisons.filter(({ at }) => at === "all combinations");
  expect(overall.map(({ factor, found }) => `${factor}: ${found}`)).toEqual([
    "asyncpreempt: 10 of 10 against 0 of 10",
    "quota: 5 of 10 against 5 of 10",
  ]);
  expect(overall[0]?.adjustedP).toBeLessThan(0.0001);
  expect(overall[1]?.p).toBe(1);
  const single = comparisons.filter(({ at }) => at !== "all combinations");
  const stalls = single.filter(({ measure }) => measure === "runs that stalled");
  expect(stalls).toHaveLength(2);
  for (const { p, found } of stalls) {
    expect(found).toBe("5 of 5 against 0 of 5");
    expect(p).toBeCloseTo(2 / 252, 6);
  }
  const [late] = single.filter(({ measure }) => measure === "longest lateness");
  expect(late?.found).toStartWith("+160 ms");
  expect(late?.p).toBeCloseTo(2 / 252, 6);
  expect(late?.adjustedP).toBeGreaterThanOrEqual(late?.p ?? 1);
});

test("silence until the deadline while CPU time was burned is a stall, also with a Go whose trace shows none", () => {
  const held = valueOf("none", "off", 0);
  const older = { ...held.evidence, trace: { ...held.evidence.trace, stall: undefined, showsStalls: false } };
  expect(faultsOfRun({ ...held, ending: "silent", evidence: older })).toEqual(["non-preemption"]);
  expect(faultsOfRun({ ...held, ending: "silent", evidence: { ...older, cpuMs: 20 } })).toEqual([]);
});
