/** What the cgroups of a process count of throttling. */

import { textIfReadable } from "../../core/file-text.ts";
import { type CpuStat, cpuStatSince, parseCfsQuota, parseCpuMax, parseCpuStat } from "../../core/cgroup/cpu-stat.ts";
import { cpuCgroupOf, foldersUpwards } from "../../core/cgroup/hierarchy.ts";

/** The groups whose limits bind this process and what it starts. */
export function ownFolders(): readonly string[] {
  const own = cpuCgroupOf("self");
  return own === undefined ? [] : foldersUpwards(own);
}

/** By folder; one that counts no periods is left out. */
export function readStats(folders: readonly string[]): ReadonlyMap<string, CpuStat> {
  return new Map(
    folders.flatMap((folder) => {
      const stat = parseCpuStat(textIfReadable(`${folder}/cpu.stat`) ?? "");
      return stat === undefined ? [] : [[folder, stat] as const];
    }),
  );
}

/** Of the groups above a process the one that was throttled most; each limit binds by itself. */
export function mostThrottled(
  before: ReadonlyMap<string, CpuStat>,
  after: ReadonlyMap<string, CpuStat>,
): CpuStat | undefined {
  const since = [...after].flatMap(([folder, stat]) => {
    const earlier = before.get(folder);
    return earlier === undefined ? [] : [cpuStatSince(earlier, stat)];
  });
  return since.toSorted((a, b) => b.throttledPeriods - a.throttledPeriods)[0];
}

/** The tightest limit of the groups, in CPUs; `undefined` without any. */
export function tightestLimit(folders: readonly string[]): number | undefined {
  const limits = folders.flatMap((folder) => {
    const ofVersion2 = parseCpuMax(textIfReadable(`${folder}/cpu.max`) ?? "");
    const quota = textIfReadable(`${folder}/cpu.cfs_quota_us`) ?? "";
    return ofVersion2 ?? parseCfsQuota(quota, textIfReadable(`${folder}/cpu.cfs_period_us`) ?? "") ?? [];
  });
  return limits.length === 0 ? undefined : Math.min(...limits);
}
