/**
 * Under which keys things lie on the bus.
 *
 * `e.SS.HASH` is a slot: SS are the first two hex digits of its action, which is its shard of the digest, so that one
 * shard can be read by itself (`e.3f.*`); HASH are 40 hex digits of SHA-256 over partition, scope and action. A scope
 * may hold any character and a key may not; the value says the slot in full. `p.ID` is a purge.
 */

import type { SlotKey } from "../state/slot-state.ts";

export const slotPrefix = "e.";
export const purgePrefix = "p.";

export function slotBusKey({ action, partition, scope }: SlotKey): string {
  const hash = new Bun.CryptoHasher("sha256").update(`${partition}\n${scope}\n`).update(action).digest("hex");
  return `${slotPrefix}${shardName(action[0] ?? 0)}.${hash.slice(0, 40)}`;
}

export function purgeBusKey(id: string): string {
  return purgePrefix + id;
}

/** 0 to 255 as two hex digits. */
function shardName(shard: number): string {
  return shard.toString(16).padStart(2, "0");
}
