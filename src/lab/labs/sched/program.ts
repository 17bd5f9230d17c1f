/** The lab's own Go program: built once plain and once with the race detector, started once for each run. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createQuotaGroup } from "../../../core/cgroup/quota-group.ts";
import type { Bench } from "../../bench.ts";
import { interrupted } from "../../bench.ts";
import type { CleanGo } from "../../clean-environment.ts";
import type { StarvationEvidence } from "../../starvation/evidence.ts";
import { latenessOf } from "../../starvation/lateness.ts";
import { watchProgram } from "../../starvation/watch-program.ts";
import { schedErrors } from "./errors.ts";
import programSource from "./program.go.txt" with { type: "text" };

/** What one run gave. */
export interface SchedValue {
  readonly evidence: StarvationEvidence;
  /** `stalled`: ended by us, since nothing began a time slice; `silent`: the probe said nothing until the deadline. */
  readonly ending: "finished" | "stalled" | "silent";
  /** How late the probe woke up each time, in microseconds; none for a run that did not finish. */
  readonly lateUs: readonly number[];
  /** The most goroutines there were. */
  readonly goroutines: number | undefined;
  readonly gomaxprocs: number | undefined;
  /** The longest wait that Go's own metrics know of (`/sched/latencies:seconds`). */
  readonly metricsLatencyMs: number | undefined;
}

export interface SchedProgram {
  readonly plain: string;
  /** Absent where -race cannot be built here, with the reason. */
  readonly race: string | undefined;
  readonly raceTrouble: string | undefined;
}

const buildDeadlineMs = 300_000;

/** Throws `lab/sched-build-failed`. */
export async function buildProgram(bench: Bench, go: CleanGo, wantsRace: boolean): Promise<SchedProgram> {
  const folder = bench.folder("sched").path;
  writeFileSync(join(folder, "go.mod"), "module ballast.example/sched\n\ngo 1.21\n");
  writeFileSync(join(folder, "main.go"), programSource);
  bench.status("building the lab's program");
  const build = async (output: string, ...flags: string[]): Promise<string | undefined> => {
    const argv = ["go", "build", ...flags, "-o", output, "."];
    const result = await bench.run(argv, { cwd: folder, env: go.env, deadlineMs: buildDeadlineMs });
    return result.exitCode === 0 ? undefined : result.stderr.trim().slice(-2000) || "go build failed";
  };
  const [plain, race] = [join(folder, "plain"), join(folder, "race")];
  const trouble = await build(plain);
  if (trouble !== undefined) throw schedErrors.error("lab/sched-build-failed", trouble);
  const raceTrouble = wantsRace ? await build(race, "-race") : "not asked for";
  return { plain, race: raceTrouble === undefined ? race : undefined, raceTrouble };
}

export interface RunPlan {
  readonly quota: string;
  /** Absent: Go's own choice. */
  readonly gomaxprocs: string | undefined;
  readonly isAsyncPreemptOff: boolean;
  readonly isRace: boolean;
  readonly workload: string;
  readonly runMs: number;
}

/** Between two lines of the trace. */
const traceMs = 50;
/** Twenty time slices without one being begun: the run tells nothing more. */
const stalledCpuMs = 200;
/** Far above the longest lateness under a tenth of a CPU (0.3 s), so that silence until then is no slowness. */
const patienceMs = 6000;

/** Throws `core/cgroup-unavailable`, `lab/sched-run-failed`, `lab/interrupted`. */
export async function runProgram(bench: Bench, go: CleanGo, program: SchedProgram, plan: RunPlan): Promise<SchedValue> {
  const path = plan.isRace ? (program.race ?? program.plain) : program.plain;
  const busy = plan.gomaxprocs ?? "2";
  const env = {
    ...go.env,
    ...(plan.gomaxprocs === undefined ? {} : { GOMAXPROCS: plan.gomaxprocs }),
    ...(plan.isAsyncPreemptOff ? { GODEBUG: "asyncpreemptoff=1" } : {}),
    // Otherwise a program with the race detector sleeps for 1 s before it ends.
    ...(plan.isRace ? { GORACE: "atexit_sleep_ms=0" } : {}),
  };
  const group = plan.quota === "none" ? undefined : createQuotaGroup(groupName(bench), Number(plan.quota));
  try {
    const watched = await watchProgram({
      argv: [path, plan.workload, String(plan.runMs), busy],
      cwd: bench.cwd,
      env,
      group,
      traceMs,
      processGroup: "own",
      stdin: "ignore",
      stdout: "pipe",
      onStderr: () => undefined,
      deadlineMs: plan.runMs + patienceMs,
      stalledCpuMs,
      signal: bench.signal,
    });
    if (watched.ending === "aborted") throw interrupted(bench.signal);
    return valueOf(watched);
  } finally {
    await group?.remove();
  }
}

function valueOf({ evidence, ending, status, stdout }: Awaited<ReturnType<typeof watchProgram>>): SchedValue {
  const said = ending === "itself" ? readOutput(stdout) : undefined;
  if (ending === "itself" && said === undefined) {
    throw schedErrors.error("lab/sched-run-failed", `status ${status}, after ${stdout.slice(0, 200) || "no output"}`);
  }
  const lateUs = said?.lateUs ?? [];
  return {
    evidence: { ...evidence, lateness: latenessOf(lateUs) },
    ending: endings[ending],
    lateUs,
    goroutines: said?.goroutines,
    gomaxprocs: said?.gomaxprocs ?? evidence.trace.gomaxprocs,
    metricsLatencyMs: said?.latencyMs,
  };
}

const endings = { itself: "finished", stalled: "stalled", deadline: "silent", aborted: "silent" } as const;

interface Output {
  readonly lateUs: readonly number[];
  readonly goroutines: number;
  readonly gomaxprocs: number;
  readonly latencyMs: number;
}

function readOutput(stdout: string): Output | undefined {
  try {
    const said = JSON.parse(stdout) as Partial<Output> | null;
    const isWhole = Array.isArray(said?.lateUs) && said.lateUs.every((late) => typeof late === "number");
    return isWhole ? (said as Output) : undefined;
  } catch {
    return undefined; // cut off: the run has no result, which the caller says
  }
}

function groupName(bench: Bench): string {
  return `ballast-sched-${process.pid}-${Math.round(bench.clock.monotonicMs() * 1000)}`;
}
