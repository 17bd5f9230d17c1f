/** Entries as people and programs see them. */

import type { EntryFilter } from "../protocol/entry-filter.ts";
import { createEntryTest } from "./entry-test.ts";
import type { EntryDetailRow, Slot } from "./index/rows.ts";
import { candidateOf } from "./slot-states.ts";
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
  const isMeant = createEntryTest(state, query);
  const found: ListedEntry[] = [];
  if (query.limit <= 0) return found;
  for await (const page of slotPages(state, state.rows.entriesAfter, parseCursor(query.after))) {
    for (const row of page) {
      if (found.length >= query.limit) break;
      if (isMeant(row, candidateOf(state, row), row.used)) found.push(describe(state, row));
    }
    if (found.length >= query.limit) break;
  }
  return found;
}

function describe(state: StoreState, row: EntryDetailRow): ListedEntry {
  return {
    action: row.action.toHex(),
    output: row.outputHash.toHex(),
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
    cursor: `${row.action.toHex()}.${row.partition}.${row.scope}`,
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
