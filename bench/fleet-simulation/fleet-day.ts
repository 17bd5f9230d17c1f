/** A working day of a fleet, from a seed: pushes come, jobs run on runners, nodes answer, and one of them may fail at the peak. */

import { createRandom } from "../../src/stats/random.ts";
import { nodeMachine } from "./costs.ts";
import { createDay, type DayCounts, type DayOptions, type DayParts, type Day } from "./day.ts";
import { createEngines, type Engines } from "./engines.ts";
import { createSharing, type Sharing } from "./sharing.ts";
import { createNode, createTraffic, type SimulatedNode, type Traffic } from "./simulated-node.ts";
import type { TimeTally } from "./tally.ts";
import { createTimeline } from "./timeline.ts";
import { createWorkload, mix, peakMs } from "./workload.ts";
import { createYard, type YardResult } from "./yard.ts";

export interface DayResult extends YardResult {
  readonly options: DayOptions;
  readonly counts: DayCounts;
  readonly traffic: Traffic;
  readonly nodes: readonly SimulatedNode[];
  readonly engines: Engines;
  readonly sharing: Sharing;
  readonly fetchWaits: TimeTally;
  readonly endMs: number;
  readonly events: number;
  /** Entries at the day's end, those of the morning included. */
  readonly entries: number;
  readonly entryBytes: number;
}

const downMs = 10 * 60_000;
/** How long a balancer goes on sending to a node that has ended. */
const noticedAfterMs = 10_000;

export function simulateDay(options: DayOptions): DayResult {
  const timeline = createTimeline();
  const traffic = createTraffic();
  const nodes = Array.from({ length: options.nodes }, (_, name) => createNode(timeline, name, traffic));
  const engines = createEngines(timeline);
  const sharing = createSharing(timeline, nodes, engines);
  const workload = createWorkload(createRandom(options.seed, "workload"), options.runners);
  const morning = workload.repositories.reduce((sum, { entries }) => sum + entries, 0);
  const parts = { timeline, nodes, engines, sharing };
  const day = createDay(options, parts, morning);
  const yard = createYard(day, options);
  if (options.failure !== "none") planFailure(day, parts, options.failure === "disk");

  function planNext(): void {
    const gapMs = workload.gapMs(timeline.nowMs);
    if (gapMs === undefined) return;
    timeline.after(gapMs, () => {
      yard.take(workload.nextPush());
      planNext();
    });
  }

  planNext();
  timeline.run();
  const entries = morning + sharing.counts.acknowledged;
  const { counts, fetchWaits } = day;
  const ended = { endMs: timeline.nowMs, events: timeline.happened, entries, entryBytes: entries * mix.entryBytes };
  return { options, counts, traffic, nodes, engines, sharing, fetchWaits, ...yard.result(), ...ended };
}

/** The first node ends in the middle of the peak hour, and is back ten minutes later, once it has heard what it missed. */
function planFailure({ known }: Day, { timeline, nodes, sharing }: DayParts, losesDisk: boolean): void {
  const [node] = nodes;
  if (node === undefined) return;
  timeline.after(peakMs, () => {
    node.crash(losesDisk);
    timeline.after(noticedAfterMs, () => known.delete(node));
    timeline.after(downMs + nodeMachine.restartMs, () => {
      node.restart();
      sharing.catchUp(node, () => known.add(node));
    });
  });
}
