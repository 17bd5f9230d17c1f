import { expect, test } from "bun:test";
import { cpuStatSince, parseCfsQuota, parseCpuMax, parseCpuStat, throttledShare } from "./cpu-stat.ts";

/** Read on kernel 6.18 after two threads had spun for 2 s at 0.1 CPU. */
const v1 = "nr_periods 22\nnr_throttled 20\nthrottled_time 1871938744\nnr_bursts 0\nburst_time 0\n";
/** The fields of v2 as Documentation/admin-guide/cgroup-v2.rst lists them. */
const v2 =
  "usage_usec 206105\nuser_usec 200000\nsystem_usec 6105\nnice_usec 0\ncore_sched.force_idle_usec 0\nnr_periods 22\nnr_throttled 20\nthrottled_usec 1871938\nnr_bursts 0\nburst_usec 0\n";

test("version 1 counts nanoseconds", () => {
  expect(parseCpuStat(v1)).toEqual({ periods: 22, throttledPeriods: 20, throttledMs: 1871.938744, usedMs: undefined });
});

test("version 2 counts microseconds, and what was used", () => {
  expect(parseCpuStat(v2)).toEqual({ periods: 22, throttledPeriods: 20, throttledMs: 1871.938, usedMs: 206.105 });
});

test("the root of version 2 counts no periods", () => {
  expect(parseCpuStat("usage_usec 5\nuser_usec 3\nsystem_usec 2\n")).toBeUndefined();
  expect(parseCpuStat("")).toBeUndefined();
  expect(parseCpuStat("nr_periods many\nnr_throttled 1\n")).toBeUndefined();
});

test("between two readings, and as a share", () => {
  const [before, after] = [parseCpuStat(v2), parseCpuStat(v2.replace("nr_periods 22", "nr_periods 32"))];
  if (before === undefined || after === undefined) throw new Error("not read");
  const since = cpuStatSince(before, after);
  expect(since).toEqual({ periods: 10, throttledPeriods: 0, throttledMs: 0, usedMs: 0 });
  expect([throttledShare(since), throttledShare(cpuStatSince(after, after))]).toEqual([0, undefined]);
});

test("limits", () => {
  expect([parseCpuMax("10000 100000\n"), parseCpuMax("max 100000\n"), parseCpuMax("")]).toEqual([
    0.1,
    undefined,
    undefined,
  ]);
  expect([parseCfsQuota("50000\n", "100000\n"), parseCfsQuota("-1", "100000")]).toEqual([0.5, undefined]);
});
