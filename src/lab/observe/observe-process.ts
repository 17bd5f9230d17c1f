/** `ballast observe --pid`: a running program is looked at from outside, and nothing is done to it. */

import { availableParallelism } from "node:os";
import { textIfReadable } from "../../core/file-text.ts";
import type { Clock } from "../../core/clock.ts";
import { cpuCgroupOf, foldersUpwards } from "../../core/cgroup/hierarchy.ts";
import { readThreadTimes, type ThreadTimes } from "../../core/proc/thread-times.ts";
import { godebugValue } from "../../go/godebug.ts";
import { mostThrottled, readStats, tightestLimit } from "../starvation/cgroup-stats.ts";
import type { StarvationEvidence } from "../starvation/evidence.ts";
import { judgeStarvation } from "../starvation/verdict.ts";
import { observeErrors } from "./errors.ts";
import type { Observation, ObservedThread } from "./observation.ts";

const shownThreads = 8;
const lookEveryMs = 100;

/** Looks for `forMs`, or until the process ends. Throws `lab/observe-process-gone`. */
export async function observeProcess(
  pid: number,
  forMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<Observation> {
  const first = readThreadTimes(pid);
  if (first.length === 0) throw observeErrors.error("lab/observe-process-gone", `--pid ${pid}`);
  const cgroup = cpuCgroupOf(pid);
  const folders = cgroup === undefined ? [] : foldersUpwards(cgroup);
  const before = readStats(folders);
  const startedMs = clock.monotonicMs();
  const last = new Map<number, ThreadTimes>();
  let isAlive = true;
  while (isAlive && clock.monotonicMs() - startedMs < forMs) {
    await clock.sleep(Math.min(lookEveryMs, forMs), signal);
    const now = readThreadTimes(pid);
    isAlive = now.length > 0;
    for (const thread of now) last.set(thread.threadId, thread);
  }
  const spent = spentBetween(first, last);
  const evidence: StarvationEvidence = {
    durationMs: clock.monotonicMs() - startedMs,
    processors: availableParallelism(),
    cpuMs: spent.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    waitedMs: spent.reduce((sum, { waitedMs }) => sum + waitedMs, 0),
    throttling: mostThrottled(before, readStats(folders)),
    limitCpus: tightestLimit(folders),
    trace: {
      samples: 0,
      gomaxprocs: undefined,
      mostQueued: 0,
      stall: undefined,
      showsStalls: false,
      isMixed: false,
      tornLines: 0,
    },
    lateness: undefined,
    isAsyncPreemptOff: godebugValue(environmentValue(pid, "GODEBUG"), "asyncpreemptoff") === "1",
  };
  return {
    kind: "process",
    evidence,
    verdict: judgeStarvation(evidence),
    notes: [
      ...(isAlive ? [] : ["the process ended meanwhile"]),
      ...(evidence.isAsyncPreemptOff
        ? ["asyncpreemptoff=1 is in its GODEBUG: goroutines are interrupted at calls only"]
        : []),
    ],
    threads: busiest(pid, spent),
  };
}

/** A thread that was not there at first has spent all of its times since. */
function spentBetween(first: readonly ThreadTimes[], last: ReadonlyMap<number, ThreadTimes>): readonly ThreadTimes[] {
  const earlier = new Map(first.map((thread) => [thread.threadId, thread]));
  return [...last.values()].map((thread) => {
    const before = earlier.get(thread.threadId);
    return {
      threadId: thread.threadId,
      cpuMs: thread.cpuMs - (before?.cpuMs ?? 0),
      waitedMs: thread.waitedMs - (before?.waitedMs ?? 0),
    };
  });
}

function busiest(pid: number, spent: readonly ThreadTimes[]): readonly ObservedThread[] {
  return spent
    .toSorted((a, b) => b.cpuMs + b.waitedMs - a.cpuMs - a.waitedMs)
    .slice(0, shownThreads)
    .map((thread) => {
      const folder = `/proc/${pid}/task/${thread.threadId}`;
      // The name in brackets may hold anything, brackets included: the state follows the last one.
      const [, state = "?"] = /\) (\S) [^)]*$/.exec(textIfReadable(`${folder}/stat`) ?? "") ?? [];
      const kernelFunction = (textIfReadable(`${folder}/wchan`) ?? "").replace(/^0$/, "");
      return { ...thread, state, kernelFunction };
    });
}

function environmentValue(pid: number, name: string): string | undefined {
  const pairs = (textIfReadable(`/proc/${pid}/environ`) ?? "").split("\0");
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}
