/** What a node does for itself, beside its service: syncing, checking, tidying. One thing at a time. */

import type { AbsenceSets } from "./absence-sets.ts";
import { type Collector, createCollector } from "./collection.ts";
import { hasUnsettledActive } from "./compaction.ts";
import { isOverLimit } from "./eviction.ts";
import { checkSuspects, moveHorizon } from "./horizon.ts";
import { damageOf } from "./index-damage.ts";
import { removeOrphans } from "./orphans.ts";
import type { PurgeRequest } from "./purges.ts";
import { createScrub } from "./scrub.ts";
import type { GcReport } from "./store.ts";
import type { StoreState } from "./store-state.ts";
import { purgeNow, sweepAll } from "./sweep.ts";
import type { UseMarks } from "./use-marks.ts";

/** Time between two rounds. A power loss costs at most what came in such a time. */
const roundMs = 2000;
/** Marks of use are written every so many rounds, and the log of writes is cut. */
const marksRounds = 30;
/** Ages are looked at every so many rounds: an hour. */
const ageRounds = 1800;
/** Tidying waits for quiet rounds, but not longer than so many. */
const busyRoundsMax = 60;

export interface Maintenance {
  start(): void;
  gc(): Promise<GcReport>;
  purge(request: PurgeRequest): Promise<GcReport>;
  /** Runs `work` while nothing is tidied, removed or compacted. */
  alone<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Waits for the round that is under way, then writes what is left to write. */
  end(): Promise<void>;
}

export function createMaintenance(state: StoreState, marks: UseMarks, absence: AbsenceSets): Maintenance {
  const stopped = new AbortController();
  const scrub = createScrub(state);
  const collector = createCollector(state, marks, absence);
  let running: Promise<unknown> = Promise.resolve();
  const isTimeToTidy = createQuietness(state);

  /** Runs after everything that was begun before. */
  function exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = running.then(work);
    running = result.catch(() => undefined);
    return result;
  }

  async function oneRound(round: number): Promise<void> {
    if (state.isClosed || state.damage !== undefined) return;
    await moveHorizon(state);
    if (round % marksRounds === 0) marks.flush();
    const isTime = isTimeToTidy();
    await tidy(state, collector, round, isTime);
    await scrub.step(roundMs);
    if (isTime && !state.isClosed) state.db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  async function run(): Promise<void> {
    await attempt("checking after an unclean end", () => checkSuspects(state));
    await attempt("removing files without an entry", () => removeOrphans(state));
    for (let round = 1; await slept(state, stopped.signal); round++) {
      await attempt("maintenance", () => oneRound(round));
    }
  }

  /** A failure is logged and the next round tries again: a full disk or a lost file must not end all tidying. */
  async function attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await exclusively(work);
    } catch (cause) {
      state.options.log.error("maintenance failed", { what, cause: damageOf(state, cause) });
    }
  }

  const sweep = (): void => {
    void attempt("applying a purge", async () => {
      if ((await sweepAll(state)) > 0) absence.clear();
      state.scopeTrust.recompute();
    });
  };
  state.onPurge.push(sweep);
  let rounds: Promise<void> = Promise.resolve();
  return {
    start() {
      if (state.unswept.size > 0) sweep();
      if (state.options.maintains) rounds = run();
    },
    alone: exclusively,
    gc: () => exclusively(() => collector.collectFully(0)),
    purge: (request) => exclusively(async () => collector.collectFully(await purgeNow(state, request))),
    async end() {
      stopped.abort();
      await rounds;
      await running;
      if (state.damage !== undefined) return;
      // On a full disk the marks are lost, and the next start checks more than it need.
      await attempt("writing the last marks", async () => {
        marks.flush();
        await moveHorizon(state);
      });
    },
  };
}

async function tidy(state: StoreState, collector: Collector, round: number, isTime: boolean): Promise<void> {
  const isFull = isOverLimit(state);
  if (isFull || round % ageRounds === 0) await collector.collect();
  if (round % ageRounds === 0) state.removals.trim();
  if (round % ageRounds === 0) state.rows.makeDue(state.options.clock.nowMs() - roundMs * ageRounds);
  if (isFull || (isTime && hasUnsettledActive(state))) state.bodies.seal();
  if (isFull || isTime) await collector.tidyOnce();
}

/** Whether this is a round for work that can wait: one without requests, or else now and then. */
function createQuietness(state: StoreState): () => boolean {
  let activity = 0;
  let busyRounds = 0;
  return () => {
    const { hits, misses, stored, known } = state.counts;
    const sum = hits + misses + stored + known;
    busyRounds = sum === activity ? 0 : busyRounds + 1;
    activity = sum;
    return busyRounds % busyRoundsMax === 0;
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
