/**
 * Puts, many to a transaction.
 *
 * What arrives in one turn of the event loop is written together: bodies with one write, entries with one commit,
 * then all answers. The order is the promise that an answer makes: body first, then entry, then "stored".
 */

import type { Codec, EntryHead } from "../protocol/entry.ts";
import type { BodyWriter, EncodedBody, Place } from "./body-store.ts";
import { nodeErrors } from "./errors.ts";
import type { OutputRow } from "./index/rows.ts";
import { damageOf } from "./index-damage.ts";
import { countPair, type StoreState } from "./store-state.ts";
import type { PutResult } from "./store.ts";
import { putEntry, purgeOfPut, type PutWrites, settlePuts, type SlotChange } from "./put-slot.ts";
import { announcePending } from "./slot-effects.ts";
import { compareScopes, tellConflict } from "./scope-comparison.ts";
import { settlingOf } from "./recompression.ts";
import { isSound } from "./soundness.ts";
import type { View } from "./view.ts";

/** Waiting bodies of this many bytes are written at once, without waiting for the turn's end. */
const groupBytesMax = 4 * 1024 * 1024;

/** A body that was checked against its output id. */
export type CheckedBody =
  | { readonly in: "memory"; readonly bytes: Uint8Array; readonly codec: Codec }
  | { readonly in: "file"; readonly writer: BodyWriter; readonly codec: Codec };

export interface PutRequest {
  readonly view: View;
  readonly head: EntryHead;
  /** `undefined`: a link to an output that must be there. */
  readonly body: CheckedBody | undefined;
}

interface Waiting extends PutRequest {
  readonly resolve: (result: PutResult) => void;
  readonly reject: (cause: unknown) => void;
}

interface Planned extends Waiting {
  readonly row: OutputRow;
  readonly isNewOutput: boolean;
}

export interface PutQueue {
  put(request: PutRequest): Promise<PutResult>;
  /** Writes what waits, now. */
  flush(): void;
}

export function createPutQueue(state: StoreState): PutQueue {
  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  let isScheduled = false;

  function flush(): void {
    isScheduled = false;
    if (waiting.length === 0) return;
    const group = waiting;
    waiting = [];
    waitingBytes = 0;
    writeGroup(state, group);
  }

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(flush);
  }

  return {
    put(request) {
      return new Promise((resolve, reject) => {
        waiting.push({ ...request, resolve, reject });
        waitingBytes += request.body?.in === "memory" ? request.body.bytes.length : 0;
        if (waitingBytes >= groupBytesMax) flush();
        else schedule();
      });
    },
    flush,
  };
}

function writeGroup(state: StoreState, group: readonly Waiting[]): void {
  const planned: Planned[] = [];
  try {
    refuseWhenUnusable(state);
    plan(state, group, planned);
    const results = commit(state, planned);
    for (const [at, { resolve }] of planned.entries()) resolve(publicResult(results[at] as SlotChange));
  } catch (cause) {
    undo(state, planned);
    const failure = damageOf(state, cause);
    for (const { reject, body } of group) {
      // Harmless for those that `plan` has rejected or that lost their file already.
      if (body?.in === "file") body.writer.discard();
      reject(failure);
    }
  }
}

function publicResult(change: SlotChange): PutResult {
  return change === "replaced" ? "stored" : change;
}

function refuseWhenUnusable(state: StoreState): void {
  if (state.isClosed) throw nodeErrors.error("node/closed", "a put came after the end had begun");
  if (state.damage !== undefined) throw nodeErrors.error("node/index-damaged", state.damage);
}

/** Finds each entry's output, and writes the bodies of those that are new. Links to nothing are rejected here. */
function plan(state: StoreState, group: readonly Waiting[], planned: Planned[]): void {
  const fresh = new Map<string, OutputRow>();
  const appended: { readonly item: Planned; readonly body: EncodedBody }[] = [];
  for (const item of group) {
    const purge = state.purges.length === 0 ? undefined : purgeOfPut(state, item);
    if (purge !== undefined) {
      if (item.body?.in === "file") item.body.writer.discard();
      item.reject(nodeErrors.error("node/purged", `purge ${purge.id}`));
      continue;
    }
    const hex = item.head.output.toHex();
    const known = fresh.get(hex) ?? soundOutput(state, item.head.output);
    if (known !== undefined) {
      if (item.body?.in === "file") item.body.writer.discard();
      planned.push({ ...item, row: known, isNewOutput: false });
    } else if (item.body === undefined) {
      item.reject(nodeErrors.error("node/output-unknown", `a link to ${hex}`));
    } else {
      const next = planNew(state, item, item.body);
      fresh.set(hex, next.row);
      planned.push(next);
      if (item.body.in === "memory") appended.push({ item: next, body: encodedOf(item.head, item.body) });
    }
  }
  if (appended.length === 0) return;
  const places = state.bodies.append(appended.map(({ body }) => body));
  for (const [at, { item }] of appended.entries()) Object.assign(item.row, places[at]);
}

