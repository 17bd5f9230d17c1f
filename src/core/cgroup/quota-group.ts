/** A cgroup of our own with a CPU limit, for one run, removed after it. */

import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { posix } from "node:path";
import { textIfReadable } from "../file-text.ts";
import { readNames } from "../folder-names.ts";
import { cgroupErrors } from "./cgroup-errors.ts";
import { type CpuStat, parseCpuStat } from "./cpu-stat.ts";
import { type CpuCgroup, cpuCgroupOf, foldersUpwards } from "./hierarchy.ts";

export interface QuotaGroup {
  readonly folder: string;
  readonly version: 1 | 2;
  /** The words that start `argv` inside the group from its first instruction on. */
  wrap(argv: readonly string[]): readonly string[];
  stat(): CpuStat | undefined;
  /** Ends what still runs in it and removes it. */
  remove(): Promise<void>;
}

/** The kernel's default, and Kubernetes'. */
const periodUs = 100_000;
/** The kernel accepts no shorter run time. */
const quotaUsMin = 1000;
/** A process that was sent SIGKILL is gone from the group after this, also when it is throttled. */
const removeDeadlineMs = 5000;
const pollMs = 20;

/**
 * A group beside or below `own`, this process's group. Throws `core/cgroup-unavailable` with the reason. `name` is one
 * word; `ballast-PURPOSE-PID` and what may follow it is swept away by the next one when that process was killed.
 */
export function createQuotaGroup(name: string, quotaCpus: number, own = cpuCgroupOf("self")): QuotaGroup {
  if (own === undefined) throw unavailable("no cgroup with the cpu controller is mounted");
  const parent = own.version === 1 ? own.folder : parentWithCpu(own);
  const folder = posix.join(parent, name);
  const quotaUs = Math.max(quotaUsMin, Math.round(quotaCpus * periodUs));
  sweep(parent);
  make(folder);
  try {
    if (own.version === 1) {
      writeFileSync(`${folder}/cpu.cfs_period_us`, String(periodUs));
      writeFileSync(`${folder}/cpu.cfs_quota_us`, String(quotaUs));
    } else {
      writeFileSync(`${folder}/cpu.max`, `${quotaUs} ${periodUs}`);
    }
  } catch (cause) {
    rmdirSync(folder);
    throw unavailable(`${folder} takes no limit: ${reasonOf(cause)}`, cause);
  }
  return groupAt(folder, own.version);
}

/** Why no limit can be set here; `undefined` where it can. Tries it. */
export async function quotaTrouble(): Promise<string | undefined> {
  try {
    const group = createQuotaGroup(`ballast-try-${process.pid}`, 1);
    await group.remove();
    return undefined;
  } catch (cause) {
    return reasonOf(cause);
  }
}

function groupAt(folder: string, version: 1 | 2): QuotaGroup {
  return {
    folder,
    version,
    // The shell writes its own id and becomes the program: not an instruction of it runs without the limit.
    wrap: (argv) => ["/bin/sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', folder, ...argv],
    stat: () => parseCpuStat(textIfReadable(`${folder}/cpu.stat`) ?? ""),
    remove: () => remove(folder),
  };
}

/**
 * v2 forbids groups beside processes: the nearest group above that hands the controller down, or can be told to, since
 * only the root of the whole tree may hold processes as well.
 */
function parentWithCpu(own: CpuCgroup): string {
  const folders = foldersUpwards(own);
  const ready = folders.find((folder) => controllersIn(folder, "cgroup.subtree_control").includes("cpu"));
  if (ready !== undefined) return ready;
  const top = folders.at(-1) ?? own.mountPoint;
  if (!controllersIn(top, "cgroup.controllers").includes("cpu")) {
    throw unavailable(`${top} does not have the cpu controller`);
  }
  try {
    writeFileSync(`${top}/cgroup.subtree_control`, "+cpu");
    return top;
  } catch (cause) {
    throw unavailable(`${top} does not hand the cpu controller down: ${reasonOf(cause)}`, cause);
  }
}

function controllersIn(folder: string, file: string): readonly string[] {
  return (textIfReadable(`${folder}/${file}`) ?? "").trim().split(" ");
}

function make(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (cause) {
    throw unavailable(`${folder} cannot be made: ${reasonOf(cause)}`, cause);
  }
}

const ownedName = /^ballast-[a-z]+-(\d+)(?:-\d+)?$/;

/** Groups of a Ballast that was killed, with whatever still runs in them: nobody else would ever remove them. */
function sweep(parent: string): void {
  for (const name of readNames(parent)) {
    const owner = ownedName.exec(name)?.[1];
    if (owner === undefined || existsSync(`/proc/${owner}`)) continue;
    endAll(posix.join(parent, name));
    try {
      rmdirSync(posix.join(parent, name));
    } catch {
      continue; // what was in it is still ending: the next one removes it
    }
  }
}

function endAll(folder: string): void {
  for (const pid of (textIfReadable(`${folder}/cgroup.procs`) ?? "").split("\n").filter((line) => line !== "")) {
    endProcess(Number(pid));
  }
}

/** A group can only be removed when nothing is in it. */
async function remove(folder: string): Promise<void> {
  const giveUpMs = performance.now() + removeDeadlineMs;
  for (;;) {
    endAll(folder);
    try {
      rmdirSync(folder);
      return;
    } catch (cause) {
      if (isMissing(cause)) return;
      if (performance.now() > giveUpMs) {
        throw unavailable(`${folder} cannot be removed: ${reasonOf(cause)}`, cause);
      }
    }
    await Bun.sleep(pollMs);
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    return; // it has ended by itself
  }
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "ENOENT";
}

function unavailable(detail: string, cause?: unknown): Error {
  return cgroupErrors.error("core/cgroup-unavailable", detail, { cause });
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
