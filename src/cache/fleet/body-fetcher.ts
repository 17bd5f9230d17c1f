/**
 * Bodies that are in the shared store and not on this node: fetched when somebody asks, once for all who ask, checked
 * and kept. A body that is gone there, or that is not what its id says, takes its entries with it.
 */

import { hasCode } from "../../core/errors.ts";
import type { Logger } from "../../core/logger.ts";
import type { Replica } from "../node/replica.ts";
import { transferMs } from "./body-sharing.ts";
import type { FleetCounts } from "./fleet-counts.ts";
import type { Repair } from "./repair.ts";
import type { SharedStore } from "./shared-store.ts";
import type { Pause } from "./pause.ts";
import { createTurns } from "./turns.ts";

export interface BodyFetcher {
  /** Whether the body is here now. Never rejects: what goes wrong is counted, logged, and a miss. */
  fetch(output: string, sizeBytes: number): Promise<boolean>;
}

export interface FetcherOptions {
  readonly replica: Replica;
  readonly store: SharedStore;
  readonly counts: FleetCounts;
  readonly log: Logger;
  readonly deadlineMs: number;
  /** Of the store; whoever uses it shares it. */
  readonly pause: Pause;
  readonly monotonicMs: () => number;
  readonly onRepair: (repair: Repair) => void;
}

const fetchesMax = 32;
/** Of bodies of this size as many as one lookup may name: most of them lie on the bus, where many are one request. */
const smallBytes = 4096;
const smallFetchesMax = 1024;
/**
 * Removing is for single bodies. Many at once mean that this is not the fleet's store (another bucket or prefix), and
 * that nothing must be removed.
 */
const repairsMax = { count: 200, perMs: 60_000 } as const;

export function createBodyFetcher(options: FetcherOptions): BodyFetcher {
  const turns = createTurns(fetchesMax);
  const smallTurns = createTurns(smallFetchesMax);
  const underWay = new Map<string, Promise<boolean>>();
  const { pause } = options;
  const repair = createRepair(options);

  async function run(output: string, sizeBytes: number): Promise<boolean> {
    if (pause.isOn()) return false;
    try {
      const isHere = await bring(options, output, sizeBytes);
      pause.end();
      if (!isHere) repair(output, "it is not in the shared store");
      return isHere;
    } catch (cause) {
      if (hasCode(cause, "protocol/body-mismatch")) {
        repair(output, "what the shared store sent is not what its id says");
        await options.store.delete(output, options.deadlineMs).catch((failure: unknown) => fail(failure));
        return false;
      }
      if (!hasCode(cause, "node/disk-full")) pause.begin(cause);
      fail(cause);
      return false;
    }
  }

  function fail(cause: unknown): void {
    options.counts.storeErrors += 1;
    options.log.warn("a body could not be fetched from the shared store", { cause });
  }

  return {
    fetch(output, sizeBytes) {
      if (pause.isOn()) return Promise.resolve(false);
      const known = underWay.get(output);
      if (known !== undefined) return known;
      const turn = sizeBytes <= smallBytes ? smallTurns : turns;
      const fetching = turn.take(() => run(output, sizeBytes)).finally(() => underWay.delete(output));
      underWay.set(output, fetching);
      return fetching;
    },
  };
}

async function bring(options: FetcherOptions, output: string, sizeBytes: number): Promise<boolean> {
  const { replica, store, counts, deadlineMs } = options;
  const body = await store.get(output, transferMs(deadlineMs, sizeBytes));
  if (body === undefined) return false;
  await replica.keepBody(output, body.codec, body.bytes);
  counts.fetchedBodies += 1;
  counts.fetchedBytes += body.storedBytes;
  return true;
}

function createRepair({
  replica,
  counts,
  log,
  monotonicMs,
  onRepair,
}: FetcherOptions): (output: string, reason: string) => void {
  let windowStartMs = 0;
  let inWindow = 0;
  return (output, reason) => {
    if (monotonicMs() - windowStartMs > repairsMax.perMs) [windowStartMs, inWindow] = [monotonicMs(), 0];
    inWindow += 1;
    if (inWindow > repairsMax.count) {
      if (inWindow === repairsMax.count + 1) {
        log.error("so many bodies are missing from the shared store that no more entries are removed", { reason });
      }
      return;
    }
    const entries = replica.forgetOutput(output);
    counts.repairs += 1;
    log.warn("entries without a body were removed", { output, entries, reason });
    onRepair({ output, entries, reason });
  };
}