function soundOutput(state: StoreState, output: Uint8Array): OutputRow | undefined {
  const row = state.rows.output(output);
  return row !== null && isSound(state, row) ? row : undefined;
}

function planNew(state: StoreState, item: Waiting, body: CheckedBody): Planned {
  const storedBytes = body.in === "memory" ? body.bytes.length : body.writer.storedBytes;
  const place: Place =
    body.in === "memory" ? { segment: -1, offset: 0 } : body.writer.keep(item.head.output, body.codec);
  const row: OutputRow = {
    id: state.nextOutputId++,
    output: item.head.output,
    sizeBytes: item.head.sizeBytes,
    storedBytes,
    codec: body.codec,
    settled: settlingOf(body.codec, item.head.sizeBytes),
    kind: item.head.kind,
    ...place,
  };
  return { ...item, row, isNewOutput: true };
}

function encodedOf(head: EntryHead, body: { readonly bytes: Uint8Array; readonly codec: Codec }): EncodedBody {
  return { output: head.output, sizeBytes: head.sizeBytes, codec: body.codec, bytes: body.bytes };
}

function commit(state: StoreState, planned: readonly Planned[]): SlotChange[] {
  const putMs = state.options.clock.nowMs();
  state.db.run("BEGIN IMMEDIATE");
  const results: SlotChange[] = [];
  const writes: PutWrites = { merged: [], added: [], fresh: [] };
  for (const item of planned) {
    if (item.isNewOutput) insertOutput(state, item.row, putMs);
    results.push(putEntry(state, item, putMs, writes));
  }
  state.rows.setMeta("lamport", state.lamport);
  state.db.run("COMMIT");
  state.isDirty = true;
  state.counts.commits += 1;
  settlePuts(state, writes);
  for (const [at, item] of planned.entries()) account(state, item, results[at] as SlotChange);
  announcePending(state);
  return results;
}

function insertOutput(state: StoreState, row: OutputRow, putMs: number): void {
  state.rows.insertOutput(row, putMs);
  if (state.isFleet) state.rows.setUnshared(row.id);
}

function account(state: StoreState, { view, head, row, isNewOutput, body }: Planned, change: SlotChange): void {
  if (isNewOutput) {
    state.totals.outputs += 1;
    state.totals.rawBytes += row.sizeBytes;
    state.totals.storedBytes += row.storedBytes;
  }
  if (body === undefined) state.counts.links += 1;
  if (change === "known") state.counts.known += 1;
  if (change === "conflict") noteConflict(state, view, head);
  if (change === "stored") compareScopes(state, view, head, row);
  if (change === "stored" || change === "replaced") state.counts.stored += 1;
  if (change !== "stored") return;
  const scope = state.scopes.find(view.context.scope);
  const partition = state.partitions.find(view.partitionKeys[head.partition]);
  countPair(state, scope, partition, 1);
  for (const listen of state.onEntry) listen(head.action, scope, partition);
}

function noteConflict(state: StoreState, view: View, head: EntryHead): void {
  state.counts.conflicts += 1;
  tellConflict(state, view, head);
  state.options.log.warn("two outputs for one compile action", {
    action: head.action.toHex(),
    offered: head.output.toHex(),
    scope: view.context.scope,
    provenance: view.context.provenance,
  });
}

/** After a failure: nothing of the group counts, also not the bodies that were written. */
function undo(state: StoreState, planned: readonly Planned[]): void {
  if (state.db.inTransaction) state.db.run("ROLLBACK");
  state.scopeTrust.forget();
  for (const names of [state.scopes, state.partitions, state.provenances, state.sources]) names.forget();
  for (const { isNewOutput, row } of planned) {
    if (isNewOutput && row.segment >= 0) state.bodies.release(row);
  }
}
