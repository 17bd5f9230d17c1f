import { createSlices } from "./slices.ts";
import type { StoreState } from "./store-state.ts";

/** Removes files of single bodies that the index does not know: their put was never finished. Only after an unclean end. */
export async function removeOrphans(state: StoreState): Promise<void> {
  if (!state.wasUnclean) return;
  const slices = createSlices();
  let removed = 0;
  for (const file of state.bodies.ownFiles()) {
    const row = state.rows.output(file.output);
    const isKnown = row !== null && row.segment === 0 && row.codec === file.codec;
    if (!isKnown) file.remove();
    removed += isKnown ? 0 : 1;
    await slices.rest();
    if (state.isClosed) return;
  }
  if (removed > 0) state.options.log.info("files without an entry were removed", { files: removed });
}
