/** The day while it goes on: what jobs ask of nodes, and who has made and holds what. */

import type { Engines } from "./engines.ts";
import { nodeCosts, nodeMachine } from "./costs.ts";
import type { Part } from "./layers.ts";
import type { Sharing } from "./sharing.ts";
import type { SimulatedNode } from "./simulated-node.ts";
import { TimeTally } from "./tally.ts";
import type { Timeline } from "./timeline.ts";
import { mix } from "./workload.ts";

export const failures = ["none", "crash", "disk"] as const;

export interface DayOptions {
  readonly seed: number;
  readonly runners: number;
  readonly nodes: number;
  /** What happens to the first node at the peak: nothing; it ends; it ends and loses its disk. */
  readonly failure: (typeof failures)[number];
  /** Manifests that a node keeps. */
  readonly manifests: number;
  /** Manifests are known to all nodes. */
  readonly manifestsTravel: boolean;
}

export interface DayCounts {
  arrived: number;
  finished: number;
  commands: number;
  /** Commands that were built, all of them or the rest, without the server. */
  localCommands: number;
  opened: number;
  /** Runs that no manifest was found for. */
  blind: number;
  unanswered: number;
  slow: number;
}

/** The day while it goes on. */
export interface Day {
  readonly timeline: Timeline;
  readonly engines: Engines;
  readonly counts: DayCounts;
  /** Of what nodes send, the share that comes from a disk. */
  readonly coldShare: number;
  readonly fetchWaits: TimeTally;
  /** The nodes that the balancer sends to. */
  readonly known: Set<SimulatedNode>;
  /** The next of them in turn; `undefined`: there is none. */
  pickNode(): SimulatedNode | undefined;
  isMade(part: Part): boolean;
  made(part: Part, node: SimulatedNode): void;
  /** Whether a part was made, elsewhere, and its bodies are not on the node. */
  mustFetch(node: SimulatedNode, part: Part): boolean;
  takeIn(node: SimulatedNode, bodies: number, then: () => void): void;
  findsManifest(node: SimulatedNode, repository: number, scope: number | undefined, command: number): boolean;
  keepManifest(node: SimulatedNode, repository: number, scope: number | undefined, command: number): void;
}

export interface DayParts {
  readonly timeline: Timeline;
  readonly nodes: readonly SimulatedNode[];
  readonly engines: Engines;
  readonly sharing: Sharing;
}

/** @param entries in the index when the day begins */
export function createDay(options: DayOptions, { timeline, nodes, engines, sharing }: DayParts, entries: number): Day {
  /** By part: the node that took it first. */
  const makers = new Map<number, SimulatedNode>();
  const known = new Set<SimulatedNode>(nodes);
  const manifestsOf = (node: SimulatedNode): Map<string, true> =>
    options.manifestsTravel ? (nodes[0] as SimulatedNode).manifests : node.manifests;
  const keyOf = (repository: number, scope: number | undefined, command: number): string =>
    `${repository} ${command} ${scope ?? "main"}`;
  let turn = 0;

  return {
    timeline,
    engines,
    counts: {
      arrived: 0,
      finished: 0,
      commands: 0,
      localCommands: 0,
      opened: 0,
      blind: 0,
      unanswered: 0,
      slow: 0,
    },
    coldShare: coldShareOf(entries * mix.entryBytes),
    fetchWaits: new TimeTally(),
    known,
    pickNode() {
      const all = [...known];
      return all[turn++ % Math.max(1, all.length)];
    },
    isMade: ({ id }) => makers.has(id),
    made(part, node) {
      if (makers.has(part.id)) return;
      makers.set(part.id, node);
      node.held.add(part.id);
      sharing.share(node, part.entries);
    },
    mustFetch: (node, { id }) => makers.has(id) && !node.held.has(id),
    takeIn(node, bodies, then) {
      if (!node.isUp) return then();
      node.incoming.use(bodies * mix.entryBytes, () => undefined);
      node.thread.use(bodies * nodeCosts.fetchedBodyMs, then);
    },
    findsManifest(node, repository, scope, command) {
      const kept = manifestsOf(node);
      return kept.has(keyOf(repository, scope, command)) || kept.has(keyOf(repository, undefined, command));
    },
    keepManifest(node, repository, scope, command) {
      const kept = manifestsOf(node);
      const key = keyOf(repository, scope, command);
      // The least recently written one goes first.
      kept.delete(key);
      kept.set(key, true);
      if (kept.size > options.manifests) kept.delete(kept.keys().next().value as string);
    },
  };
}

/** Of what a node sends, the share that is not in its memory. */
function coldShareOf(bytes: number): number {
  return Math.max(0, 1 - nodeMachine.memoryBytes / Math.max(1, bytes));
}
