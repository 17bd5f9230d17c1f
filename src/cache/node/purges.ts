/** The purges that stand, and what they take with them. */

import type { EntryFilter } from "../protocol/entry-filter.ts";
import { isPurged, type Purge, type PurgeMatch, purgesMax } from "../state/purge.ts";
import type { Candidate, SlotKey, SlotState } from "../state/slot-state.ts";
import { compareStamps, type Stamp } from "../state/stamp.ts";
import { nodeErrors } from "./errors.ts";
import type { StoreState } from "./store-state.ts";

/** What a node is asked to remove. */
export interface PurgeRequest extends EntryFilter<number> {
  /** Refuse what is written after the purge as well; when not said, so it is for a run and for an output. */
  readonly keepsOut?: boolean;
  /** How long the purge stands. */
  readonly standsMs?: number;
  /** Who asks, for the audit trail. */
  readonly by?: Readonly<Record<string, string>>;
}

const standsMsDefault = 30 * 24 * 3_600_000;

/** The next stamp of this node. */
export function tick(state: StoreState): Stamp {
  return { version: ++state.lamport, source: state.sourceName };
}

export function loadPurges(state: StoreState): void {
  state.rows.deletePurges(state.options.clock.nowMs());
  for (const row of state.rows.purges()) {
    const purge = JSON.parse(row.json) as Purge;
    state.purges.push(purge);
    if (row.is_swept === 0) state.unswept.set(purge.id, purge);
  }
}

/** `undefined` for a filter that is not true of entries everywhere and always: it is applied once, to what is here. */
export function makePurge(state: StoreState, request: PurgeRequest): Purge | undefined {
  const { scope, kind, output, provenance, sinceMs, action, unusedSinceMs } = request;
  if (action !== undefined || unusedSinceMs !== undefined) return undefined;
  const match: PurgeMatch = {
    ...(scope === undefined ? {} : { scope }),
    ...(kind === undefined ? {} : { kind }),
    ...(output === undefined ? {} : { output }),
    ...(provenance === undefined ? {} : { provenance }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
  };
  const createdMs = state.options.clock.nowMs();
  return {
    id: crypto.randomUUID().replaceAll("-", ""),
    ...tick(state),
    createdMs,
    expiresMs: createdMs + (request.standsMs ?? standsMsDefault),
    by: JSON.stringify(request.by ?? {}),
    keepsOut: request.keepsOut ?? (output !== undefined || provenance?.["run"] !== undefined),
    match,
  };
}

/** Keeps a purge and has it applied from now on; false when it is known. Inside a transaction. */
export function addPurge(state: StoreState, purge: Purge, isOwn: boolean): boolean {
  const nowMs = state.options.clock.nowMs();
  if (purge.expiresMs <= nowMs || state.purges.some(({ id }) => id === purge.id)) return false;
  forgetExpired(state, nowMs);
  const isFull = isOwn && state.purges.length >= purgesMax;
  if (isFull) throw nodeErrors.error("node/purges-full", `${purgesMax} purges stand`);
  const row = { id: purge.id, json: JSON.stringify(purge), is_swept: 0 };
  state.rows.putPurge(row, purge.expiresMs);
  state.purges.push(purge);
  state.unswept.set(purge.id, purge);
  return true;
}

/** A purge of this node that nobody has heard of yet gets another version: it is to be applied once more. */
export function restampPurge(state: StoreState, purge: Purge, stamp: Stamp): void {
  const next = { ...purge, ...stamp };
  state.rows.deletePurge(purge.id);
  state.rows.putPurge({ id: purge.id, json: JSON.stringify(next), is_swept: 0 }, purge.expiresMs);
  state.purges.splice(state.purges.indexOf(purge), 1, next);
  state.unswept.set(purge.id, next);
}

function forgetExpired(state: StoreState, nowMs: number): void {
  if (state.purges.every((purge) => purge.expiresMs > nowMs)) return;
  state.rows.deletePurges(nowMs);
  const left = state.purges.filter((purge) => purge.expiresMs > nowMs);
  state.purges.splice(0, state.purges.length, ...left);
}

/** The purge that a candidate falls under. */
export function purgeOf(state: StoreState, key: Pick<SlotKey, "scope">, candidate: Candidate): Purge | undefined {
  if (state.purges.length === 0) return undefined;
  const nowMs = state.options.clock.nowMs();
  return state.purges.find((purge) => isPurged(purge, key, candidate, nowMs));
}

/** What is left of a state, and the latest purge that took something; `undefined` when none did. */
export function withoutPurged(
  state: StoreState,
  key: Pick<SlotKey, "scope">,
  { candidates }: SlotState,
): { readonly left: readonly Candidate[]; readonly purge: Purge } | undefined {
  if (state.purges.length === 0) return undefined;
  const found = candidates.map((one) => purgeOf(state, key, one));
  const purges = found.filter((purge) => purge !== undefined).toSorted(compareStamps);
  const purge = purges.at(-1);
  return purge === undefined ? undefined : { left: candidates.filter((_one, at) => found[at] === undefined), purge };
}
