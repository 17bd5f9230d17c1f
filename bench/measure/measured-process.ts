/** One program from its start to its end, by the clock on the wall. */

import { closeSync, openSync, readFileSync } from "node:fs";
import { BenchFailure } from "./failure.ts";

export interface MeasuredRequest {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** What the program writes goes there: a pipe that a background process holds open must not lengthen the time. */
  readonly logFile: string;
  readonly deadlineMs?: number;
}

export interface MeasuredRun {
  readonly wallMs: number;
  /** Processor time of the program and of all children that it waited for. */
  readonly processorMs: number;
}

const defaultDeadlineMs = 30 * 60_000;

/** Throws BenchFailure, with the end of what the program wrote, unless it exits 0. */
export async function measureProcess(request: MeasuredRequest): Promise<MeasuredRun> {
  const log = openSync(request.logFile, "w");
  const startedMs = performance.now();
  const child = Bun.spawn([...request.argv], {
    cwd: request.cwd,
    env: { ...request.env },
    stdin: "ignore",
    stdout: log,
    stderr: log,
    timeout: request.deadlineMs ?? defaultDeadlineMs,
    killSignal: "SIGKILL",
  });
  await child.exited;
  const wallMs = performance.now() - startedMs;
  closeSync(log);
  if (child.exitCode !== 0) {
    const said = readFileSync(request.logFile, "utf8").trimEnd().slice(-3000);
    throw new BenchFailure(`${request.argv.join(" ")}: exit ${child.exitCode ?? child.signalCode}\n${said}`);
  }
  return { wallMs, processorMs: Number(child.resourceUsage()?.cpuTime.total ?? 0n) / 1000 };
}
