/** What becomes of one put in its slot: decided as between nodes, by the merge. An empty slot takes the short way. */

import type { EntryHead } from "../protocol/entry.ts";
import { emptyState, isCompiled, isCovered, mergeStates } from "../state/merge.ts";
import type { Purge } from "../state/purge.ts";
import { type Candidate, currentOf, type SlotState } from "../state/slot-state.ts";
import type { Stamp } from "../state/stamp.ts";
import { changeDigest, isDigestKnown } from "./digest.ts";
import type { EntryRow } from "./index/entry-rows.ts";
import type { HitRow, OutputRow, Slot } from "./index/rows.ts";
import { purgeOf, tick } from "./purges.ts";
import { settleWrites } from "./slot-effects.ts";
import { readSlot, type SlotWrite, writeSlot } from "./slot-states.ts";
import { nowMinute, type StoreState } from "./store-state.ts";
import type { PutResult } from "./store.ts";
import type { View } from "./view.ts";

/** `stored` apart from what took the place of another output. */
export type SlotChange = PutResult | "replaced";

export interface PlannedPut {
  readonly view: View;
  readonly head: EntryHead;
  readonly row: OutputRow;
}

/** What a transaction of puts wrote. */
export interface PutWrites {
  readonly merged: SlotWrite[];
  readonly added: { readonly entry: EntryRow; readonly output: OutputRow }[];
  /** Slots that were empty, so far as a digest is kept of them. */
  readonly fresh: { readonly slot: Slot; readonly after: SlotState }[];
}

/** After the commit. */
export function settlePuts(state: StoreState, { merged, added, fresh }: PutWrites): void {
  for (const { entry, output } of added) state.memory.added(entry, output);
  settleWrites(state, merged);
  for (const { slot, after } of fresh) changeDigest(state, slot, emptyState, after);
}

/** Puts an entry whose output has a row into its slot. Inside a transaction; `settlePuts` follows it. */
export function putEntry(state: StoreState, item: PlannedPut, putMs: number, writes: PutWrites): SlotChange {
  const { view, head, row } = item;
  const scope = state.scopes.intern(view.context.scope);
  const partition = state.partitions.intern(view.partitionKeys[head.partition]);
  const slot = { action: head.action, partition, scope };
  const held = state.rows.slot(slot);
  const time = splitTime(head.timeNs);
  if (held?.output === row.id && !isRenewed(state, row, time, held)) {
    // `go clean -testcache` compares times: a result that was obtained again must not look old. What other nodes know
    // of a put never changes, so in a fleet that is a put of its own, and a package keeps the time that it has.
    if (!state.isFleet && isLater(time, held)) state.rows.touchTime(slot, time);
    return "known";
  }
  if (held !== null) return mergePut(state, item, slot, putMs, writes.merged);
  state.scopeTrust.note(scope, view.provenanceJson);
  const entry: EntryRow = {
    ...slot,
    output: row.id,
    ...time,
    put_ms: putMs,
    used: nowMinute(state),
    cost_ms: head.costMs,
    provenance: state.provenances.intern(view.provenanceJson),
    version: ++state.lamport,
    source: state.source,
  };
  state.rows.addEntry(entry);
  writes.added.push({ entry, output: row });
  if (state.isFleet) state.rows.setDirty(slot, "");
  if (isDigestKnown(state, slot)) writes.fresh.push({ slot, after: readSlot(state, slot) });
  return "stored";
}

/** Whether the same output again is a change for the others. */
function isRenewed(state: StoreState, row: OutputRow, time: Time, held: HitRow): boolean {
  return state.isFleet && !isCompiled(row.kind) && isLater(time, held);
}

/** A slot that holds something already: what becomes of it is decided as between nodes. */
function mergePut(state: StoreState, item: PlannedPut, slot: Slot, putMs: number, writes: SlotWrite[]): SlotChange {
  const { head, row, view } = item;
  const before = readSlot(state, slot);
  const candidate = candidateOfPut(view, head, row, { ...tick(state), putMs });
  const after = mergeStates(before, { era: before.era, candidates: [candidate] });
  const isCurrent = currentOf(after)?.output === candidate.output;
  const wasCurrent = currentOf(before)?.output === candidate.output;
  if (!isCovered(before, after)) {
    writes.push(writeSlot(state, slot, before, after));
    if (state.isFleet) state.rows.setDirty(slot, "");
  }
  if (isCurrent) return wasCurrent ? "known" : "replaced";
  return "conflict";
}

function candidateOfPut(
  { provenanceJson }: View,
  { output, sizeBytes, timeNs, costMs }: EntryHead,
  { kind }: { readonly kind: number },
  at: Stamp & { readonly putMs: number },
): Candidate {
  const hex = Buffer.from(output.buffer, output.byteOffset, output.length).toString("hex");
  return { ...at, output: hex, sizeBytes, kind, timeNs, costMs, provenance: provenanceJson };
}

type Time = Pick<HitRow, "time_s" | "time_ns">;

function isLater(time: Time, held: Time): boolean {
  return time.time_s > held.time_s || (time.time_s === held.time_s && time.time_ns > held.time_ns);
}

function splitTime(timeNs: bigint): { readonly time_s: number; readonly time_ns: number } {
  return { time_s: Number(timeNs / 1_000_000_000n), time_ns: Number(timeNs % 1_000_000_000n) };
}

/** The purge that keeps an entry out. */
export function purgeOfPut(state: StoreState, { view, head }: Omit<PlannedPut, "row">): Purge | undefined {
  const at = { version: state.lamport + 1, source: state.sourceName, putMs: state.options.clock.nowMs() };
  return purgeOf(state, view.context, candidateOfPut(view, head, head, at));
}
