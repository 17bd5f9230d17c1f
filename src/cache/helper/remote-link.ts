/**
 * The main thread's end of the way to the server: what has come and what is certainly absent is answered here,
 * everything else is handed to a thread. The threads start when they are first needed; a run that finds all it needs
 * starts none.
 */

import { openSharedToolHashes } from "../../go/shared-tool-hashes.ts";
import { helpHashing } from "../../go/toolchain.ts";
import { type AbsenceSet, readAbsenceSet } from "../protocol/absence.ts";
import type { RunGain } from "../protocol/run.ts";
import { arrival, type ArrivedEntry, ArrivalTable } from "./arrival-table.ts";
import type { FetchMessage } from "./fetch-worker.ts";
import type { LinkedProgram } from "./linked-programs.ts";
import type { HelperOptions } from "./options.ts";
import { createSharedState, leaving, serverState, settleLimitMs, type SharedState, sum, word } from "./shared-state.ts";
import type { UploadMessage } from "./upload-worker.ts";
import type { Offer } from "./uploader.ts";
import { createWaitBudget } from "./wait-budget.ts";
import { startWorker } from "./worker-address.ts";

const stepMs = 20;
/** How long the manifest may take when nothing else has to be waited for. Go is gone by then. */
const keepLimitMs = 2000;
/** What may be waited for at the end of a run whose uploads outlive it. */
const detachedLimitMs = 50;
/** How long writing down what was not sent may take; the thread may be in the middle of compressing a body. */
const handOverLimitMs = 500;

export class RemoteLink {
  readonly #options: HelperOptions;
  readonly #shared: SharedState = createSharedState();
  readonly #arrivals = new ArrivalTable(this.#shared.buffers.arrivals);
  #fetching: Worker | undefined;
  #uploading: Worker | undefined;
  #absence: AbsenceSet | undefined;

  constructor(options: HelperOptions) {
    this.#options = options;
  }

  /**
   * Opens the run now rather than at the first miss, and works on what that needs while the thread starts: for a
   * runner that has nothing, no lookup can be answered before.
   */
  beginEarly(): void {
    const { server, connectsEarly, goroot, toolFolder } = this.#options;
    if (server !== undefined && connectsEarly) fetch.preconnect(server);
    this.#begin();
    helpHashing(goroot, toolFolder, openSharedToolHashes(this.#shared.buffers.toolHashes));
  }

  #begin(): void {
    this.#fetching ??= this.#start("fetch-worker");
  }

  /** An entry that the run's stream has brought. */
  arrived(action: Uint8Array): ArrivedEntry | undefined {
    if (this.#arrivals.isEmpty) return undefined;
    const entry = this.#arrivals.find(action);
    if (entry < 0 || this.#arrivals.state(entry) !== arrival.arrived) return undefined;
    return this.#arrivals.read(entry);
  }

  /** Whether a thread will answer; if not, the action is a miss and the caller says so. */
  ask(id: number, action: string, actionBytes: Uint8Array): boolean {
    if (this.#isGone || this.#isAbsent(actionBytes)) return false;
    this.#begin();
    this.#fetching?.postMessage({ id, action } satisfies FetchMessage);
    return true;
  }

  offer(offer: Offer): void {
    if (this.#options.mode === "read-only") return;
    this.#uploading ??= this.#start("upload-worker");
    this.#uploading.postMessage({ offer } satisfies UploadMessage);
  }

  /** Programs to be sent behind the run. */
  keepPrograms(programs: readonly LinkedProgram[]): void {
    if (this.#options.mode === "read-only" || programs.length === 0) return;
    this.#uploading ??= this.#start("upload-worker");
    this.#uploading.postMessage({ programs } satisfies UploadMessage);
  }

  /**
   * Sends the manifest, and waits until what came is written down and, within the run's budget, for uploads. Whoever
   * removes the folder once go has ended must not meet a writer there.
   */
  finish(used: Uint8Array, gain: RunGain): void {
    const isWriting = this.#options.mode === "read-write" && used.length > 0 && this.#isTelling;
    this.#fetching?.postMessage({ end: true, gain, ...(isWriting ? { used } : {}) } satisfies FetchMessage);
    if (this.#uploading !== undefined) this.#drain(this.#uploading);
    if (this.#fetching !== undefined) this.#await(word.isWritten, settleLimitMs);
  }

  /** No thread writes to Go's pipe from here on. */
  detach(): void {
    Atomics.store(this.#shared.ints, word.server, serverState.gone);
  }

  /** Waits until the manifest is with the server; nobody waits for this process any more. */
  awaitKept(): void {
    if (this.#fetching === undefined) return;
    this.#await(word.isKept, keepLimitMs);
  }

  /** Blocks until a thread has set the word to 1, or until the end of the time. */
  #await(index: number, limitMs: number): void {
    const { ints } = this.#shared;
    const endMs = performance.now() + limitMs;
    while (Atomics.load(ints, index) !== 1 && performance.now() < endMs) Atomics.wait(ints, index, 0, stepMs);
  }

  /** One of `sum`. */
  total(index: number): number {
    return this.#shared.sums[index] as number;
  }

  /** Whether the rest of the run is local because the server failed, refused or took too long. */
  get isLost(): boolean {
    return this.#isGone && !this.isAside;
  }

  /** Whether the server told this run to do without it. */
  get isAside(): boolean {
    return Atomics.load(this.#shared.ints, word.leaving) === leaving.aside;
  }

  /** A run whose patience was spent has the most to tell: the job may be better off without the server. */
  get #isTelling(): boolean {
    return !this.#isGone || Atomics.load(this.#shared.ints, word.leaving) === leaving.spent;
  }

  get #isGone(): boolean {
    return Atomics.load(this.#shared.ints, word.server) === serverState.gone;
  }

  #isAbsent(action: Uint8Array): boolean {
    if (Atomics.load(this.#shared.ints, word.server) !== serverState.ready) return false;
    this.#absence ??= readAbsenceSet(this.#shared.absence.subarray(0, this.#shared.ints[word.absenceBytes]));
    return !this.#absence.mayHold(action);
  }

  /**
   * Waits for the uploads within the budget; what is left then is kept for the agent. A server that did not answer
   * lookups is not waited for once more.
   */
  #drain(uploading: Worker): void {
    const { ints, sums } = this.#shared;
    const isDrained = (): boolean => Atomics.load(ints, word.isDrained) === 1;
    const isBrief = this.#options.detachesUploads || this.#isGone;
    const limitMs = isBrief ? detachedLimitMs : this.#options.waitLimitMs;
    const budget = createWaitBudget(limitMs, performance.now(), sums[sum.waitedMs]);
    uploading.postMessage({ drain: true } satisfies UploadMessage);
    while (!isDrained() && !budget.isSpent) {
      budget.tick(performance.now(), true, isBrief ? 0 : (sums[sum.bytesUp] as number));
      Atomics.wait(ints, word.isDrained, 0, stepMs);
    }
    sums[sum.waitedMs] = budget.spentMs;
    if (!isDrained()) uploading.postMessage({ handOver: true } satisfies UploadMessage);
    this.#await(word.isDrained, handOverLimitMs);
  }

  #start(name: "fetch-worker" | "upload-worker"): Worker {
    const worker = startWorker(name);
    const opening = { options: this.#options, buffers: this.#shared.buffers };
    worker.postMessage(opening satisfies FetchMessage & UploadMessage);
    return worker;
  }
}
