/**
 * Asks the server for what is not on this machine, stores it in the local tier and answers Go.
 *
 * A run's stream brings what the job will need. A lookup of what is announced waits for it; of what is certainly absent
 * is a miss; others that come together travel together. Each is answered once; whatever goes wrong is a final miss.
 */

import { missAnswer } from "../../go/cacheprog/answers.ts";
import { ZstdDecoder } from "../../core/zstd-decoder.ts";
import { outputPath } from "../../go/gocache/entry-file.ts";
import type { LocalTier } from "../local/local-tier.ts";
import type { AbsenceSet } from "../protocol/absence.ts";
import type { WireEntry } from "../protocol/entry.ts";
import { limits } from "../protocol/limits.ts";
import type { Announcement, RunJob, RunReply } from "../protocol/run.ts";
import { arrival, ArrivalTable } from "./arrival-table.ts";
import { bodyOf, type CacheClient, StatusError } from "./client.ts";
import { storeStream } from "./entry-storer.ts";
import { lookUp } from "./lookup-request.ts";
import { PendingGets } from "./pending-gets.ts";
import { RequestWatch } from "./request-watch.ts";
import { RunStream } from "./run-stream.ts";
import { addTo, leaving, serverState, type SharedState, sum, word } from "./shared-state.ts";
import { isWorthWaiting, StreamPace } from "./stream-pace.ts";
import type { UnpackPool } from "./unpack-pool.ts";
import { createWaitBudget, type WaitBudget } from "./wait-budget.ts";

/** So many failed requests in a row, and the rest of the run is local. */
const failuresMax = 3;
/** Pieces of the stream that may wait for the unpacking threads: what keeps the helper's memory bounded. */
const piecesMax = 4;

export interface FetcherOptions {
  readonly client: CacheClient;
  readonly tier: LocalTier;
  readonly shared: SharedState;
  readonly answer: (line: string) => void;
  readonly waitLimitMs: number;
  readonly job: RunJob;
  /** The folder in Go's format, where what was unpacked lies. */
  readonly folder: string;
  readonly goFolder: string;
  /** Starts the unpacking threads; they call back after each piece. */
  readonly startPool: (onDone: () => void) => UnpackPool;
}

export class Fetcher {
  readonly #options: FetcherOptions;
  readonly #budget: WaitBudget;
  readonly #waiting: PendingGets;
  readonly #watches = new Set<RequestWatch>();
  readonly #arrivals: ArrivalTable;
  readonly #pace = new StreamPace();
  readonly #decoder = new ZstdDecoder();
  #pool: UnpackPool | undefined;
  #absence: AbsenceSet | undefined;
  #manifest = "";
  #queue: string[] = [];
  #isStreaming = false;
  #isScheduled = false;
  #failures = 0;

  constructor(options: FetcherOptions) {
    this.#options = options;
    this.#waiting = new PendingGets(options.answer, options.goFolder);
    this.#arrivals = new ArrivalTable(options.shared.buffers.arrivals);
    this.#budget = createWaitBudget(options.waitLimitMs, performance.now());
    void this.#openRun();
  }

  /** `setDigest` of the manifest that this run's stream was made from. */
  get manifest(): string {
    return this.#manifest;
  }

