/** Entries as people and programs see them. */

import type { EntryFilter } from "../protocol/entry-filter.ts";
import type { EntryDetailRow, Slot } from "./index/rows.ts";
import { slotPages } from "./slot-pages.ts";
import type { StoreState } from "./store-state.ts";

/** An entry with all that is known of it. Ids are hex, times milliseconds since 1970. */
export interface ListedEntry {
  readonly action: string;
  readonly output: string;
  readonly kind: number;
  readonly sizeBytes: number;
  readonly storedBytes: number;
  readonly scope: string;
  readonly timeMs: number;
  readonly putMs: number;
  readonly usedMs: number;
  readonly costMs: number;
  readonly provenance: Readonly<Record<string, string>>;
  readonly version: number;
  /** Where to go on after this entry. */
  readonly cursor: string;
}

export interface ListQuery extends EntryFilter<number> {
  readonly limit: number;
  /** The cursor of the last entry of the page before. */
  readonly after?: string;
}

/** A page of entries in the order of their keys. */
export async function listEntries(state: StoreState, query: ListQuery): Promise<ListedEntry[]> {
  const matches = createMatcher(state, query);
  const found: ListedEntry[] = [];
  if (query.limit <= 0) return found;
  for await (const page of slotPages(state, state.rows.entriesAfter, parseCursor(query.after))) {
    for (const row of page) {
      if (found.length < query.limit && matches(row)) found.push(describe(state, row));
    }
    if (found.length >= query.limit) break;
  }
  return found;
}

/** A test for entries of the index. */
function createMatcher(state: StoreState, filter: EntryFilter<number>): (row: EntryDetailRow) => boolean {
  const scope = filter.scope === undefined ? undefined : state.scopes.find(filter.scope);
  const unusedSince = filter.unusedSinceMs === undefined ? undefined : filter.unusedSinceMs / 60_000;
  const fields = Object.entries(filter.provenance ?? {});
  return (row) =>
    (filter.kind === undefined || row.kind === filter.kind) &&
    (scope === undefined || row.scope === scope) &&
    (unusedSince === undefined || row.used < unusedSince) &&
    (filter.sinceMs === undefined || row.put_ms >= filter.sinceMs) &&
    (filter.action === undefined || hex(row.action) === filter.action) &&
    (filter.output === undefined || hex(row.outputHash) === filter.output) &&
    (fields.length === 0 || hasFields(provenanceOf(state, row), fields));
}

function hasFields(provenance: Readonly<Record<string, string>>, fields: readonly [string, string][]): boolean {
  return fields.every(([name, value]) => provenance[name] === value);
}

function describe(state: StoreState, row: EntryDetailRow): ListedEntry {
  return {
    action: hex(row.action),
    output: hex(row.outputHash),
    kind: row.kind,
    sizeBytes: row.sizeBytes,
    storedBytes: row.storedBytes,
    scope: state.scopes.text(row.scope),
    timeMs: row.time_s * 1000 + Math.floor(row.time_ns / 1e6),
    putMs: row.put_ms,
    usedMs: row.used * 60_000,
    costMs: row.cost_ms,
    provenance: provenanceOf(state, row),
    version: row.version,
    cursor: `${hex(row.action)}.${row.partition}.${row.scope}`,
  };
}

function provenanceOf(state: StoreState, row: EntryDetailRow): Readonly<Record<string, string>> {
  const json = state.provenances.text(row.provenance);
  return json === "" ? {} : (JSON.parse(json) as Record<string, string>);
}

/** The beginning for a cursor that is absent or was not made by us. */
function parseCursor(text: string | undefined): Slot {
  const match = /^([0-9a-f]{64})\.(\d{1,9})\.(\d{1,9})$/.exec(text ?? "");
  if (match === null) return { action: new Uint8Array(0), partition: 0, scope: 0 };
  return { action: Buffer.from(match[1] as string, "hex"), partition: Number(match[2]), scope: Number(match[3]) };
}

function hex(id: Uint8Array): string {
  return Buffer.from(id.buffer, id.byteOffset, id.length).toString("hex");
}
