/** A line in front of equal servers: who came first is served first. */

import { MinuteTally } from "./tally.ts";
import type { Timeline } from "./timeline.ts";

export interface Line {
  /** @param then told how long it waited and was served */
  serve(serviceMs: number, then: (sojournMs: number) => void): void;
  /** Milliseconds of service, by the minute. */
  readonly busy: MinuteTally;
  readonly servers: number;
}

export function createLine(timeline: Timeline, servers: number): Line {
  const freeAtMs = new Float64Array(servers);
  const busy = new MinuteTally();
  return {
    busy,
    servers,
    serve(serviceMs, then) {
      let first = 0;
      for (let at = 1; at < servers; at++) if (Number(freeAtMs[at]) < Number(freeAtMs[first])) first = at;
      const startMs = Math.max(timeline.nowMs, Number(freeAtMs[first]));
      const endMs = startMs + serviceMs;
      freeAtMs[first] = endMs;
      busy.spread(startMs, endMs, serviceMs);
      const sojournMs = endMs - timeline.nowMs;
      timeline.after(sojournMs, () => then(sojournMs));
    },
  };
}
