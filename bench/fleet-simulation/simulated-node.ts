/** A node: one thread that makes all answers, a network card, a disk; requests that are under way end with it. */

import { nodeMachine, runnerMachine } from "./costs.ts";
import { createSharedResource, type SharedResource } from "./shared-resource.ts";
import { MinuteTally, TimeTally } from "./tally.ts";
import type { Timeline } from "./timeline.ts";

export const requestKinds = ["removals", "open", "stream", "lookup", "put", "manifest"] as const;
export type RequestKind = (typeof requestKinds)[number];

export interface RequestCost {
  readonly threadMs: number;
  readonly bytesIn?: number;
  readonly bytesOut?: number;
  readonly diskBytes?: number;
  /** How many requests this one stands for; 1 when not said. */
  readonly count?: number;
}

export interface Traffic {
  readonly requests: Readonly<Record<RequestKind, MinuteTally>>;
  readonly all: MinuteTally;
  readonly waits: Readonly<Record<RequestKind, TimeTally>>;
  readonly bytesIn: MinuteTally;
  readonly bytesOut: MinuteTally;
  /** As asked; answered; refused by a node that is down; lost with a node. */
  readonly counts: { asked: number; answered: number; refused: number; lost: number };
}

export interface SimulatedNode {
  readonly name: number;
  readonly isUp: boolean;
  readonly thread: SharedResource;
  readonly incoming: SharedResource;
  readonly outgoing: SharedResource;
  readonly disk: SharedResource;
  /** Layers' parts whose bodies are here. */
  readonly held: Set<number>;
  /** Of each repository how many layers of main were brought here. */
  readonly mainLayers: Map<number, number>;
  readonly manifests: Map<string, true>;
  /** @param then `undefined`: it was not answered */
  request(kind: RequestKind, cost: RequestCost, then: (tookMs: number | undefined) => void): void;
  crash(losesDisk: boolean): void;
  restart(): void;
}

interface Flight {
  left: number;
  readonly count: number;
  readonly kind: RequestKind;
  readonly startedMs: number;
  readonly told: (tookMs: number | undefined) => void;
}

export function createTraffic(): Traffic {
  const byKind = <Made>(make: () => Made): Record<RequestKind, Made> =>
    Object.fromEntries(requestKinds.map((kind) => [kind, make()])) as Record<RequestKind, Made>;
  return {
    requests: byKind(() => new MinuteTally()),
    all: new MinuteTally(),
    waits: byKind(() => new TimeTally()),
    bytesIn: new MinuteTally(),
    bytesOut: new MinuteTally(),
    counts: { asked: 0, answered: 0, refused: 0, lost: 0 },
  };
}

export function createNode(timeline: Timeline, name: number, traffic: Traffic): SimulatedNode {
  const { networkBytesPerMs, diskBytesPerMs, threads } = nodeMachine;
  const network = { capacity: networkBytesPerMs, shareMax: runnerMachine.networkBytesPerMs };
  const thread = createSharedResource(timeline, { capacity: threads, shareMax: 1 });
  const incoming = createSharedResource(timeline, network);
  const outgoing = createSharedResource(timeline, network);
  const disk = createSharedResource(timeline, { capacity: diskBytesPerMs, shareMax: diskBytesPerMs });
  const flights = createFlights(timeline, traffic, { thread, incoming, outgoing, disk });
  const { counts } = traffic;
  let isUp = true;
  const held = new Set<number>();
  const mainLayers = new Map<number, number>();
  const manifests = new Map<string, true>();
  return {
    name,
    thread,
    incoming,
    outgoing,
    disk,
    held,
    mainLayers,
    manifests,
    get isUp() {
      return isUp;
    },
    request(kind, cost, then) {
      const { count = 1 } = cost;
      counts.asked += count;
      traffic.requests[kind].add(timeline.nowMs, count);
      traffic.all.add(timeline.nowMs, count);
      if (isUp) return flights.begin({ left: 0, count, kind, startedMs: timeline.nowMs, told: then }, cost);
      counts.refused += count;
      timeline.after(runnerMachine.roundTripMs, () => then(undefined));
    },
    crash(losesDisk) {
      isUp = false;
      flights.cut();
      if (!losesDisk) return;
      for (const kept of [held, mainLayers, manifests]) kept.clear();
    },
    restart() {
      isUp = true;
    },
  };
}

interface NodeResources {
  readonly thread: SharedResource;
  readonly incoming: SharedResource;
  readonly outgoing: SharedResource;
  readonly disk: SharedResource;
}

/** Requests under way: each is answered when the last part of the node that it needs has done its work. */
function createFlights(timeline: Timeline, traffic: Traffic, { thread, incoming, outgoing, disk }: NodeResources) {
  const flights = new Set<Flight>();

  function answer(flight: Flight): void {
    flight.left -= 1;
    if (flight.left > 0 || !flights.delete(flight)) return;
    const tookMs = timeline.nowMs - flight.startedMs + runnerMachine.roundTripMs;
    traffic.counts.answered += flight.count;
    // What stands for several requests took as long as all of them.
    traffic.waits[flight.kind].add(tookMs / flight.count);
    flight.told(tookMs);
  }

  return {
    begin(flight: Flight, { threadMs, bytesIn = 0, bytesOut = 0, diskBytes = 0 }: RequestCost): void {
      flights.add(flight);
      const parts: [SharedResource, number][] = [
        [thread, threadMs],
        [incoming, bytesIn],
        [outgoing, bytesOut],
        [disk, diskBytes],
      ];
      const used = parts.filter(([, work]) => work > 0);
      flight.left = used.length;
      for (const [resource, work] of used) resource.use(work, () => answer(flight));
      traffic.bytesIn.add(timeline.nowMs, bytesIn);
      traffic.bytesOut.add(timeline.nowMs, bytesOut);
    },
    /** All of them end without an answer. */
    cut(): void {
      const lost = [...flights];
      flights.clear();
      for (const resource of [thread, incoming, outgoing, disk]) resource.empty();
      for (const { count } of lost) traffic.counts.lost += count;
      for (const { told } of lost) timeline.after(0, () => told(undefined));
    },
  };
}
