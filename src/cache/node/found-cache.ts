/**
 * Entries that were found lately. Many runners of one job ask for the same thousands of actions at the same time:
 * 64 of them would hold 128,000 rows, all told from the same 2,000.
 */

import type { FoundRow } from "./index/rows.ts";
import type { View } from "./view.ts";

/** About 20 MB. */
const rowsMax = 40_000;

export interface FoundCache {
  get(view: View, action: Uint8Array): FoundRow | undefined;
  set(view: View, action: Uint8Array, row: FoundRow): void;
  /** After every change of entries or outputs: which rows it concerns is not worth knowing. */
  clear(): void;
}

export function createFoundCache(): FoundCache {
  const rows = new Map<string, FoundRow>();
  return {
    get: (view, action) => (rows.size === 0 ? undefined : rows.get(keyOf(view, action))),
    set(view, action, row) {
      if (rows.size >= rowsMax) rows.clear();
      rows.set(keyOf(view, action), row);
    },
    clear() {
      if (rows.size > 0) rows.clear();
    },
  };
}

function keyOf(view: View, action: Uint8Array): string {
  return view.readKey + Buffer.from(action.buffer, action.byteOffset, action.length).toString("latin1");
}
