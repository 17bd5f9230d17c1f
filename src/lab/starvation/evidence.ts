/** What can be known, from outside, of why a Go program's goroutines do not run. Plain JSON. */

import type { CpuStat } from "../../core/cgroup/cpu-stat.ts";
import type { Stall } from "../../go/schedtrace/stall.ts";

export interface StarvationEvidence {
  readonly durationMs: number;
  /** That this process may run on. */
  readonly processors: number;
  /** Used by the program on all processors; absent where the system does not tell. */
  readonly cpuMs: number | undefined;
  /** In which its threads could have run and did not, summed over threads; throttled time is in it. */
  readonly waitedMs: number | undefined;
  /** What its cgroup and those above counted meanwhile; absent without a cgroup with the cpu controller. */
  readonly throttling: CpuStat | undefined;
  /** The tightest limit of these cgroups, in CPUs. */
  readonly limitCpus: number | undefined;
  readonly trace: TraceEvidence;
  /** Only from a program with a lateness probe in it. */
  readonly lateness: LatenessEvidence | undefined;
  /** asyncpreemptoff=1 was in the program's GODEBUG. */
  readonly isAsyncPreemptOff: boolean;
}

export interface TraceEvidence {
  readonly samples: number;
  readonly gomaxprocs: number | undefined;
  readonly mostQueued: number;
  readonly stall: Stall | undefined;
  /** Whether a stall could have been seen: Go 1.25 or newer, one process, enough lines. */
  readonly showsStalls: boolean;
  /** Lines of several Go processes, which cannot be told apart: not judged. */
  readonly isMixed: boolean;
  /** Lines that the program wrote into. */
  readonly tornLines: number;
}

/** How late a goroutine that sleeps 10 ms again and again wakes up. */
export interface LatenessEvidence {
  readonly ticks: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** From its last sign of life to the program's end. */
  readonly silentMs: number;
}
