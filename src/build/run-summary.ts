/** The line that `ballast go` ends with: what the cache did for this run, and what it cost. */

import { readFileSync } from "node:fs";
import type { RunSummary } from "../cache/helper/summary.ts";
import { formatDuration, formatBytes } from "../core/human-units.ts";

/** The sum of what this run's helpers said; a go command may start several. `undefined` when none said anything. */
export function readSummaries(path: string): RunSummary | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return undefined; // no helper was started, as by `go version`
  }
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as RunSummary).reduce<RunSummary | undefined>(add, undefined);
}

function add(sum: RunSummary | undefined, one: RunSummary): RunSummary {
  if (sum === undefined) return one;
  const both: Record<keyof RunSummary, number> = { ...sum };
  for (const key of Object.keys(one) as (keyof RunSummary)[]) both[key] = (sum[key] ?? 0) + one[key];
  return both;
}

const steppedAside = "stepped aside: this job's last runs waited longer than the server saved them";

const lostServer = "went on without the server (`ballast doctor` says why)";

/**
 * One line, without a line end.
 * @param parallelism how many actions the run had under way at once; the producers' times overlap by as many
 */
export function summaryLine(summary: RunSummary, parallelism: number): string {
  const parts = [
    `${summary.localHits + summary.remoteHits} hits (${summary.remoteHits} from the server)`,
    `${summary.misses} misses`,
  ];
  if (summary.bytesDown > 0) parts.push(`${formatBytes(summary.bytesDown)} down`);
  if (summary.bytesUp > 0) parts.push(`${formatBytes(summary.bytesUp)} up`);
  if (summary.handedOver > 0) parts.push(`${summary.handedOver} still being sent`);
  if (summary.dropped > 0) parts.push(`${summary.dropped} not sent`);
  if (summary.corrupt > 0) parts.push(`${summary.corrupt} damaged and refused`);
  if (summary.steppedAside > 0) parts.push(steppedAside);
  if (summary.lostServer > 0) parts.push(lostServer);
  const line = `ballast: ${parts.join(", ")}`;
  return summary.remoteHits === 0 ? line : `${line}; ${gain(summary, parallelism)}`;
}

function gain(summary: RunSummary, parallelism: number): string {
  const saved = formatDuration(summary.savedMs / parallelism);
  return `saved about ${saved}, waited ${formatDuration(summary.waitedMs)}`;
}
