import type { EntryFilter } from "../protocol/entry-filter.ts";
import type { Candidate } from "../state/slot-state.ts";
import type { Slot } from "./index/rows.ts";
import type { StoreState } from "./store-state.ts";

/** Whether somebody means an entry, or what lies beside one. */
export type EntryTest = (slot: Slot, candidate: Candidate, usedMinute: number) => boolean;

/** A filter as a test: what it does not say is not asked. */
export function createEntryTest(state: StoreState, filter: EntryFilter<number>): EntryTest {
  const scope = filter.scope === undefined ? undefined : state.scopes.find(filter.scope);
  const unusedSince = filter.unusedSinceMs === undefined ? undefined : filter.unusedSinceMs / 60_000;
  const action = filter.action === undefined ? undefined : Buffer.from(filter.action, "hex");
  const fields = Object.entries(filter.provenance ?? {});
  return (slot, one, used) =>
    (action === undefined || action.equals(slot.action)) &&
    (scope === undefined || scope === slot.scope) &&
    (unusedSince === undefined || used < unusedSince) &&
    (filter.kind === undefined || filter.kind === one.kind) &&
    (filter.output === undefined || filter.output === one.output) &&
    (filter.sinceMs === undefined || one.putMs >= filter.sinceMs) &&
    (fields.length === 0 || hasFields(one.provenance, fields));
}

function hasFields(json: string, fields: readonly [string, string][]): boolean {
  const provenance = JSON.parse(json === "" ? "{}" : json) as Record<string, string>;
  return fields.every(([name, value]) => provenance[name] === value);
}
