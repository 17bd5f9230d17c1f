import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { StarvationEvidence } from "./evidence.ts";
import { faultNames, judgeStarvation } from "./verdict.ts";

const quiet: StarvationEvidence = {
  durationMs: 2000,
  processors: 2,
  cpuMs: 1000,
  waitedMs: 20,
  throttling: { periods: 0, throttledPeriods: 0, throttledMs: 0, usedMs: undefined },
  limitCpus: undefined,
  trace: {
    samples: 20,
    gomaxprocs: 2,
    mostQueued: 0,
    stall: undefined,
    showsStalls: true,
    isMixed: false,
    tornLines: 0,
  },
  lateness: undefined,
  isAsyncPreemptOff: false,
};
const throttling = { periods: 20, throttledPeriods: 19, throttledMs: 3000, usedMs: undefined };
const stall = { fromMs: 100, toMs: 900, cpuMs: 800, schedTicks: [3, 5] };

function faultsOf(changes: Partial<StarvationEvidence>): readonly string[] {
  return judgeStarvation({ ...quiet, ...changes }).faults;
}

describe("what the evidence means", () => {
  test("nothing: no fault, and nothing was hidden", () => {
    const { faults, summary, blind } = judgeStarvation(quiet);
    expect([faults, blind]).toEqual([[], []]);
    expect(summary).toStartWith("no fault");
  });

  test("throttled, not preempted, both, waiting", () => {
    expect(faultsOf({ throttling })).toEqual(["throttling"]);
    expect(faultsOf({ trace: { ...quiet.trace, stall } })).toEqual(["non-preemption"]);
    expect(faultsOf({ throttling, trace: { ...quiet.trace, stall } })).toEqual(["throttling", "non-preemption"]);
    expect(faultsOf({ waitedMs: 900 })).toEqual(["waiting"]);
  });

  test("threads of a throttled program wait because of that", () => {
    expect(faultsOf({ throttling, waitedMs: 5000 })).toEqual(["throttling"]);
  });

  test("one throttled period is a start, not a fault", () => {
    expect(faultsOf({ throttling: { ...throttling, throttledPeriods: 2 } })).toEqual([]);
    expect(faultsOf({ throttling: { ...throttling, periods: 1000, throttledPeriods: 20 } })).toEqual([]);
  });

  test("mixed traces are not judged, and older ones are said to show nothing", () => {
    const mixed = judgeStarvation({ ...quiet, trace: { ...quiet.trace, stall, isMixed: true } });
    expect([mixed.faults, mixed.blind.length]).toEqual([[], 1]);
    const older = judgeStarvation({ ...quiet, trace: { ...quiet.trace, showsStalls: false } });
    expect(older.blind[0]).toContain("before 1.25");
    expect(older.summary).toStartWith("unknown");
  });

  test("a probe that fell silent while CPU time was burned", () => {
    const trace = { ...quiet.trace, samples: 0, showsStalls: false };
    const lateness = { ticks: 10, p50Ms: 1, p99Ms: 2, maxMs: 2, silentMs: 1800 };
    expect(faultsOf({ trace, lateness })).toEqual(["non-preemption"]);
    // All of it may have been burned before.
    expect(faultsOf({ trace, lateness, cpuMs: 390 })).toEqual([]);
    expect(faultsOf({ trace, lateness: { ...lateness, silentMs: 150 } })).toEqual([]);
  });
});

test("without cgroup, trace or thread times there is no verdict of no fault", () => {
  const parts = fc.subarray(["throttling", "waitedMs", "trace"] as const, { minLength: 1 });
  fc.assert(
    fc.property(parts, (missing) => {
      const evidence = {
        ...quiet,
        ...(missing.includes("throttling") ? { throttling: undefined } : {}),
        ...(missing.includes("waitedMs") ? { waitedMs: undefined } : {}),
        ...(missing.includes("trace") ? { trace: { ...quiet.trace, samples: 0, showsStalls: false } } : {}),
      };
      const verdict = judgeStarvation(evidence);
      expect(verdict.summary).toStartWith("unknown");
      expect(verdict.blind).toHaveLength(missing.length);
    }),
  );
});

test("the cure of throttling says what the limit leaves to a thread", () => {
  const [todo] = judgeStarvation({ ...quiet, throttling, limitCpus: 0.1 }).todo;
  expect(todo).toContain("0.1 CPUs and GOMAXPROCS=2 leave each busy thread 5 ms in 100 ms");
});

test("the cure names the setting where it is set", () => {
  const held = { ...quiet, trace: { ...quiet.trace, stall } };
  expect(judgeStarvation({ ...held, isAsyncPreemptOff: true }).todo[0]).toContain("take asyncpreemptoff=1 out");
  expect(judgeStarvation(held).todo[0]).toContain("assembly");
  expect(faultNames(["throttling", "non-preemption"])).toBe("throttled and not preempted");
});
