import { decodeBody } from "./encoded-body.ts";
import type { FoundRow, HitRow, OutputRow } from "./index/rows.ts";
import { purgeOf } from "./purges.ts";
import { candidateOf, isRemote } from "./slot-states.ts";
import { dropDamaged, isSound } from "./soundness.ts";
import { nowMinute, type StoreState } from "./store-state.ts";
import type { UseMarks } from "./use-marks.ts";
import type { View } from "./view.ts";

/** The sound entry of the most trusted scope and, within it, of the toolchain's partition before the image's. */
export function findEntry(state: StoreState, marks: UseMarks, view: View, action: Uint8Array): FoundRow | undefined {
  const found = remembered(state, view, action);
  if (found === undefined) {
    state.counts.misses += 1;
    return undefined;
  }
  state.counts.hits += 1;
  marks.use(action, found, nowMinute(state));
  return found;
}

/**
 * From memory where that says all: not while a purge is being applied or bodies are being checked, each of which the
 * index must be asked about.
 */
function remembered(state: StoreState, view: View, action: Uint8Array): FoundRow | undefined {
  if (state.unswept.size > 0) return bestHit(state, view, action);
  const found = state.memory.find(view, action);
  if (found === "ask") return bestHit(state, view, action);
  if (found === undefined || state.suspects.size === 0 || isSound(state, found)) return found;
  return bestHit(state, view, action);
}

function bestHit(state: StoreState, view: View, action: Uint8Array): FoundRow | undefined {
  const { scopes, partitions } = view;
  let hits = state.rows.hits(action, partitions, scopes);
  if (hits.length > 1) hits = hits.toSorted((a, b) => rank(view, a) - rank(view, b));
  for (const hit of hits) {
    if (!scopes.includes(hit.scope) || !partitions.includes(hit.partition)) continue;
    const output = state.rows.outputById(hit.output);
    if (output === null || !isSound(state, output)) continue;
    if (state.unswept.size > 0 && isTakenBack(state, action, hit)) continue;
    state.memory.learned(action, hit, output);
    return withOutput(hit, output);
  }
  return undefined;
}

/** A purge counts from the moment on in which it came, also for what it has not yet been applied to. */
function isTakenBack(state: StoreState, action: Uint8Array, { partition, scope }: HitRow): boolean {
  const current = state.rows.currentOf({ action, partition, scope });
  if (current === null) return true;
  return purgeOf(state, { scope: state.scopes.text(scope) }, candidateOf(state, current)) !== undefined;
}

function rank({ scopes, partitions }: View, row: HitRow): number {
  return scopes.indexOf(row.scope) * 2 + partitions.indexOf(row.partition);
}

function withOutput(hit: HitRow, output: OutputRow): FoundRow {
  const { partition, scope, time_s, time_ns, cost_ms, used } = hit;
  return { ...output, partition, scope, time_s, time_ns, cost_ms, used };
}

export function findOutput(state: StoreState, output: Uint8Array): OutputRow | undefined {
  const row = state.rows.output(output);
  return row !== null && isSound(state, row) ? row : undefined;
}

/**
 * The stored bytes of a row that was read some time ago, encoded as the row says. The body may have been moved and
 * compressed since by compaction. Bytes that should be there and are not take their output with them. `undefined` also
 * for a body that only the shared store has.
 */
export function readBody(state: StoreState, row: OutputRow, into?: Buffer): Buffer | undefined {
  const bytes = isRemote(row) ? undefined : state.bodies.read(row, into);
  if (bytes !== undefined) return bytes;
  const now = state.rows.outputById(row.id);
  if (now === null || isRemote(now)) return undefined;
  const moved = isSamePlace(now, row) ? undefined : state.bodies.read(now);
  if (moved === undefined) dropDamaged(state, now, "its bytes are missing");
  if (moved === undefined || now.codec === row.codec) return moved;
  return Buffer.from(decodeBody(moved, now.codec, now.sizeBytes));
}

function isSamePlace(a: OutputRow, b: OutputRow): boolean {
  return a.segment === b.segment && a.offset === b.offset && a.codec === b.codec && a.storedBytes === b.storedBytes;
}
