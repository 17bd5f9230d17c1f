import type { AbsenceSets } from "./absence-sets.ts";
import { chooseSegment, compactSegment, settleOwnFile } from "./compaction.ts";
import { type Evicted, evictOld, evictOutputs } from "./eviction.ts";
import type { GcReport } from "./store.ts";
import type { StoreState } from "./store-state.ts";
import type { UseMarks } from "./use-marks.ts";

/** The steps of garbage collection, put together. None of them may run beside another. */
export interface Collector {
  /** Evicts what is too old or too much; compacts nothing. */
  collect(): Promise<Evicted>;
  /** Compacts one segment or compresses one file; false when nothing is worth it. */
  tidyOnce(): Promise<boolean>;
  /** All of it, until nothing is left to do. `removed` entries were removed before. */
  collectFully(removed: number): Promise<GcReport>;
}

export function createCollector(state: StoreState, marks: UseMarks, absence: AbsenceSets): Collector {
  async function collect(): Promise<Evicted> {
    marks.flush();
    const old = await evictOld(state);
    const evicted = await evictOutputs(state);
    if (old + evicted.entries > 0) absence.clear();
    return { ...evicted, entries: old + evicted.entries };
  }

  async function tidyOnce(): Promise<boolean> {
    const segment = chooseSegment(state);
    if (segment === undefined) return settleOwnFile(state);
    return compactSegment(state, segment);
  }

  return {
    collect,
    tidyOnce,
    async collectFully(removed) {
      if (removed > 0) absence.clear();
      const evicted = await collect();
      state.rows.makeDue(Number.MAX_SAFE_INTEGER);
      state.bodies.seal();
      // Puts go on meanwhile and leave new work behind: only what is there now is done.
      for (let left = countWork(state); left > 0 && !state.isClosed; left--) {
        if (!(await tidyOnce())) break;
      }
      const report = { ...evicted, entries: evicted.entries + removed, fileBytes: state.bodies.fileBytes() };
      state.options.log.info("garbage was collected", { ...report });
      return report;
    },
  };
}

/** The most steps that tidying everything can take. */
function countWork(state: StoreState): number {
  return state.bodies.sealed().length + state.rows.unsettledOwnFiles();
}
