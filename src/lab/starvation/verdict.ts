/**
 * Names the fault that the evidence shows. Three that look alike from inside and have different cures: the kernel stops
 * the program (throttling), a goroutine does not let others run (non-preemption), others use the processors (waiting).
 */

import { throttledShare } from "../../core/cgroup/cpu-stat.ts";
import { formatDuration, formatShare } from "../../core/human-units.ts";
import { sliceMs } from "../../go/container-gomaxprocs.ts";
import type { StarvationEvidence } from "./evidence.ts";

export type StarvationFault = "throttling" | "non-preemption" | "waiting";

export interface StarvationVerdict {
  readonly faults: readonly StarvationFault[];
  /** One sentence. */
  readonly summary: string;
  /** What each fault was seen by. */
  readonly seen: readonly string[];
  /** What could not be seen here, and why: no verdict about it. */
  readonly blind: readonly string[];
  readonly todo: readonly string[];
}

/** One throttled period may be the program's start. */
const throttledPeriodsMin = 3;
const throttledShareMin = 0.05;
/** Threads that wait for a third of the time in which they want to run: two want what one has, for half the time. */
const waitedShareMin = 0.33;
const waitedMsMin = 200;
/** A probe that should speak every 100 ms; under a tenth of a CPU it is late by 0.3 s at most. */
const silentMsMin = 1000;
/** CPU time that was burned while the probe was silent. */
const silentCpuMsMin = 300;
const stallLine = "no processor began another time slice while none was idle";

/** The same evidence always gets the same verdict. */
export function judgeStarvation(evidence: StarvationEvidence): StarvationVerdict {
  const isThrottled = throttles(evidence);
  const isStalled = stalls(evidence) || isSilent(evidence);
  const isWaiting = !isThrottled && waits(evidence);
  const faults: StarvationFault[] = [
    ...(isThrottled ? (["throttling"] as const) : []),
    ...(isStalled ? (["non-preemption"] as const) : []),
    ...(isWaiting ? (["waiting"] as const) : []),
  ];
  const blind = blindSpots(evidence);
  return {
    faults,
    summary: summaryOf(faults, blind.length > 0),
    seen: [...factLines(evidence), ...faults.map((fault) => seenBy(fault, evidence))],
    blind,
    todo: faults.map((fault) => cure(fault, evidence)),
  };
}

/** `throttled`, `not preempted`: for tables. */
export function faultNames(faults: readonly StarvationFault[]): string {
  return faults.length === 0 ? "none" : faults.map((fault) => shortNames[fault]).join(" and ");
}

const shortNames: Readonly<Record<StarvationFault, string>> = {
  throttling: "throttled",
  "non-preemption": "not preempted",
  waiting: "runnable but not running",
};

function throttles({ throttling }: StarvationEvidence): boolean {
  if (throttling === undefined || throttling.throttledPeriods < throttledPeriodsMin) return false;
  return (throttledShare(throttling) ?? 0) >= throttledShareMin;
}

function stalls({ trace }: StarvationEvidence): boolean {
  return trace.stall !== undefined && !trace.isMixed;
}

/** The probe slept and was never woken, while more CPU time was burned than can have been before. */
function isSilent({ lateness, durationMs, cpuMs = 0, processors }: StarvationEvidence): boolean {
  if (lateness === undefined || lateness.silentMs < silentMsMin) return false;
  return cpuMs - (durationMs - lateness.silentMs) * processors >= silentCpuMsMin;
}

function waits({ waitedMs = 0, cpuMs = 0 }: StarvationEvidence): boolean {
  return waitedMs >= waitedMsMin && waitedMs / (waitedMs + cpuMs) >= waitedShareMin;
}

function summaryOf(faults: readonly StarvationFault[], isBlind: boolean): string {
  if (faults.length > 0) return `the program was ${faultNames(faults)}`;
  return isBlind
    ? "unknown: no fault in what could be looked at, and not everything could be"
    : "no fault: neither throttled nor unpreempted, and its threads did not wait for a processor";
}

