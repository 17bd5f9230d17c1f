/** One lookup of many actions: what comes with its bodies is stored at once, larger ones are told of. */

import type { ZstdDecoder } from "../../core/zstd-decoder.ts";
import type { LocalTier } from "../local/local-tier.ts";
import { codec, type WireEntry } from "../protocol/entry.ts";
import { decodeMisses } from "../protocol/misses.ts";
import { bodyOf, type CacheClient } from "./client.ts";
import { storeInline, withOwnIds } from "./entry-storer.ts";
import { readLookup } from "./lookup-answer.ts";

/** Largest body that is unpacked in memory; a larger one streams through a request of its own. */
const unpackedInMemoryBytes = 64 * 1024 * 1024;

export interface LookupOptions {
  readonly client: CacheClient;
  readonly tier: LocalTier;
  readonly decoder: ZstdDecoder;
  readonly signal: AbortSignal;
  /** Actions are base64, as Go sent them. */
  isAwaited(action: string): boolean;
  onBytes(count: number): void;
  onMiss(action: string): void;
  onHit(entry: WireEntry, path: string): void;
}

/** Returns the entries whose bodies have to be fetched by themselves. Throws for what the client throws for. */
export async function lookUp(actions: readonly string[], options: LookupOptions): Promise<WireEntry[]> {
  const ids = Buffer.concat(actions.map((action) => Buffer.from(action, "base64")));
  const response = await options.client.lookup(ids, options.signal);
  const large: WireEntry[] = [];
  await readLookup(bodyOf(response), {
    onBytes: options.onBytes,
    onMiss: options.onMiss,
    onMisses(bits) {
      for (const action of decodeMisses(bits, actions)) options.onMiss(action);
    },
    onEntry(entry) {
      if (!options.isAwaited(Buffer.from(entry.action).toString("base64"))) return;
      if (entry.codec === codec.absent || entry.sizeBytes > unpackedInMemoryBytes) large.push(withOwnIds(entry));
      else keep(entry, options);
    },
  });
  return large;
}

function keep(entry: WireEntry, { tier, decoder, onHit, onMiss }: LookupOptions): void {
  try {
    onHit(entry, storeInline(tier, decoder, entry));
  } catch {
    tier.counts.corrupt++;
    onMiss(Buffer.from(entry.action).toString("base64"));
  }
}
