/** Peaks of memory, looked at ten times a second. */

import { memoryOf } from "./own-processes.ts";

export interface MemoryPeaks {
  /** The largest sum of PSS over the watched processes. */
  readonly pssBytes: number;
  /** The largest VmHWM of one of them. */
  readonly peakRssBytes: number;
  /** PSS sums as they were seen, in order. */
  readonly pssSeries: readonly number[];
}

const everyMs = 100;

/** Watches what `pids` answers until `stop`, which gives the peaks. */
export function watchMemory(pids: () => readonly number[]): { stop(): MemoryPeaks } {
  const pssSeries: number[] = [];
  let peakRssBytes = 0;
  function look(): void {
    const seen = pids()
      .map(memoryOf)
      .filter((one) => one !== undefined);
    if (seen.length === 0) return;
    pssSeries.push(seen.reduce((total, { pssBytes }) => total + pssBytes, 0));
    peakRssBytes = Math.max(peakRssBytes, ...seen.map((one) => one.peakRssBytes));
  }
  const timer = setInterval(look, everyMs);
  return {
    stop() {
      clearInterval(timer);
      look();
      return { pssBytes: Math.max(0, ...pssSeries), peakRssBytes, pssSeries };
    },
  };
}
