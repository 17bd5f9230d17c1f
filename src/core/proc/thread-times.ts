/**
 * What the kernel counts for each thread of a process (Linux): time on a processor, and time in which the thread could
 * have run and did not. Throttled time is in the latter (kernel 6.18: 1.86 s of 2 s for each of two busy threads at 0.1 CPU).
 */

import { textIfReadable } from "../file-text.ts";
import { readNames } from "../folder-names.ts";

export interface ThreadTimes {
  readonly threadId: number;
  readonly cpuMs: number;
  readonly waitedMs: number;
}

export interface ProcessTimes {
  /** Of all threads that there ever were, as far as they were seen. */
  readonly cpuMs: number;
  readonly waitedMs: number;
  readonly threads: number;
}

/** Limits what one look at a process costs. */
const threadsMax = 10_000;

/** The threads as they are now; none when the process has ended or the system is no Linux. */
export function readThreadTimes(pid: number): readonly ThreadTimes[] {
  const folder = `/proc/${pid}/task`;
  return readNames(folder)
    .slice(0, threadsMax)
    .flatMap((name) => {
      const times = parseSchedstat(textIfReadable(`${folder}/${name}/schedstat`) ?? "");
      return times === undefined ? [] : [{ threadId: Number(name), ...times }];
    });
}

/** `105092582 1856119045 56`: nanoseconds on a processor, nanoseconds waited for one, time slices. */
export function parseSchedstat(text: string): Omit<ThreadTimes, "threadId"> | undefined {
  const found = /^(\d{1,20}) (\d{1,20}) \d{1,20}\s*$/.exec(text);
  return found === null ? undefined : { cpuMs: Number(found[1]) / 1e6, waitedMs: Number(found[2]) / 1e6 };
}

/** Sums over a process's life: what an ended thread had used is not lost. */
export interface ProcessWatch {
  look(): ProcessTimes;
}

export function watchProcess(pid: number): ProcessWatch {
  const last = new Map<number, ThreadTimes>();
  return {
    look() {
      const now = readThreadTimes(pid);
      // A number that is given out again begins anew; 10 ms of a thread that nobody saw end are not worth more.
      for (const thread of now) last.set(thread.threadId, thread);
      const all = [...last.values()];
      return {
        cpuMs: all.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
        waitedMs: all.reduce((sum, { waitedMs }) => sum + waitedMs, 0),
        threads: now.length,
      };
    },
  };
}
