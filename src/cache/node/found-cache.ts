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
  const views = new Map<string, Map<string, FoundRow>>();
  let count = 0;

  function clear(): void {
    views.clear();
    count = 0;
  }

  return {
    get: (view, action) => (count === 0 ? undefined : views.get(view.readKey)?.get(action.toHex())),
    set(view, action, row) {
      if (count >= rowsMax) clear();
      let rows = views.get(view.readKey);
      if (rows === undefined) views.set(view.readKey, (rows = new Map<string, FoundRow>()));
      rows.set(action.toHex(), row);
      count += 1;
    },
    clear() {
      if (count > 0) clear();
    },
  };
}