  /** `action` is base64, as Go sent it. */
  ask(id: number, action: string): void {
    if (this.#isGone()) return this.#options.answer(missAnswer(id));
    if (!this.#waiting.add(id, action)) return;
    if (this.#absence !== undefined) this.#route(action, this.#absence);
  }

  /** Has what was unpacked written down. */
  flush(): void {
    this.#options.tier.flush();
    if (this.#pool?.isIdle === true) this.#pool.flush();
  }

  /** Resolves when what has come is written down, or at the end of the time. */
  async settle(limitMs: number): Promise<void> {
    this.#options.tier.flush();
    await this.#pool?.settle(limitMs);
  }

  /** To be called often: leaves the server when all patience is spent. */
  tick(nowMs: number): void {
    const { shared } = this.#options;
    this.#budget.tick(nowMs, this.#waiting.size > 0, shared.sums[sum.bytesDown] as number);
    shared.sums[sum.waitedMs] = this.#budget.spentMs;
    if (this.#budget.isSpent && !this.#isGone()) this.leave(leaving.spent);
  }

  #isGone(): boolean {
    return Atomics.load(this.#options.shared.ints, word.server) === serverState.gone;
  }

  /** From here on everything is local; whoever waits gets a miss. @param reason one of `leaving` */
  leave(reason: number = leaving.none): void {
    if (reason !== leaving.none) Atomics.store(this.#options.shared.ints, word.leaving, reason);
    Atomics.store(this.#options.shared.ints, word.server, serverState.gone);
    this.#queue = [];
    this.#waiting.missAll();
    for (const watch of this.#watches) watch.abort();
  }

  /** Where an action's answer will come from. */
  #route(action: string, absence: AbsenceSet): void {
    const bytes = Buffer.from(action, "base64");
    const entry = this.#arrivals.find(bytes);
    if (entry >= 0 && this.#isComing(entry, action)) return;
    if (!absence.mayHold(bytes)) return this.#waiting.miss(action);
    this.#queue.push(action);
    this.#schedule();
  }

  /** Whether more of what was announced may still come. */
  get #isExpecting(): boolean {
    return this.#isStreaming || this.#pool?.isIdle === false;
  }

  /** Whether an announced entry has come or is worth waiting for. */
  #isComing(entry: number, action: string): boolean {
    const state = this.#arrivals.state(entry);
    if (state === arrival.arrived) this.#answerArrived(entry, action);
    if (state !== arrival.pending) return state === arrival.arrived;
    if (!this.#isExpecting) return false;
    const { costMs, streamEnd } = this.#arrivals.readAnnounced(entry);
    if (!isWorthWaiting(costMs, this.#pace.msUntil(streamEnd))) this.#waiting.miss(action);
    return true;
  }

  /** What is asked for in one turn of the event loop travels in one request. */
  #schedule(): void {
    if (this.#isScheduled) return;
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
      if (this.#failures >= failuresMax || isRefused) this.leave();
    } finally {
      watch.stop();
      this.#watches.delete(watch);
      for (const action of actions) this.#waiting.miss(action);
    }
  }

  async #openRun(): Promise<void> {
    const { client, job, tier } = this.#options;
    const stream = new RunStream({
      onOpen: (reply, absence, announced) => this.#open(reply, absence, announced),
      memory: (sizeBytes) => this.#pool?.memory(sizeBytes) ?? new ArrayBuffer(sizeBytes),
      onPiece: (piece, lengthBytes) => {
        this.#pace.received(lengthBytes);
        this.#pool?.give(piece, lengthBytes);
      },
    });
    await this.#attempt([], async (watch) => {
      const opening = client.openRun(job, tier.heldSet(), watch.signal);
      // They take some 20 ms to start, and the processors have nothing else to do.
      this.#pool = this.#options.startPool(() => this.#onUnpacked());
      const response = await opening;
      for await (const chunk of bodyOf(response)) {
        this.#progress(watch, chunk.length);
        stream.feed(chunk);
        while ((this.#pool?.pending ?? 0) > piecesMax) await Bun.sleep(1);
        watch.touch();
      }
      stream.end();
    });
    this.#isStreaming = false;
    if (!this.#isExpecting) this.#afterStream();
  }

  /** The stream's beginning: from here on it is known where each answer will come from. */
  #open(reply: RunReply, absence: AbsenceSet, announced: readonly Announcement[]): void {
    if (reply.verdict === "step-aside") return this.leave(leaving.aside);
    this.#manifest = reply.manifest;
    let streamEnd = 0;
    for (const { action, costMs, wireBytes } of announced) {
      this.#arrivals.announce(action, costMs, (streamEnd += wireBytes));
      addTo(this.#options.shared, sum.offeredMs, costMs);
    }
    this.#isStreaming = announced.length > 0;
    if (!this.#isStreaming) this.#endPool();
    this.#publish(absence);
    for (const action of this.#waiting.actions()) this.#route(action, absence);
  }

  /** Nothing will come: the threads give their memory back. */
  #endPool(): void {
    this.#pool?.end();
    this.#pool = undefined;
  }

  /** Tells the main thread what it need not ask for. */
  #publish(absence: AbsenceSet): void {
    const { shared } = this.#options;
    this.#absence = absence;
    if (absence.bytes.length > shared.absence.length) return;
    shared.absence.set(absence.bytes);
    Atomics.store(shared.ints, word.absenceBytes, absence.bytes.length);
    Atomics.compareExchange(shared.ints, word.server, serverState.unknown, serverState.ready);
  }

  #onUnpacked(): void {
    for (const action of this.#waiting.actions()) {
      const entry = this.#arrivals.find(Buffer.from(action, "base64"));
      if (entry < 0) continue;
      const state = this.#arrivals.state(entry);
      if (state === arrival.arrived) this.#answerArrived(entry, action);
      else if (state === arrival.failed && this.#absence !== undefined) this.#route(action, this.#absence);
    }
    if (!this.#isExpecting) this.#afterStream();
  }

  /** All that was announced has come or never will: whoever still waits for it asks. */
  #afterStream(): void {
    this.#pool?.flush();
    if (this.#absence === undefined) {
      this.#endPool();
      return this.leave();
    }
    for (const action of this.#waiting.actions()) {
      const isAnnounced = this.#arrivals.find(Buffer.from(action, "base64")) >= 0;
      if (isAnnounced && !this.#queue.includes(action)) this.#route(action, this.#absence);
    }
  }

  #answerArrived(entry: number, action: string): void {
    const { output, sizeBytes, timeNs, costMs } = this.#arrivals.read(entry);
    const path = outputPath(this.#options.folder, Buffer.from(output).toString("hex"));
    this.#answer(action, { output, sizeBytes, timeNs, costMs }, path);
  }

  async #lookUp(actions: readonly string[]): Promise<void> {
    const { client, tier } = this.#options;
    await this.#attempt(actions, async (watch) => {
      const large = await lookUp(actions, {
        client,
        tier,
        decoder: this.#decoder,
        signal: watch.signal,
        isAwaited: (action) => this.#waiting.has(action),
        onBytes: (count) => this.#progress(watch, count),
        onMiss: (action) => this.#waiting.miss(action),
        onHit: (entry, path) => this.#answerHit(entry, path),
      });
      await Promise.all(large.map((entry) => this.#fetchLarge(entry)));
    });
  }

  #progress(watch: RequestWatch, bytes: number): void {
    watch.touch();
    addTo(this.#options.shared, sum.bytesDown, bytes);
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
    this.#answer(Buffer.from(entry.action).toString("base64"), entry, path);
  }

  #answer(action: string, entry: Pick<WireEntry, "output" | "sizeBytes" | "timeNs" | "costMs">, path: string): void {
    addTo(this.#options.shared, sum.remoteHits, 1);
    addTo(this.#options.shared, sum.savedMs, entry.costMs);
    this.#waiting.hit(action, entry, path);
  }
}
