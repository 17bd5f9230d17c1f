/**
 * The main thread's end of the way to the server: what is certainly absent is answered here, everything else is
 * handed to a thread. The threads start when they are first needed; a run that finds all it needs starts none.
 */

import { readAbsenceSet, type AbsenceSet } from "../protocol/absence.ts";
import type { FetchMessage } from "./fetch-worker.ts";
import type { HelperOptions } from "./options.ts";
import { createSharedState, serverState, sum, word } from "./shared-state.ts";
import type { UploadMessage } from "./upload-worker.ts";
import type { Offer } from "./uploader.ts";
import { createWaitBudget } from "./wait-budget.ts";

export interface RemoteLink {
  /** Whether a thread will answer; if not, the action is a miss and the caller says so. */
  ask(id: number, action: string, actionBytes: Uint8Array): boolean;
  offer(offer: Offer): void;
  /** Waits for uploads within the run's budget, blocking this thread. */
  finish(): void;
  /** One of `sum`. */
  total(index: number): number;
}

const drainStepMs = 20;

export function createRemoteLink(options: HelperOptions): RemoteLink {
  const shared = createSharedState();
  let fetching: Worker | undefined;
  let uploading: Worker | undefined;
  let absence: AbsenceSet | undefined;

  const opening = { options, buffers: shared.buffers };

  function isAbsent(action: Uint8Array): boolean {
    if (Atomics.load(shared.ints, word.server) !== serverState.ready) return false;
    absence ??= readAbsenceSet(shared.absence.subarray(0, shared.ints[word.absenceBytes]));
    return !absence.mayHold(action);
  }

  return {
    ask(id, action, actionBytes) {
      if (Atomics.load(shared.ints, word.server) === serverState.gone || isAbsent(actionBytes)) return false;
      fetching ??= startWorker("fetch-worker", opening satisfies FetchMessage);
      fetching.postMessage({ id, action } satisfies FetchMessage);
      return true;
    },
    offer(offer) {
      if (options.mode === "read-only") return;
      uploading ??= startWorker("upload-worker", opening satisfies UploadMessage);
      uploading.postMessage({ offer } satisfies UploadMessage);
    },
    finish() {
      if (uploading === undefined) return;
      uploading.postMessage({ drain: true } satisfies UploadMessage);
      const spentMs = shared.sums[sum.waitedMs] as number;
      const budget = createWaitBudget(options.waitLimitMs, performance.now(), spentMs);
      const isDrained = (): boolean => Atomics.load(shared.ints, word.isDrained) === 1;
      while (!isDrained() && !budget.isSpent) {
        budget.tick(performance.now(), true, shared.sums[sum.bytesUp] as number);
        Atomics.wait(shared.ints, word.isDrained, 0, drainStepMs);
      }
      shared.sums[sum.waitedMs] = budget.spentMs;
    },
    total: (index) => shared.sums[index] as number,
  };
}

/** In the executable a thread's file has an address of its own; under `bun run` it lies beside this one. */
function startWorker(name: "fetch-worker" | "upload-worker", opening: object): Worker {
  const isCompiled = Bun.main.startsWith("/$bunfs/");
  const address = isCompiled ? `./src/cache/helper/${name}.ts` : new URL(`./${name}.ts`, import.meta.url).href;
  const worker = new Worker(address);
  worker.postMessage(opening);
  return worker;
}
