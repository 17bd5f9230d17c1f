/** How fast a run's stream comes, and whether an entry in it is worth waiting for. */

/** Before so much has come, the pace says nothing. */
const bytesNeeded = 256 * 1024;
/** Waiting this long is always worth it: compiling a package needs a process of its own. */
const shortWaitMs = 300;

export class StreamPace {
  #startMs: number | undefined;
  #bytes = 0;

  received(bytes: number, nowMs = performance.now()): void {
    this.#startMs ??= nowMs;
    this.#bytes += bytes;
  }

  /** When the stream will have come to `position` at its pace so far; 0 where that cannot be told. */
  msUntil(position: number, nowMs = performance.now()): number {
    if (this.#startMs === undefined || this.#bytes < bytesNeeded || position <= this.#bytes) return 0;
    const bytesPerMs = this.#bytes / Math.max(1, nowMs - this.#startMs);
    return (position - this.#bytes) / bytesPerMs;
  }
}

/**
 * @param costMs what the producer took to make the entry; 0 when that is not known
 * @param waitMs when it will be here
 */
export function isWorthWaiting(costMs: number, waitMs: number): boolean {
  return waitMs <= shortWaitMs || costMs === 0 || waitMs <= costMs;
}
