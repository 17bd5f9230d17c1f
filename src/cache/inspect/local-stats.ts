/** Sums over a runner's folder. */

import { statSync } from "node:fs";
import type { LocalListing, OriginName } from "./local-listing.ts";

export interface KindSum {
  readonly kind: string;
  entries: number;
  outputs: number;
  /** Bytes of the outputs, each counted once. */
  sizeBytes: number;
}

export interface OriginSum {
  readonly origin: OriginName;
  entries: number;
  sizeBytes: number;
}

export interface LocalStats {
  readonly entries: number;
  readonly outputs: number;
  /** Bytes of all outputs, each counted once. */
  readonly sizeBytes: number;
  /** What the bytes would be if each entry had a body of its own. */
  readonly entriesSizeBytes: number;
  /** What bodies, entries and index take in blocks. */
  readonly diskBytes: number;
  readonly kinds: readonly KindSum[];
  readonly origins: readonly OriginSum[];
  /** Bodies that no entry names; Go trims them in time. */
  readonly unnamedOutputs: number;
  /** Entries whose body is gone: misses. */
  readonly missingBodies: number;
  readonly oldestUseMs: number | undefined;
  readonly newestUseMs: number | undefined;
}

export function sumLocal({ items, contents }: LocalListing, ballastPath: string): LocalStats {
  const kinds = new Map<string, KindSum>();
  const origins = new Map<OriginName, OriginSum>();
  const seen = new Set<string>();
  let entriesSizeBytes = 0;
  for (const { kind, origin, output, sizeBytes } of items) {
    const byKind = entryOf(kinds, kind, () => ({ kind, entries: 0, outputs: 0, sizeBytes: 0 }));
    const byOrigin = entryOf(origins, origin, () => ({ origin, entries: 0, sizeBytes: 0 }));
    byKind.entries++;
    byOrigin.entries++;
    byOrigin.sizeBytes += sizeBytes;
    entriesSizeBytes += sizeBytes;
    if (seen.has(output) || !contents.bodies.has(output)) continue;
    seen.add(output);
    byKind.outputs++;
    byKind.sizeBytes += sizeBytes;
  }
  const bodies = [...contents.bodies.values()];
  const uses = items.map(({ usedMs }) => Math.floor(usedMs));
  return {
    entries: items.length,
    outputs: bodies.length,
    sizeBytes: total(bodies.map((body) => body.sizeBytes)),
    entriesSizeBytes,
    diskBytes: total(bodies.map((body) => body.diskBytes)) + contents.entryDiskBytes + indexBytes(ballastPath),
    kinds: [...kinds.values()].toSorted((a, b) => b.sizeBytes - a.sizeBytes || b.entries - a.entries),
    origins: [...origins.values()].toSorted((a, b) => b.entries - a.entries),
    unnamedOutputs: bodies.length - seen.size,
    missingBodies: items.filter(({ output }) => !contents.bodies.has(output)).length,
    oldestUseMs: uses.length === 0 ? undefined : uses.reduce((least, one) => Math.min(least, one)),
    newestUseMs: uses.length === 0 ? undefined : uses.reduce((most, one) => Math.max(most, one)),
  };
}

function entryOf<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function indexBytes(ballastPath: string): number {
  return statSync(`${ballastPath}/index`, { throwIfNoEntry: false })?.size ?? 0;
}
