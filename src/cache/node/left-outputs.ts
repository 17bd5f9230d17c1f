/**
 * Outputs of a fleet that no entry of this index names any more: their bodies may go from the shared store, if they are
 * still not named after a while. Others may just be putting the same body again.
 */

import type { OutputRow } from "./index/rows.ts";
import type { StoreState } from "./store-state.ts";

const schema =
  "CREATE TABLE IF NOT EXISTS left_outputs (output BLOB PRIMARY KEY, left_ms INTEGER NOT NULL) WITHOUT ROWID";

export interface LeftOutputs {
  /** Those left before a time that are not named now, hex. */
  before(timeMs: number, limit: number): string[];
  /** The shared store does not have it any more. */
  gone(output: string): void;
}

/** Inside a transaction. */
export function noteLeft({ isFleet, db, options }: StoreState, rows: readonly OutputRow[]): void {
  if (!isFleet) return;
  const insert = db.query<null, [Uint8Array, number]>("INSERT OR REPLACE INTO left_outputs VALUES (?,?)");
  for (const { output } of rows) insert.run(output, options.clock.nowMs());
}

export function openLeftOutputs({ isFleet, db }: StoreState): LeftOutputs {
  if (isFleet) db.run(schema);
  return {
    before(timeMs, limit) {
      if (!isFleet) return [];
      db.query<null, []>("DELETE FROM left_outputs WHERE output IN (SELECT output FROM outputs)").run();
      return db
        .query<{ output: Uint8Array }, [number, number]>("SELECT output FROM left_outputs WHERE left_ms < ? LIMIT ?")
        .all(timeMs, limit)
        .map(({ output }) => output.toHex());
    },
    gone(output) {
      db.query<null, [Uint8Array]>("DELETE FROM left_outputs WHERE output = ?").run(Buffer.from(output, "hex"));
    },
  };
}
