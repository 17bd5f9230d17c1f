/**
 * Goroutines that are not preempted, as the scheduler's trace shows them: no processor is idle, and none begins another
 * time slice, while the program burns CPU time. With preemption a busy processor begins a slice every 10 ms, also when
 * only one goroutine wants to run (`forcePreemptNS` and `retake` in runtime/proc.go of Go 1.26).
 *
 * CPU time, not wall time, is what counts: a throttled program stands still as well, but burns nothing meanwhile.
 */

import type { SchedSample } from "./trace-line.ts";

export interface Stall {
  readonly fromMs: number;
  readonly toMs: number;
  /** What the process burned in that time. */
  readonly cpuMs: number;
  readonly schedTicks: readonly number[];
}

/** Six time slices. Under a quota of 0.1 CPU six periods end in this, and each lets the scheduler in. */
const stallCpuMs = 60;
/** Two samples may be one moment, printed late. */
const samplesMin = 3;

/** Looks at a trace as it comes; keeps nothing of it, so that a program may run for days. */
export interface StallWatch {
  add(sample: SchedSample, cpuMs: number): void;
  /** The stall in which most CPU time was burned, if one was long enough. */
  longest(): Stall | undefined;
  /** How much was burned in a stall that lasted until the last sample; 0 where there is none. */
  currentCpuMs(): number;
  readonly seen: TraceFacts;
}

export interface TraceFacts {
  samples: number;
  gomaxprocs: number | undefined;
  /** The most goroutines that waited in all queues together. */
  mostQueued: number;
  /** This Go's trace counts schedulings; before 1.25 none can show a stall. */
  showsStalls: boolean;
  /** Lines of several processes: a program's children inherit GODEBUG, and no line has a process id. */
  isMixed: boolean;
}

interface Stretch {
  readonly first: SchedSample;
  readonly firstCpuMs: number;
  readonly last: SchedSample;
  readonly lastCpuMs: number;
  readonly count: number;
}

export function createStallWatch(): StallWatch {
  const seen: TraceFacts = { samples: 0, gomaxprocs: undefined, mostQueued: 0, showsStalls: false, isMixed: false };
  let before: SchedSample | undefined;
  let stretch: Stretch | undefined;
  let longest: Stall | undefined;
  return {
    seen,
    add(sample, cpuMs) {
      seen.samples++;
      seen.gomaxprocs = sample.gomaxprocs;
      seen.mostQueued = Math.max(seen.mostQueued, queued(sample));
      seen.showsStalls ||= (sample.schedTicks?.length ?? 0) > 0;
      seen.isMixed ||= before !== undefined && sample.sinceStartMs < before.sinceStartMs;
      before = sample;
      stretch = extend(stretch, sample, cpuMs);
      const stall = stretch === undefined ? undefined : stallOf(stretch);
      if (stall !== undefined && stall.cpuMs > (longest?.cpuMs ?? 0)) longest = stall;
    },
    longest: () => longest,
    currentCpuMs: () => (stretch === undefined ? undefined : stallOf(stretch)?.cpuMs) ?? 0,
  };
}

function extend(stretch: Stretch | undefined, sample: SchedSample, cpuMs: number): Stretch | undefined {
  if (!isBusy(sample)) return undefined;
  if (stretch !== undefined && isSame(stretch.last.schedTicks, sample.schedTicks)) {
    return { ...stretch, last: sample, lastCpuMs: cpuMs, count: stretch.count + 1 };
  }
  return { first: sample, firstCpuMs: cpuMs, last: sample, lastCpuMs: cpuMs, count: 1 };
}

function stallOf({ first, last, firstCpuMs, lastCpuMs, count }: Stretch): Stall | undefined {
  const cpuMs = lastCpuMs - firstCpuMs;
  if (count < samplesMin || cpuMs < stallCpuMs) return undefined;
  return { fromMs: first.sinceStartMs, toMs: last.sinceStartMs, cpuMs, schedTicks: first.schedTicks ?? [] };
}

function isBusy({ idleProcs, schedTicks }: SchedSample): boolean {
  return idleProcs === 0 && (schedTicks?.length ?? 0) > 0;
}

function isSame(ticks: readonly number[] = [], others: readonly number[] = []): boolean {
  return ticks.length === others.length && ticks.every((tick, at) => tick === others[at]);
}

function queued({ runQueue, localQueues }: SchedSample): number {
  return localQueues.reduce((sum, length) => sum + length, runQueue);
}
