/** `cpu.stat` of a cgroup: v1 counts throttled time in nanoseconds, v2 in microseconds and adds what was used. */

export interface CpuStat {
  /** Periods in which something wanted to run. */
  readonly periods: number;
  readonly throttledPeriods: number;
  /** Summed over processors: may exceed the time that passed. */
  readonly throttledMs: number;
  /** v2 only. */
  readonly usedMs: number | undefined;
}

const fileMaxChars = 64 * 1024;

/** `undefined` for a file that counts no periods: the root of v2, or a group without the controller. */
export function parseCpuStat(text: string): CpuStat | undefined {
  const values = new Map<string, number>();
  for (const line of text.slice(0, fileMaxChars).split("\n")) {
    const found = /^([a-z_]{1,40}) (\d{1,20})$/.exec(line);
    if (found?.[1] !== undefined) values.set(found[1], Number(found[2]));
  }
  const [periods, throttledPeriods] = [values.get("nr_periods"), values.get("nr_throttled")];
  if (periods === undefined || throttledPeriods === undefined) return undefined;
  const nanoseconds = values.get("throttled_time") ?? (values.get("throttled_usec") ?? 0) * 1000;
  const usage = values.get("usage_usec");
  return {
    periods,
    throttledPeriods,
    throttledMs: nanoseconds / 1e6,
    usedMs: usage === undefined ? undefined : usage / 1000,
  };
}

/** What happened between two readings. */
export function cpuStatSince(before: CpuStat, after: CpuStat): CpuStat {
  return {
    periods: after.periods - before.periods,
    throttledPeriods: after.throttledPeriods - before.throttledPeriods,
    throttledMs: after.throttledMs - before.throttledMs,
    usedMs: after.usedMs === undefined || before.usedMs === undefined ? undefined : after.usedMs - before.usedMs,
  };
}

/** Share of the periods that ended in throttling; `undefined` when there was none. */
export function throttledShare(stat: CpuStat): number | undefined {
  return stat.periods === 0 ? undefined : stat.throttledPeriods / stat.periods;
}

/** `cpu.max` of v2: `max 100000` or `10000 100000`. */
export function parseCpuMax(text: string): number | undefined {
  const found = /^(\d{1,15}) (\d{1,15})\s*$/.exec(text);
  return found === null || Number(found[2]) === 0 ? undefined : Number(found[1]) / Number(found[2]);
}

/** `cpu.cfs_quota_us` and `cpu.cfs_period_us` of v1; a quota of -1 is none. */
export function parseCfsQuota(quota: string, period: string): number | undefined {
  const [quotaUs, periodUs] = [Number.parseInt(quota, 10), Number.parseInt(period, 10)];
  return quotaUs > 0 && periodUs > 0 ? quotaUs / periodUs : undefined;
}
