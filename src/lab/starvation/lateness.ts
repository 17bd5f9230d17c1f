/** How late sleeping goroutines woke up. */

import { ascending, quantileOfSorted } from "../../stats/order.ts";
import type { LatenessEvidence } from "./evidence.ts";

/** Of single values; `undefined` without any. */
export function latenessOf(lateUs: readonly number[]): LatenessEvidence | undefined {
  if (lateUs.length === 0) return undefined;
  const sorted = lateUs.toSorted(ascending);
  const atMs = (share: number): number => quantileOfSorted(sorted, share) / 1000;
  return { ticks: lateUs.length, p50Ms: atMs(0.5), p99Ms: atMs(0.99), maxMs: atMs(1), silentMs: 0 };
}
