/**
 * Asks the server for what is not on this machine, stores it in the local tier and answers Go.
 *
 * Lookups that come together travel together; each is answered exactly once, with a hit, or with a miss that is
 * final. Whatever goes wrong on the way is a miss.
 */

import { hitAnswer, missAnswer, rfc3339 } from "../../go/cacheprog/answers.ts";
import type { LocalTier } from "../local/local-tier.ts";
import { createAbsenceSet, readAbsenceSet } from "../protocol/absence.ts";
import { codec, type WireEntry } from "../protocol/entry.ts";
import { protocolErrors } from "../protocol/errors.ts";
import { createFrameReader, decodeEntry, type Frame, frameType } from "../protocol/frame.ts";
import { limits } from "../protocol/limits.ts";
import { type CacheClient, StatusError } from "./client.ts";
import { storeInline, storeStream, withOwnIds } from "./entry-storer.ts";
import { RequestWatch } from "./request-watch.ts";
import { addTo, serverState, type SharedState, sum, word } from "./shared-state.ts";
import { createWaitBudget, type WaitBudget } from "./wait-budget.ts";

/** So many failed requests in a row, and the rest of the run is local. */
const failuresMax = 3;
/** Largest body that is unpacked in memory; a larger one streams through a request of its own. */
const unpackedInMemoryBytes = 64 * 1024 * 1024;

export interface FetcherOptions {
  readonly client: CacheClient;
  readonly tier: LocalTier;
  readonly shared: SharedState;
  /** Writes whole lines to Go. */
  readonly answer: (line: string) => void;
  readonly waitLimitMs: number;
}

export class Fetcher {
  readonly #options: FetcherOptions;
  readonly #budget: WaitBudget;
  /** The ids of Go's requests by action (base64); an action is here until it is answered. */
  readonly #waiting = new Map<string, number[]>();
  readonly #watches = new Set<RequestWatch>();
  #queue: string[] = [];
  #isReady = false;
  #isScheduled = false;
  #failures = 0;

  constructor(options: FetcherOptions) {
    this.#options = options;
    this.#budget = createWaitBudget(options.waitLimitMs, performance.now());
    void this.#learnAbsence();
  }

