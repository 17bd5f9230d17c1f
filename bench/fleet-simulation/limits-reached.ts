/** How near each part of a fleet came to what it can carry, in the day's worst minute. */

import { bucket, bus, nodeMachine } from "./costs.ts";
import type { DayResult } from "./fleet-day.ts";
import { formatBytes, formatCount } from "../../src/core/human-units.ts";
import type { SimulatedNode } from "./simulated-node.ts";

export interface Reached {
  readonly part: string;
  readonly used: string;
  readonly limit: string;
  /** Of the limit, in the worst minute; of nodes the busiest one. */
  readonly share: number;
  /** As many runners of this kind would use all of it, were everything to grow alike. */
  readonly runnersAtLimit: number;
}

/** The fullest first. */
export function limitsReached(result: DayResult): Reached[] {
  const { nodes, options } = result;
  const parts = [...nodeParts(nodes), memoryPart(result), ...(nodes.length > 1 ? engineParts(result) : [])];
  return parts
    .map((part) => ({ ...part, runnersAtLimit: options.runners / part.share }))
    .toSorted((one, other) => other.share - one.share);
}

type Part = Omit<Reached, "runnersAtLimit">;

function nodeParts(nodes: readonly SimulatedNode[]): Part[] {
  const most = (peak: (node: SimulatedNode) => number): number => Math.max(...nodes.map(peak));
  const thread = most((node) => node.thread.done.peakPerMs);
  const bytes = (name: string, perMs: number, limitPerMs: number): Part => ({
    part: name,
    used: `${formatBytes(perMs * 1000)}/s`,
    limit: `${formatBytes(limitPerMs * 1000)}/s`,
    share: perMs / limitPerMs,
  });
  const { threads, networkBytesPerMs, diskBytesPerMs } = nodeMachine;
  return [
    {
      part: "a node's thread",
      used: `${thread.toFixed(2)} cores`,
      limit: `${threads} core`,
      share: thread / threads,
    },
    bytes(
      "a node's network, out",
      most((node) => node.outgoing.done.peakPerMs),
      networkBytesPerMs,
    ),
    bytes(
      "a node's network, in",
      most((node) => node.incoming.done.peakPerMs),
      networkBytesPerMs,
    ),
    bytes(
      "a node's disk",
      most((node) => node.disk.done.peakPerMs),
      diskBytesPerMs,
    ),
  ];
}

/** What an index, the streams that were open at once and the process itself need; the rest of it caches bodies. */
function memoryPart({ nodes, entries }: DayResult): Part {
  const { emptyBytes, entryBytes, streamBytes, memoryBytes } = nodeMachine;
  const streams = Math.max(...nodes.map(({ outgoing }) => outgoing.usersMost));
  const bytes = emptyBytes + entries * entryBytes + streams * streamBytes;
  return {
    part: "a node's memory",
    used: `${formatBytes(bytes)} (${formatCount(streams)} streams)`,
    limit: formatBytes(memoryBytes),
    share: bytes / memoryBytes,
  };
}

function engineParts({ engines }: DayResult): Part[] {
  const told = engines.bus.busy.peakPerMs / bus.threads;
  const requests = (name: string, share: number, limitPerMs: number): Part => ({
    part: name,
    used: `${formatCount(share * limitPerMs * 1000)}/s`,
    limit: `${formatCount(limitPerMs * 1000)}/s`,
    share,
  });
  return [
    requests("the bus, changes", told, bus.threads / bus.changeMs),
    requests("the bucket, puts", engines.puts.busy.peakPerMs, bucket.putsPerMs),
    requests("the bucket, gets", engines.gets.busy.peakPerMs, bucket.getsPerMs),
  ];
}
