/** One `ballast check` as a process of its own: its time, and the memory of itself without that of the programs it starts. */

import { closeSync, openSync, readFileSync } from "node:fs";
import { BenchFailure } from "../measure/failure.ts";
import { watchMemory } from "../measure/memory-watch.ts";

export interface CheckRun {
  readonly wallMs: number;
  /** Of the checker and of all that it started. */
  readonly processorMs: number;
  readonly peakRssBytes: number;
}

export interface CheckRequest {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
}

const deadlineMs = 10 * 60_000;

/** Findings are no failure, of the checker's or of vet's. */
export async function runChecked({ argv, cwd, env, logFile }: CheckRequest): Promise<CheckRun> {
  const log = openSync(logFile, "w");
  const startedMs = performance.now();
  const child = Bun.spawn([...argv], { cwd, env, stdin: "ignore", stdout: log, stderr: log, timeout: deadlineMs });
  const memory = watchMemory(() => [child.pid]);
  await child.exited;
  const wallMs = performance.now() - startedMs;
  const { peakRssBytes } = memory.stop();
  closeSync(log);
  if (child.exitCode !== 0 && child.exitCode !== 1) {
    throw new BenchFailure(`${argv.join(" ")}: exit ${child.exitCode}\n${readFileSync(logFile, "utf8").slice(-2000)}`);
  }
  return { wallMs, processorMs: Number(child.resourceUsage()?.cpuTime.total ?? 0n) / 1000, peakRssBytes };
}
