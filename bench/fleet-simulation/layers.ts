/** What a push brought, in parts: what all its jobs need, and what each job needs alone. Who has which part's bodies. */

import { bucket } from "./costs.ts";
import type { Day } from "./day.ts";
import type { SimulatedNode } from "./simulated-node.ts";
import { type Layer, mix, type Push } from "./workload.ts";

export interface Part {
  readonly id: number;
  readonly entries: number;
}

const partsPerLayer = 16;

/** @param job undefined: the part that all jobs share */
export function partOf(layer: Layer, job: number | undefined): Part {
  const entries = layer.entries * (job === undefined ? 1 - mix.ownShare : mix.ownShare);
  return {
    id: layer.id * partsPerLayer + (job === undefined ? 0 : 1 + job),
    entries: Math.max(1, Math.round(entries)),
  };
}

/**
 * Before a runner is sent anything: bodies that other nodes took, of what main and its change brought since. The stream
 * waits for them, so long as a node lets it; what comes later is there for the next runner.
 */
export function bringLayers(day: Day, node: SimulatedNode, { repository, branch }: Push, then: () => void): void {
  const from = node.mainLayers.get(repository.name) ?? 0;
  node.mainLayers.set(repository.name, repository.main.length);
  const layers = [...repository.main.slice(from), ...(branch?.layers ?? [])];
  const lacked = layers.map((layer) => partOf(layer, undefined)).filter((part) => day.mustFetch(node, part));
  if (lacked.length === 0) return then();
  const entries = lacked.reduce((sum, part) => sum + part.entries, 0);
  for (const { id } of lacked) node.held.add(id);
  const bodies = Math.ceil(entries * mix.largeBodyShare);
  const startedMs = day.timeline.nowMs;
  let isWaiting = true;
  const goOn = (): void => {
    if (!isWaiting) return;
    isWaiting = false;
    day.fetchWaits.add(day.timeline.nowMs - startedMs);
    then();
  };
  day.timeline.after(bucket.waitMaxMs, goOn);
  day.engines.fetchBodies(bodies, () => day.takeIn(node, bodies, goOn));
}
