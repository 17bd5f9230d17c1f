/** Walking over all that the index holds, beside the service: a page at a time, in the order of the keys. */

import type { Slot } from "./index/rows.ts";
import { createSlices } from "./slices.ts";

const pageRows = 200;
const beforeAll: Slot = { action: new Uint8Array(0), partition: 0, scope: 0 };

/** The pages that `read` gives behind `after`. Ends early when the store is closed: who must know asks `isClosed`. */
export async function* slotPages<Row extends Slot>(
  store: { readonly isClosed: boolean },
  read: (after: Slot, limit: number) => readonly Row[],
  after: Slot = beforeAll,
): AsyncGenerator<readonly Row[]> {
  const slices = createSlices();
  for (let from = after; !store.isClosed;) {
    const page = read(from, pageRows);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    from = last;
    await slices.rest();
  }
}
