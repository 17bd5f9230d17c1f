/** The runners: a push's jobs each take one, wait for one where none is free, and give it back. */

import { createRandom } from "../../src/stats/random.ts";
import type { Day, DayOptions } from "./day.ts";
import { drawLogNormal } from "./draws.ts";
import { type Job, runJob } from "./job.ts";
import { TimeTally } from "./tally.ts";
import { mix, type Push } from "./workload.ts";

export interface Yard {
  take(push: Push): void;
  result(): YardResult;
}

export interface YardResult {
  /** From its push to its end. */
  readonly jobTimes: TimeTally;
  readonly runnerWaits: TimeTally;
  readonly busyMost: number;
  /** Jobs that wait or run, integrated over the day. */
  readonly jobMs: number;
}

interface Waiting {
  readonly job: Job;
  readonly sinceMs: number;
}

const setupMedianMs = 25_000;
/** What a job does besides: its tests, mostly. */
const restMedianMs = 210_000;

export function createYard(day: Day, { runners, seed }: DayOptions): Yard {
  const { timeline, counts } = day;
  const random = createRandom(seed, "jobs");
  const [jobTimes, runnerWaits] = [new TimeTally(), new TimeTally()];
  const waiting: Waiting[] = [];
  let [busy, busyMost, waitingAt, here] = [0, 0, 0, 0];
  let [jobMs, hereAtMs] = [0, 0];

  function change(by: number): void {
    jobMs += here * (timeline.nowMs - hereAtMs);
    hereAtMs = timeline.nowMs;
    here += by;
  }

  function begin({ job, sinceMs }: Waiting): void {
    busy += 1;
    busyMost = Math.max(busyMost, busy);
    runnerWaits.add(timeline.nowMs - sinceMs);
    timeline.after(drawLogNormal(random, setupMedianMs, 0.5), () =>
      runJob(day, job, () => timeline.after(drawLogNormal(random, restMedianMs, 0.8), () => end(sinceMs))),
    );
  }

  function end(sinceMs: number): void {
    change(-1);
    counts.finished += 1;
    busy -= 1;
    jobTimes.add(timeline.nowMs - sinceMs);
    const next = waiting[waitingAt];
    if (next === undefined) return;
    waitingAt += 1;
    begin(next);
  }

  return {
    take(push) {
      for (let at = 0; at < push.jobs; at++) {
        change(1);
        counts.arrived += 1;
        const isNewRunner = random.next() < mix.newRunnerShare;
        const job: Job = { push, at, isNewRunner, node: undefined, isLocal: false };
        const one = { job, sinceMs: timeline.nowMs };
        if (busy < runners) begin(one);
        else waiting.push(one);
      }
    },
    result: () => ({ jobTimes, runnerWaits, busyMost, jobMs }),
  };
}
