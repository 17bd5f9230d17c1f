/** Bus and bucket: what all nodes share, with the limits of each. */

import { bucket, bus } from "./costs.ts";
import { createLine, type Line } from "./line.ts";
import { MinuteTally } from "./tally.ts";
import type { Timeline } from "./timeline.ts";

export interface Engines {
  readonly bus: Line;
  readonly puts: Line;
  readonly gets: Line;
  /** Writes changes to the bus. */
  tell(changes: number, then: () => void): void;
  /** Bodies of a layer into the bucket, or out of it; told when the last one has its first byte. */
  keepBodies(count: number, then: () => void): void;
  fetchBodies(count: number, then: () => void): void;
  readonly busBytes: MinuteTally;
}

export function createEngines(timeline: Timeline): Engines {
  const [busLine, puts, gets] = [bus.threads, 1, 1].map((servers) => createLine(timeline, servers)) as [
    Line,
    Line,
    Line,
  ];
  const busBytes = new MinuteTally();
  const afterFirstByte = (then: () => void) => (): void => timeline.after(bucket.firstByteMs, then);
  return {
    bus: busLine,
    puts,
    gets,
    busBytes,
    tell(changes, then) {
      busBytes.add(timeline.nowMs, changes * bus.changeBytes);
      busLine.serve(changes * bus.changeMs, then);
    },
    keepBodies: (count, then) => puts.serve(count / bucket.putsPerMs, afterFirstByte(then)),
    fetchBodies: (count, then) => gets.serve(count / bucket.getsPerMs, afterFirstByte(then)),
  };
}
