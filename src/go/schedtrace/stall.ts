/**
 * Goroutines that are not preempted, as the scheduler's trace shows them: no processor is idle, and none begins another
 * time slice, while the program burns CPU time. With preemption a busy processor begins a slice every 10 ms, also when
 * only one goroutine wants to run (`forcePreemptNS` and `retake` in runtime/proc.go of Go 1.26).
 *
 * CPU time, not wall time, is what counts: a throttled program stands still as well, but burns nothing meanwhile.
 */

import type { SchedSample } from "./trace-line.ts";

/** A line of the trace, and what the process had used when the line came. */
export interface TimedSample {
  readonly sample: SchedSample;
  readonly cpuMs: number;
}

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

/** The stall in which most CPU time was burned, if one was long enough. */
export function longestStall(series: readonly TimedSample[]): Stall | undefined {
  let longest: Stall | undefined;
  for (const stretch of frozenStretches(series)) {
    const [first, last] = [stretch[0], stretch.at(-1)];
    if (first === undefined || last === undefined || stretch.length < samplesMin) continue;
    const cpuMs = last.cpuMs - first.cpuMs;
    if (cpuMs < stallCpuMs || cpuMs <= (longest?.cpuMs ?? 0)) continue;
    longest = {
      fromMs: first.sample.sinceStartMs,
      toMs: last.sample.sinceStartMs,
      cpuMs,
      schedTicks: first.sample.schedTicks ?? [],
    };
  }
  return longest;
}

/** Whether this Go's trace can show a stall at all. */
export function showsStalls(series: readonly TimedSample[]): boolean {
  return series.some(({ sample }) => (sample.schedTicks?.length ?? 0) > 0);
}

/** Whether the lines of several processes are mixed: a program's children inherit GODEBUG, and no line has a process id. */
export function isMixed(series: readonly TimedSample[]): boolean {
  return series.some(({ sample }, at) => {
    const before = series[at - 1]?.sample;
    return before !== undefined && sample.sinceStartMs < before.sinceStartMs;
  });
}

function frozenStretches(series: readonly TimedSample[]): readonly (readonly TimedSample[])[] {
  const stretches: TimedSample[][] = [];
  let current: TimedSample[] = [];
  for (const one of series) {
    if (!continues(current.at(-1), one)) {
      stretches.push(current);
      current = [];
    }
    if (isBusy(one)) current.push(one);
  }
  return [...stretches, current];
}

function isBusy({ sample }: TimedSample): boolean {
  return sample.idleProcs === 0 && (sample.schedTicks?.length ?? 0) > 0;
}

function continues(before: TimedSample | undefined, one: TimedSample): boolean {
  if (before === undefined || !isBusy(one)) return before === undefined;
  const ticks = one.sample.schedTicks ?? [];
  const earlier = before.sample.schedTicks ?? [];
  return ticks.length === earlier.length && ticks.every((tick, at) => tick === earlier[at]);
}
