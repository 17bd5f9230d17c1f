/** `ballast observe -- PROGRAM`: runs a program as it would run without us, and says afterwards what it suffered from. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createQuotaGroup } from "../../core/cgroup/quota-group.ts";
import { forwardSignals } from "../../core/forwarded-signals.ts";
import { watchProgram } from "../starvation/watch-program.ts";
import { judgeStarvation } from "../starvation/verdict.ts";
import type { Observation } from "./observation.ts";
import { readProbe } from "./probe-record.ts";

export interface ProgramToObserve {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Between two lines of the trace; 0 for none. */
  readonly traceMs: number;
  /** Runs it under this limit; otherwise under those that are there already. */
  readonly quotaCpus: number | undefined;
  readonly onStderr: (bytes: Uint8Array) => void;
}

export interface ObservedProgram {
  /** The program's own. */
  readonly status: number;
  readonly observation: Observation;
}

/** Throws `core/process-not-started`, `core/cgroup-unavailable`. */
export async function observeProgram(program: ProgramToObserve): Promise<ObservedProgram> {
  const { quotaCpus } = program;
  const group = quotaCpus === undefined ? undefined : createQuotaGroup(`ballast-observe-${process.pid}`, quotaCpus);
  const probes = makeProbeFolder();
  let stopForwarding = (): void => undefined;
  try {
    const traceMs = startsGoItself(program.argv) ? 0 : program.traceMs;
    const { status, pid, evidence } = await watchProgram({
      ...program,
      env: probes === undefined ? program.env : { ...program.env, BALLAST_PROBE_FOLDER: probes },
      traceMs,
      group,
      processGroup: "shared",
      stdin: "inherit",
      stdout: "inherit",
      onStart: (child) => {
        stopForwarding = forwardSignals((signal) => child.kill(signal));
      },
    });
    const lateness = probes === undefined ? undefined : readProbe(join(probes, String(pid)), evidence.durationMs);
    const whole = { ...evidence, lateness };
    const notes =
      traceMs === program.traceMs
        ? []
        : [
            "go was not traced: its children and test results would feel GODEBUG; observe the program that it builds (go test -c)",
          ];
    return { status, observation: { kind: "program", evidence: whole, verdict: judgeStarvation(whole), notes } };
  } finally {
    stopForwarding();
    if (probes !== undefined) rmSync(probes, { recursive: true, force: true });
    await group?.remove();
  }
}

/** Where a probe in the program may write; a full or read-only disk is no reason not to run the program. */
function makeProbeFolder(): string | undefined {
  try {
    return mkdtempSync(join(tmpdir(), "ballast-observe-"));
  } catch {
    return undefined; // nothing is lost but what the probe would say
  }
}

/** The go command hands GODEBUG to compilers and tests, and it is in the key of cached test results. */
function startsGoItself([program = ""]: readonly string[]): boolean {
  return basename(program) === "go";
}
