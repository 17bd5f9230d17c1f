/** What nodes tell each other: a put is told by the bus, its large bodies through the bucket; a node that was down hears it later. */

import { nodeCosts } from "./costs.ts";
import type { Engines } from "./engines.ts";
import type { SimulatedNode } from "./simulated-node.ts";
import { TimeTally } from "./tally.ts";
import type { Timeline } from "./timeline.ts";
import { mix } from "./workload.ts";

export interface Sharing {
  /** Entries that a node has acknowledged. */
  share(node: SimulatedNode, entries: number): void;
  /** What a node that was down must hear. */
  catchUp(node: SimulatedNode, then: () => void): void;
  /** From the acknowledgement to another node's index. */
  readonly propagation: TimeTally;
  readonly counts: { told: number; heard: number; acknowledged: number };
}

interface Group {
  readonly entries: number;
  readonly acknowledgedMs: number;
}

export function createSharing(timeline: Timeline, nodes: readonly SimulatedNode[], engines: Engines): Sharing {
  const propagation = new TimeTally();
  const counts = { told: 0, heard: 0, acknowledged: 0 };
  /** By node: what it has not told, and how many changes it has not heard. */
  const untold = nodes.map(() => new Set<Group>());
  const unheard = nodes.map(() => 0);

  function tell(node: SimulatedNode, group: Group): void {
    const bodies = Math.round(group.entries * mix.largeBodyShare);
    const afterBodies = (): void => {
      if (!node.isUp) return;
      const threadMs = group.entries * nodeCosts.publishMs + bodies * nodeCosts.shareBodyMs;
      node.thread.use(threadMs, () => engines.tell(group.entries, () => told(node, group)));
    };
    if (bodies === 0) afterBodies();
    else engines.keepBodies(bodies, afterBodies);
  }

  function told(from: SimulatedNode, group: Group): void {
    if (untold[from.name]?.delete(group) !== true) return;
    counts.told += group.entries;
    for (const node of nodes) {
      if (node === from) continue;
      unheard[node.name] = (unheard[node.name] ?? 0) + group.entries;
      if (node.isUp) node.thread.use(group.entries * nodeCosts.followMs, () => heard(node, group));
    }
  }

  function heard(node: SimulatedNode, { entries, acknowledgedMs }: Group): void {
    unheard[node.name] = (unheard[node.name] ?? 0) - entries;
    counts.heard += entries;
    propagation.add(timeline.nowMs - acknowledgedMs);
  }

  return {
    propagation,
    counts,
    share(node, entries) {
      counts.acknowledged += entries;
      if (nodes.length === 1) return;
      const group = { entries, acknowledgedMs: timeline.nowMs };
      untold[node.name]?.add(group);
      tell(node, group);
    },
    catchUp(node, then) {
      const missed = unheard[node.name] ?? 0;
      node.thread.use(Math.max(1, missed * nodeCosts.followMs), () => {
        unheard[node.name] = (unheard[node.name] ?? 0) - missed;
        counts.heard += missed;
        for (const group of untold[node.name] ?? []) tell(node, group);
        then();
      });
    },
  };
}
