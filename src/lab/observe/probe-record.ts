/** What the opt-in probe (probe.go.txt) has written of itself. */

import { readFileSync, statSync } from "node:fs";
import type { LatenessEvidence } from "../starvation/evidence.ts";

const recordMaxBytes = 4096;
const bucketCount = 80;
const firstBoundUs = 10;

/** The record of one process; `undefined` without the probe. `durationMs` is how long the process ran. */
export function readProbe(path: string, durationMs: number): LatenessEvidence | undefined {
  try {
    if (statSync(path).size > recordMaxBytes) return undefined;
    return parseProbe(readFileSync(path, "latin1"), durationMs);
  } catch {
    return undefined; // the program has no probe in it
  }
}

/** `1203944 120 9311 [0 3 …]`: microseconds since its start, sleeps, the longest lateness, sleeps by lateness. */
export function parseProbe(text: string, durationMs: number): LatenessEvidence | undefined {
  const found = /^(\d{1,15}) (\d{1,12}) (\d{1,15}) \[([\d ]+)\]\s*$/.exec(text);
  if (found === null) return undefined;
  const [sinceStartUs = 0, , maxUs = 0] = found.slice(1, 4).map(Number);
  const counts = (found[4] ?? "").split(" ").map(Number);
  const ticks = counts.reduce((sum, count) => sum + count, 0);
  if (counts.length !== bucketCount || ticks === 0) return undefined;
  const atMs = (share: number): number => Math.min(maxUs, quantileUs(counts, ticks, share)) / 1000;
  return {
    ticks,
    p50Ms: atMs(0.5),
    p99Ms: atMs(0.99),
    maxMs: maxUs / 1000,
    silentMs: Math.max(0, durationMs - sinceStartUs / 1000),
  };
}

/** The upper bound of the bucket in which the quantile lies; as the probe counts, in whole nanoseconds. */
function quantileUs(counts: readonly number[], ticks: number, share: number): number {
  let boundNs = firstBoundUs * 1000;
  let below = 0;
  for (const count of counts) {
    below += count;
    if (below >= share * ticks) break;
    boundNs += Math.floor(boundNs / 4);
  }
  return boundNs / 1000;
}
