/** The statements on the index, prepared once. Nothing here decides anything. */

import type { Database } from "bun:sqlite";
import { type EntryRows, prepareEntryRows } from "./entry-rows.ts";
import { type OutputRows, prepareOutputRows } from "./output-rows.ts";
import { prepareSlotRows, type SlotRows } from "./slot-rows.ts";

export type { EntryDetailRow, FoundRow, HitRow, Slot } from "./entry-rows.ts";
export { remoteSegment, type Settling, settling } from "./output-rows.ts";
export type { OutputRow, OutputWithUse, StoredForm } from "./output-rows.ts";
export type { CandidateRow } from "./slot-rows.ts";

export interface Rows extends EntryRows, OutputRows, SlotRows {
  meta(key: string): number | string | undefined;
  setMeta(key: string, value: number | string): void;
}

export function prepareRows(db: Database): Rows {
  const meta = db.query<{ value: number | string }, [string]>("SELECT value FROM meta WHERE key = ?");
  const setMeta = db.query<null, [string, number | string]>("INSERT OR REPLACE INTO meta VALUES (?, ?)");
  return {
    ...prepareEntryRows(db),
    ...prepareOutputRows(db),
    ...prepareSlotRows(db),
    meta: (key) => meta.get(key)?.value,
    setMeta: (key, value) => {
      setMeta.run(key, value);
    },
  };
}
