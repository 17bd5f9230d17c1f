/** When entries were last used, for garbage collection. Kept in memory and written in batches: a read must not cost a write. */

import type { FoundRow, Slot } from "./index/rows.ts";
import type { StoreState } from "./store-state.ts";

/** An entry is marked again after so many minutes at the earliest. */
const granularityMinutes = 10;
/** Marks held at most before they are written. */
const marksMax = 20_000;

export interface UseMarks {
  use(action: Uint8Array, row: FoundRow, minute: number): void;
  /** Writes the marks to the index. */
  flush(): void;
}

interface Mark extends Slot {
  readonly minute: number;
}

export function createUseMarks(state: StoreState): UseMarks {
  const marks = new Map<string, Mark>();

  function flush(): void {
    if (marks.size === 0) return;
    state.db.transaction(() => {
      for (const mark of marks.values()) state.rows.markUsed(mark, mark.minute);
    })();
    marks.clear();
    state.found.clear();
    state.isDirty = true;
  }

  return {
    use(action, row, minute) {
      if (minute - row.used < granularityMinutes) return;
      const copy = Buffer.from(action);
      marks.set(`${copy.toString("latin1")}${row.partition}/${row.scope}`, {
        action: copy,
        partition: row.partition,
        scope: row.scope,
        minute,
      });
      if (marks.size >= marksMax) flush();
    },
    flush,
  };
}
