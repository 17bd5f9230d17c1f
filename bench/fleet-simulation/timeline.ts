/** A discrete-event simulation's clock: what is to happen next happens next, and time stands still in between. */

import { createHeap } from "./heap.ts";

export interface Timeline {
  readonly nowMs: number;
  /** Events that have happened. */
  readonly happened: number;
  /** Of two events at one time the one that was asked for first comes first, so that a seed gives one course. */
  after(delayMs: number, event: () => void): void;
  /** Until nothing is left to happen. */
  run(): void;
}

interface Planned {
  readonly atMs: number;
  readonly order: number;
  readonly event: () => void;
}

export function createTimeline(): Timeline {
  const planned = createHeap<Planned>(
    (one, other) => one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order),
  );
  let nowMs = 0;
  let asked = 0;
  let happened = 0;
  return {
    get nowMs() {
      return nowMs;
    },
    get happened() {
      return happened;
    },
    after(delayMs, event) {
      if (!(delayMs >= 0)) throw new RangeError(`an event ${delayMs} ms from now`);
      planned.push({ atMs: nowMs + delayMs, order: asked++, event });
    },
    run() {
      for (let next = planned.pop(); next !== undefined; next = planned.pop()) {
        nowMs = next.atMs;
        happened += 1;
        next.event();
      }
    },
  };
}