function factLines({ durationMs, cpuMs, waitedMs, lateness }: StarvationEvidence): readonly string[] {
  const waited = waitedMs === undefined ? "" : `; its threads could have run for another ${formatDuration(waitedMs)}`;
  const used = cpuMs === undefined ? "" : `, ${formatDuration(cpuMs)} of CPU time${waited}`;
  const late =
    lateness === undefined || lateness.ticks === 0
      ? []
      : [
          `a goroutine that sleeps 10 ms woke late by ${formatDuration(lateness.p50Ms)} (median), ` +
            `${formatDuration(lateness.p99Ms)} (99 %), ${formatDuration(lateness.maxMs)} (most), in ${lateness.ticks} sleeps`,
        ];
  return [`${formatDuration(durationMs)}${used}`, ...late];
}

function seenBy(fault: StarvationFault, evidence: StarvationEvidence): string {
  const { throttling, trace, lateness, waitedMs = 0, cpuMs = 0 } = evidence;
  switch (fault) {
    case "throttling": {
      const { throttledPeriods = 0, periods = 0, throttledMs = 0 } = throttling ?? {};
      return `throttled: ${throttledPeriods} of ${periods} periods, ${formatDuration(throttledMs)} summed over processors (cpu.stat)`;
    }
    case "non-preemption": {
      if (!stalls(evidence)) {
        return `not preempted: a goroutine that sleeps 10 ms was not woken for ${formatDuration(lateness?.silentMs ?? 0)}, while the program burned CPU time`;
      }
      const { fromMs = 0, toMs = 0, cpuMs: burned = 0, schedTicks = [] } = trace.stall ?? {};
      return (
        `not preempted: ${stallLine} from ${formatDuration(fromMs)} to ${formatDuration(toMs)}, while the program burned ` +
        `${formatDuration(burned)} of CPU time (schedticks [ ${schedTicks.join(" ")} ])`
      );
    }
    case "waiting":
      return (
        `runnable but not running: threads waited ${formatShare(waitedMs / (waitedMs + cpuMs))} of the time in which they ` +
        "wanted to run, without a limit of their own (schedstat)"
      );
  }
}

/** What the limit leaves to each thread that Go runs goroutines on. */
function threadShare(limitCpus: number | undefined, gomaxprocs: number | undefined): string {
  if (limitCpus === undefined || gomaxprocs === undefined) return "";
  const share = formatDuration(sliceMs(limitCpus, gomaxprocs));
  return `: ${limitCpus} CPUs and GOMAXPROCS=${gomaxprocs} leave each busy thread ${share} in 100 ms, and a time slice is 10 ms`;
}

function cure(fault: StarvationFault, { isAsyncPreemptOff, trace, limitCpus }: StarvationEvidence): string {
  switch (fault) {
    case "throttling":
      return `throttled: raise the CPU limit, or run fewer threads${threadShare(limitCpus, trace.gomaxprocs)}`;
    case "non-preemption":
      return isAsyncPreemptOff
        ? "not preempted: take asyncpreemptoff=1 out of GODEBUG; or give the loop a call that is no leaf, or runtime.Gosched()"
        : "not preempted: look for asyncpreemptoff=1 in the environment or linked in, and for long assembly or runtime work";
    case "waiting":
      return "runnable but not running: other processes use the processors, or the program starts more threads than there are";
  }
}

function blindSpots(evidence: StarvationEvidence): readonly string[] {
  const { throttling, trace, waitedMs, cpuMs } = evidence;
  return [
    ...(throttling === undefined ? ["throttling: no cgroup with the cpu controller is visible"] : []),
    ...(cpuMs === undefined || waitedMs === undefined ? ["waiting: the system keeps no times of threads"] : []),
    ...(isSilent(evidence) ? [] : preemptionBlindness(trace)),
  ];
}

function preemptionBlindness({ isMixed, samples, showsStalls }: StarvationEvidence["trace"]): readonly string[] {
  const reason = isMixed
    ? "the program started other Go programs, whose traces are mixed into its own"
    : unseenReason(samples, showsStalls);
  return reason === undefined ? [] : [`non-preemption: ${reason}`];
}

function unseenReason(samples: number, showsStalls: boolean): string | undefined {
  if (samples === 0) return "there was no trace of Go's scheduler";
  if (!showsStalls) return "the trace of Go before 1.25 does not count schedulings";
  return samples < 3 ? "the program ended before the trace had three lines" : undefined;
}
