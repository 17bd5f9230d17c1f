/** What a node does for itself, beside its service: syncing, checking, tidying. */

import type { AbsenceSets } from "./absence-sets.ts";
import { checkSuspects, moveHorizon } from "./horizon.ts";
import { damageOf } from "./index-damage.ts";
import type { StoreState } from "./store-state.ts";
import type { UseMarks } from "./use-marks.ts";

/** Time between two rounds. A power loss costs at most what came in such a time. */
const roundMs = 2000;
/** Marks of use are written every so many rounds. */
const marksRounds = 30;

export interface Maintenance {
  start(): void;
  /** Waits for the round that is under way, then writes what is left to write. */
  end(): Promise<void>;
}

export function createMaintenance(state: StoreState, marks: UseMarks, _absence: AbsenceSets): Maintenance {
  const stopped = new AbortController();
  let running: Promise<void> = Promise.resolve();

  async function run(): Promise<void> {
    await checkSuspects(state);
    for (let round = 1; !stopped.signal.aborted; round++) {
      if (!(await slept(state, stopped.signal))) return;
      await moveHorizon(state);
      if (round % marksRounds === 0) marks.flush();
    }
  }

  return {
    start() {
      if (!state.options.maintains) return;
      running = run().catch((cause: unknown) => {
        state.options.log.error("maintenance failed and has ended", { cause: damageOf(state, cause) });
      });
    },
    async end() {
      stopped.abort();
      await running;
      if (state.damage !== undefined) return;
      marks.flush();
      await moveHorizon(state);
    },
  };
}

/** False when the wait was ended. */
async function slept(state: StoreState, signal: AbortSignal): Promise<boolean> {
  try {
    await state.options.clock.sleep(roundMs, signal);
    return true;
  } catch {
    // A sleep fails for one reason only: the signal.
    return false;
  }
}
