/** The state of a slot in the index's rows, and back. What the index holds of it is always a whole state. */

import { bestOf, emptyState } from "../state/merge.ts";
import { type Candidate, currentOf, type SlotKey, type SlotState } from "../state/slot-state.ts";
import { compareStamps, noStamp } from "../state/stamp.ts";
import { type CandidateRow, type OutputRow, remoteSegment, settling, type Slot } from "./index/rows.ts";
import { codec } from "../protocol/entry.ts";
import { nowMinute, type StoreState } from "./store-state.ts";

/** A slot that was written in a transaction: what must follow when it has been committed. */
export interface SlotWrite {
  readonly slot: Slot;
  readonly before: SlotState;
  readonly after: SlotState;
  /** Rows of outputs that this slot named before and does not name any more. */
  readonly left: readonly number[];
  /** Rows of bodies that are not on this disk, made now. */
  readonly made: readonly OutputRow[];
}

/** A slot that nobody wrote has numbers that match nothing. */
export function findSlot(state: StoreState, { action, partition, scope }: SlotKey): Slot {
  return { action, partition: state.partitions.find(partition), scope: state.scopes.find(scope) };
}

/** Inside a transaction. */
export function slotOf(state: StoreState, { action, partition, scope }: SlotKey): Slot {
  return { action, partition: state.partitions.intern(partition), scope: state.scopes.intern(scope) };
}

export function keyOf(state: StoreState, { action, partition, scope }: Slot): SlotKey {
  return { action, partition: state.partitions.text(partition), scope: state.scopes.text(scope) };
}

/** The state of a slot; empty when nothing was ever known of it. */
export function readSlot(state: StoreState, slot: Slot): SlotState {
  const current = state.rows.currentOf(slot);
  const others = state.hasCandidates ? state.rows.candidatesOf(slot) : [];
  const era = state.rows.eraOf(slot);
  if (current === null && era === null) return emptyState;
  const rows = current === null ? others : [current, ...others];
  return {
    era: era === null ? noStamp : { version: era.era_version, source: sourceName(state, era.era_source) },
    candidates: bestOf(rows.map((row) => candidateOf(state, row))),
  };
}

function sourceName(state: StoreState, source: number): string {
  return source === 0 ? "" : state.sources.text(source);
}

export function candidateOf(state: StoreState, row: CandidateRow): Candidate {
  return {
    version: row.version,
    source: state.sources.text(row.source),
    output: hexOf(row.outputHash),
    sizeBytes: row.sizeBytes,
    kind: row.kind,
    timeNs: BigInt(row.time_s) * 1_000_000_000n + BigInt(row.time_ns),
    putMs: row.put_ms,
    costMs: row.cost_ms,
    provenance: state.provenances.text(row.provenance),
  };
}

/** Writes `after` over `before`, which is what `readSlot` gave. Inside a transaction; `settleWrites` follows it. */
export function writeSlot(state: StoreState, slot: Slot, before: SlotState, after: SlotState): SlotWrite {
  const made: OutputRow[] = [];
  for (const { provenance } of after.candidates) state.scopeTrust.note(slot.scope, provenance);
  const held = new Map(before.candidates.map((one) => [one.output, outputId(state, one)]));
  const ids = after.candidates.map((one) => held.get(one.output) ?? findOrMake(state, one, made));
  writeEntry(state, slot, before, after, ids[0]);
  if (before.candidates.length > 1) state.rows.deleteCandidates(slot);
  for (const [at, candidate] of after.candidates.entries()) {
    if (at > 0) state.rows.putCandidate(slot, rowOf(state, candidate, ids[at] as number));
  }
  if (after.candidates.length > 1) state.hasCandidates = true;
  writeEra(state, slot, before, after);
  const left = [...held.values()].filter((id) => !ids.includes(id));
  return { slot, before, after, left, made };
}

function writeEntry(state: StoreState, slot: Slot, before: SlotState, after: SlotState, output?: number): void {
  const [was, is] = [currentOf(before), currentOf(after)];
  if (is === undefined || output === undefined) {
    if (was !== undefined) state.rows.deleteEntry(slot);
    return;
  }
  if (was !== undefined && was.output === is.output && compareStamps(was, is) === 0) return;
  // To have heard of an entry is not to use it.
  const putMinute = Math.min(nowMinute(state), Math.floor(is.putMs / 60_000));
  const used = was === undefined ? putMinute : Math.max(putMinute, state.rows.usedOf(slot));
  state.rows.putEntry({ ...slot, ...rowOf(state, is, output), used });
}

function rowOf(
  state: StoreState,
  one: Candidate,
  output: number,
): Omit<CandidateRow, "outputHash" | "kind" | "sizeBytes"> {
  return {
    output,
    time_s: Number(one.timeNs / 1_000_000_000n),
    time_ns: Number(one.timeNs % 1_000_000_000n),
    put_ms: one.putMs,
    cost_ms: one.costMs,
    provenance: state.provenances.intern(one.provenance),
    version: one.version,
    source: state.sources.intern(one.source),
  };
}

function writeEra(state: StoreState, slot: Slot, before: SlotState, { era }: SlotState): void {
  if (compareStamps(before.era, era) === 0) return;
  if (era.version === 0) return state.rows.deleteEra(slot);
  state.rows.putEra(slot, {
    era_version: era.version,
    era_source: era.source === "" ? 0 : state.sources.intern(era.source),
  });
}

function outputId(state: StoreState, { output }: Candidate): number {
  return state.rows.output(Buffer.from(output, "hex"))?.id ?? 0;
}

function findOrMake(state: StoreState, candidate: Candidate, made: OutputRow[]): number {
  const known = outputId(state, candidate);
  if (known !== 0) return known;
  const row: OutputRow = {
    id: state.nextOutputId++,
    output: Buffer.from(candidate.output, "hex"),
    sizeBytes: candidate.sizeBytes,
    storedBytes: 0,
    codec: codec.identity,
    settled: settling.done,
    kind: candidate.kind,
    segment: remoteSegment,
    offset: 0,
  };
  state.rows.insertOutput(row, candidate.putMs);
  made.push(row);
  return row.id;
}

export function isRemote(row: { readonly segment: number }): boolean {
  return row.segment === remoteSegment;
}

function hexOf(id: Uint8Array): string {
  return Buffer.from(id.buffer, id.byteOffset, id.length).toString("hex");
}