  /** `action` is base64, as Go sent it. */
  ask(id: number, action: string): void {
    if (this.#isGone()) return this.#options.answer(missAnswer(id));
    const others = this.#waiting.get(action);
    if (others !== undefined) return void others.push(id);
    this.#waiting.set(action, [id]);
    this.#queue.push(action);
    this.#schedule();
  }

  /** To be called often: leaves the server when all patience is spent. */
  tick(nowMs: number): void {
    const { shared } = this.#options;
    this.#budget.tick(nowMs, this.#waiting.size > 0, shared.sums[sum.bytesDown] as number);
    shared.sums[sum.waitedMs] = this.#budget.spentMs;
    if (this.#budget.isSpent && !this.#isGone()) this.#leave();
  }

  #isGone(): boolean {
    return Atomics.load(this.#options.shared.ints, word.server) === serverState.gone;
  }

  #settle(action: string, line: (id: number) => string): void {
    const ids = this.#waiting.get(action);
    this.#waiting.delete(action);
    for (const id of ids ?? []) this.#options.answer(line(id));
  }

  /** From here on everything is local; whoever waits gets a miss. */
  #leave(): void {
    Atomics.store(this.#options.shared.ints, word.server, serverState.gone);
    this.#queue = [];
    for (const action of this.#waiting.keys()) this.#settle(action, missAnswer);
    for (const watch of this.#watches) watch.abort();
  }

  /** What is asked for in one turn of the event loop travels in one request. */
  #schedule(): void {
    if (this.#isScheduled || !this.#isReady) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      const actions = this.#queue.splice(0, limits.lookupActions);
      if (actions.length > 0) void this.#lookUp(actions);
      if (this.#queue.length > 0) this.#schedule();
    });
  }

  /** Runs one request. Its end, good or bad, is the end of the waiting for `actions`. */
  async #attempt(actions: readonly string[], act: (watch: RequestWatch) => Promise<void>): Promise<void> {
    const watch = new RequestWatch();
    this.#watches.add(watch);
    try {
      await act(watch);
      this.#failures = 0;
    } catch (cause) {
      this.#failures++;
      const isRefused = cause instanceof StatusError && cause.status >= 400 && cause.status < 500;
      if (this.#failures >= failuresMax || isRefused) this.#leave();
    } finally {
      watch.stop();
      this.#watches.delete(watch);
      for (const action of actions) this.#settle(action, missAnswer);
    }
  }

  async #learnAbsence(): Promise<void> {
    const { client, shared } = this.#options;
    await this.#attempt([], async (watch) => {
      const bytes = await client.absence(watch.signal);
      const set = bytes === undefined ? createAbsenceSet(0) : readAbsenceSet(bytes);
      if (set.bytes.length <= shared.absence.length) {
        shared.absence.set(set.bytes);
        Atomics.store(shared.ints, word.absenceBytes, set.bytes.length);
        Atomics.compareExchange(shared.ints, word.server, serverState.unknown, serverState.ready);
      }
      for (const action of this.#queue) {
        if (!set.mayHold(Buffer.from(action, "base64"))) this.#settle(action, missAnswer);
      }
      this.#queue = this.#queue.filter((action) => this.#waiting.has(action));
    });
    this.#isReady = true;
    this.#schedule();
  }

  async #lookUp(actions: readonly string[]): Promise<void> {
    await this.#attempt(actions, async (watch) => {
      const ids = Buffer.concat(actions.map((action) => Buffer.from(action, "base64")));
      const large = await this.#takeFrames(await this.#options.client.lookup(ids, watch.signal), watch);
      await Promise.all(large.map((entry) => this.#fetchLarge(entry)));
    });
  }

  /** Answers what an answer holds; returns the entries whose bodies did not come with it. */
  async #takeFrames(response: Response, watch: RequestWatch): Promise<WireEntry[]> {
    const large: WireEntry[] = [];
    const reader = createFrameReader();
    let isEnded = false;
    for await (const chunk of bodyOf(response)) {
      this.#progress(watch, chunk.length);
      reader.feed(chunk, (frame) => {
        isEnded ||= frame.type === frameType.end;
        this.#takeFrame(frame, large);
      });
    }
    if (!isEnded) throw protocolErrors.error("protocol/malformed", "an answer that was cut off");
    return large;
  }

  #progress(watch: RequestWatch, bytes: number): void {
    watch.touch();
    addTo(this.#options.shared, sum.bytesDown, bytes);
  }

  #takeFrame(frame: Frame, large: WireEntry[]): void {
    if (frame.type === frameType.miss) this.#settle(Buffer.from(frame.payload).toString("base64"), missAnswer);
    if (frame.type !== frameType.entry) return;
    const entry = decodeEntry(frame.payload);
    if (!this.#waiting.has(Buffer.from(entry.action).toString("base64"))) return;
    if (entry.codec === codec.absent || entry.sizeBytes > unpackedInMemoryBytes) large.push(withOwnIds(entry));
    else this.#takeInline(entry);
  }

  #takeInline(entry: WireEntry): void {
    try {
      this.#answerHit(entry, storeInline(this.#options.tier, entry));
    } catch {
      this.#options.tier.counts.corrupt++;
      this.#settle(Buffer.from(entry.action).toString("base64"), missAnswer);
    }
  }

  async #fetchLarge(entry: WireEntry): Promise<void> {
    const action = Buffer.from(entry.action).toString("base64");
    await this.#attempt([action], async (watch) => {
      const response = await this.#options.client.output(Buffer.from(entry.output).toString("hex"), watch.signal);
      const onBytes = (count: number): void => this.#progress(watch, count);
      this.#answerHit(entry, await storeStream(this.#options.tier, entry, bodyOf(response), onBytes));
    });
  }

  #answerHit(entry: WireEntry, path: string): void {
    addTo(this.#options.shared, sum.remoteHits, 1);
    addTo(this.#options.shared, sum.savedMs, entry.costMs);
    const output = Buffer.from(entry.output).toString("base64");
    const quoted = JSON.stringify(path);
    const action = Buffer.from(entry.action).toString("base64");
    this.#settle(action, (id) => hitAnswer(id, output, entry.sizeBytes, rfc3339(entry.timeNs), quoted));
  }
}

function bodyOf(response: Response): ReadableStream<Uint8Array> {
  if (response.status !== 200 || response.body === null) throw new StatusError(response.status);
  return response.body;
}
