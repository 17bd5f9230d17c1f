/**
 * A digest of the index for each of 256 shards: equal on two nodes when they hold the same entries, whatever the order
 * in which they came. A shard is the first byte of an action. What a digest says of an entry are its outputs and their
 * stamps; whether a body is on this disk or only in the shared store makes no difference.
 *
 * A shard is computed when it is first asked for and kept up by each change from then on. Who never asks pays nothing.
 */

import type { Candidate, SlotKey, SlotState } from "../state/slot-state.ts";
import type { EntryDetailRow, Slot } from "./index/rows.ts";
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
  add(state.digest, key, before.candidates, -1);
  add(state.digest, key, after.candidates, 1);
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
    const page = state.rows.entriesAfter(after, pageRows);
    for (const row of page) {
      if (row.action[0] === shard) add(state.digest, keyOf(state, row), outputsOf(state, row), 1);
    }
    const last = page.at(-1);
    if (last === undefined || last.action[0] !== shard) break;
    after = last;
  }
  isKnown[shard] = 1;
}

/** What a digest says of a slot; from the row alone where nothing lies beside the entry. */
type Told = readonly Pick<Candidate, "output" | "version" | "source">[];

function outputsOf(state: StoreState, row: EntryDetailRow): Told {
  if (state.hasCandidates) return readSlot(state, row).candidates;
  const { outputHash, version, source } = row;
  const output = outputHash.toHex();
  return [{ output, version, source: state.sources.text(source) }];
}

function add({ entries, sums }: DigestSums, key: SlotKey, told: Told, by: 1 | -1): void {
  if (told.length === 0) return;
  const shard = key.action[0] ?? 0;
  entries[shard] = (entries[shard] as number) + by;
  sums[shard] = (sums[shard] as bigint) ^ hashOf(key, told);
}

/** 64 bits are enough between nodes that trust each other: this finds accidents, not adversaries. */
function hashOf({ action, partition, scope }: SlotKey, told: Told): bigint {
  const outputs = told.map(({ output, version, source }) => `${output} ${version} ${source}`);
  const id = action.toHex();
  return Bun.hash.wyhash(`${id} ${partition} ${scope}\n${outputs.join("\n")}`);
}
