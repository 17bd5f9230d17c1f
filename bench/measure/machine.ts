/** What was measured on. */

import { readFileSync, statfsSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem, type as systemName } from "node:os";
import { runProcess } from "../../src/core/process.ts";

export interface MachineFacts {
  readonly cores: number;
  readonly processor: string;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly system: string;
  readonly go: string;
  readonly bun: string;
  /** Load average of the last minute at the start: what else ran. */
  readonly loadAtStart: number;
  /** Free bytes where the bench works. */
  readonly freeBytes: number;
}

export async function machineFacts(folder: string): Promise<MachineFacts> {
  const { bavail, bsize } = statfsSync(folder);
  const go = await runProcess({ argv: ["go", "version"], deadlineMs: 20_000 });
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? "unknown",
    memoryBytes: totalmem(),
    kernel: `${systemName()} ${release()}`,
    system: systemRelease(),
    go: go.stdout.trim(),
    bun: Bun.version,
    loadAtStart: Number(readFileSync("/proc/loadavg", "utf8").split(" ")[0]),
    freeBytes: bavail * bsize,
  };
}

function systemRelease(): string {
  return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "unknown";
}
