/**
 * A digest of the index for each of 256 shards: equal on two nodes when they hold the same entries, whatever the order
 * in which they came. A shard is the first byte of an action. What a digest says of an entry are its outputs and their
 * stamps; whether a body is on this disk or only in the shared store makes no difference.
 *
 * A shard is computed when it is first asked for and kept up by each change from then on. Who never asks pays nothing.
 */

import type { SlotKey, SlotState } from "../state/slot-state.ts";
import type { Slot } from "./index/rows.ts";
import { createSlices } from "./slices.ts";
import { keyOf, readSlot } from "./slot-states.ts";
import type { StoreState } from "./store-state.ts";

const shardsCount = 256;
const pageRows = 500;

export interface ShardDigest {
  readonly entries: number;
  /** 16 hex digits. */
  readonly digest: string;
}

/** The shards so far as they were asked for. */
export interface DigestSums {
  readonly isKnown: Uint8Array;
  readonly entries: Uint32Array;
  readonly sums: BigUint64Array;
}

export function createDigestSums(): DigestSums {
  return {
    isKnown: new Uint8Array(shardsCount),
    entries: new Uint32Array(shardsCount),
    sums: new BigUint64Array(shardsCount),
  };
}

/** Whether a digest is kept of the slot's shard. */
export function isDigestKnown({ digest }: StoreState, { action }: Slot): boolean {
  return digest.isKnown[action[0] ?? 0] === 1;
}

/** A slot's state has become another one, in a transaction that was committed. */
export function changeDigest(state: StoreState, slot: Slot, before: SlotState, after: SlotState): void {
  if (!isDigestKnown(state, slot)) return;
  const key = keyOf(state, slot);
  add(state.digest, key, before, -1);
  add(state.digest, key, after, 1);
}

/** Something of the action's shard has changed that nobody describes. */
export function forgetDigest({ digest }: StoreState, action: Uint8Array): void {
  digest.isKnown[action[0] ?? 0] = 0;
}

/** All shards, in their order. Service goes on meanwhile. */
export async function readDigest(state: StoreState): Promise<ShardDigest[]> {
  const slices = createSlices();
  for (let shard = 0; shard < shardsCount && !state.isClosed; shard++) {
    computeIfNeeded(state, shard);
    await slices.rest();
  }
  // What was forgotten while the others were computed.
  for (let shard = 0; shard < shardsCount && !state.isClosed; shard++) computeIfNeeded(state, shard);
  const { entries, sums } = state.digest;
  return Array.from(sums, (sum, shard) => ({
    entries: entries[shard] as number,
    digest: sum.toString(16).padStart(16, "0"),
  }));
}

/** In one go, so that no change can come between two of its entries: some milliseconds of a million entries. */
function computeIfNeeded(state: StoreState, shard: number): void {
  const { isKnown, entries, sums } = state.digest;
  if (isKnown[shard] === 1) return;
  entries[shard] = 0;
  sums[shard] = 0n;
  let after: Slot = { action: Uint8Array.of(shard), partition: 0, scope: 0 };
  for (;;) {
    const page = state.rows.slotsAfter(after, pageRows);
    for (const slot of page) {
      if (slot.action[0] === shard) add(state.digest, keyOf(state, slot), readSlot(state, slot), 1);
    }
    const last = page.at(-1);
    if (last === undefined || last.action[0] !== shard) break;
    after = last;
  }
  isKnown[shard] = 1;
}

function add({ entries, sums }: DigestSums, key: SlotKey, slotState: SlotState, by: 1 | -1): void {
  if (slotState.candidates.length === 0) return;
  const shard = key.action[0] ?? 0;
  entries[shard] = (entries[shard] as number) + by;
  sums[shard] = (sums[shard] as bigint) ^ hashOf(key, slotState);
}

/** 64 bits are enough between nodes that trust each other: this finds accidents, not adversaries. */
function hashOf({ action, partition, scope }: SlotKey, { candidates }: SlotState): bigint {
  const outputs = candidates.map(({ output, version, source }) => `${output} ${version} ${source}`);
  const id = Buffer.from(action.buffer, action.byteOffset, action.length).toString("hex");
  return Bun.hash.wyhash(`${id} ${partition} ${scope}\n${outputs.join("\n")}`);
}
