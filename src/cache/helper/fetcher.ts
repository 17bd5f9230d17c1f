/**
 * Asks the server for what is not on this machine, stores it in the local tier and answers Go.
 *
 * Lookups that come together travel together; each is answered exactly once, with a hit, or with a miss that is
 * final. Whatever goes wrong on the way is a miss.
 */

import { zstdDecompressSync } from "node:zlib";
import { hitAnswer, missAnswer, rfc3339 } from "../../go/cacheprog/answers.ts";
import type { LocalTier } from "../local/local-tier.ts";
import { origin } from "../local/record.ts";
import { codec, type WireEntry } from "../protocol/entry.ts";
import { createFrameReader, decodeEntry, type Frame, frameType } from "../protocol/frame.ts";
import { createAbsenceSet, readAbsenceSet } from "../protocol/absence.ts";
import { limits } from "../protocol/limits.ts";
import { protocolErrors } from "../protocol/errors.ts";
import { type CacheClient, StatusError } from "./client.ts";
import { addTo, serverState, type SharedState, sum, word } from "./shared-state.ts";
import { createWaitBudget } from "./wait-budget.ts";

/** A request without a byte of progress for this long is given up. */
const stallLimitMs = 2000;
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

export interface Fetcher {
  /** `action` is base64, as Go sent it. */
  ask(id: number, action: string): void;
  /** To be called often: gives up what takes too long. */
  tick(nowMs: number): void;
}

export function createFetcher(options: FetcherOptions): Fetcher {
  const { client, tier, shared, answer } = options;
  const waiting = new Map<string, number[]>();
  const budget = createWaitBudget(options.waitLimitMs, performance.now());
  const running = new Set<AbortController>();
  let queue: string[] = [];
  let isReady = false;
  let isScheduled = false;
  let failures = 0;

  function settle(action: string, line: (id: number) => string): void {
    const ids = waiting.get(action);
    waiting.delete(action);
    for (const id of ids ?? []) answer(line(id));
  }

  /** From here on everything is local; whoever waits gets a miss. */
  function leave(): void {
    Atomics.store(shared.ints, word.server, serverState.gone);
    queue = [];
    for (const action of waiting.keys()) settle(action, missAnswer);
    for (const controller of running) controller.abort();
  }

  const isGone = (): boolean => Atomics.load(shared.ints, word.server) === serverState.gone;

  function schedule(): void {
    if (isScheduled || !isReady) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      const actions = queue.splice(0, limits.lookupActions);
      if (actions.length > 0) void lookUp(actions);
      if (queue.length > 0) schedule();
    });
  }

  /** Runs one request; a failure counts towards leaving, and ends the waiting of `actions` either way. */
  async function attempt(actions: readonly string[], act: (watch: Watch) => Promise<void>): Promise<void> {
    const watch = createWatch();
    running.add(watch.controller);
    try {
      await act(watch);
      failures = 0;
    } catch (cause) {
      failures++;
      const isRefused = cause instanceof StatusError && cause.status >= 400 && cause.status < 500;
      if (failures >= failuresMax || isRefused) leave();
    } finally {
      watch.stop();
      running.delete(watch.controller);
      for (const action of actions) settle(action, missAnswer);
    }
  }

  async function learnAbsence(): Promise<void> {
    await attempt([], async (watch) => {
      const bytes = await client.absence(watch.controller.signal);
      const set = bytes === undefined ? createAbsenceSet(0) : readAbsenceSet(bytes);
      if (set.bytes.length <= shared.absence.length) {
        shared.absence.set(set.bytes);
        Atomics.store(shared.ints, word.absenceBytes, set.bytes.length);
        Atomics.compareExchange(shared.ints, word.server, serverState.unknown, serverState.ready);
      }
      for (const action of queue) if (!set.mayHold(Buffer.from(action, "base64"))) settle(action, missAnswer);
      queue = queue.filter((action) => waiting.has(action));
    });
    isReady = true;
    if (queue.length > 0) schedule();
  }

  async function lookUp(actions: string[]): Promise<void> {
    const large: Promise<void>[] = [];
    await attempt(actions, async (watch) => {
      const ids = Buffer.concat(actions.map((action) => Buffer.from(action, "base64")));
      const response = await client.lookup(ids, watch.controller.signal);
      if (response.status !== 200 || response.body === null) throw new StatusError(response.status);
      const reader = createFrameReader();
      let isEnded = false;
      for await (const chunk of response.body) {
        progress(watch, chunk.length);
        reader.feed(chunk, (frame) => {
          isEnded ||= frame.type === frameType.end;
          take(frame, large);
        });
      }
      if (!isEnded) throw protocolErrors.error("protocol/malformed", "an answer that was cut off");
      await Promise.all(large);
    });
  }

  function progress(watch: Watch, bytes: number): void {
    watch.touch();
    addTo(shared, sum.bytesDown, bytes);
  }

  function take(frame: Frame, large: Promise<void>[]): void {
    if (frame.type === frameType.miss) settle(Buffer.from(frame.payload).toString("base64"), missAnswer);
    if (frame.type !== frameType.entry) return;
    const entry = decodeEntry(frame.payload);
    const action = Buffer.from(entry.action).toString("base64");
    if (!waiting.has(action)) return;
    const isInline = entry.codec !== codec.absent && entry.sizeBytes <= unpackedInMemoryBytes;
    if (isInline) store(action, entry, () => storeInline(entry));
    else large.push(fetchLarge(action, { ...entry, ...copyIds(entry) }));
  }

  /** Answers a hit when `act` stored the body, a miss when the body is not what it says. */
  function store(action: string, entry: WireEntry, act: () => string): void {
    let path: string;
    try {
      path = act();
    } catch {
      tier.counts.corrupt++;
      return settle(action, missAnswer);
    }
    answerHit(action, entry, path);
  }

  function answerHit(action: string, entry: WireEntry, path: string): void {
    addTo(shared, sum.remoteHits, 1);
    addTo(shared, sum.savedMs, entry.costMs);
    const output = Buffer.from(entry.output).toString("base64");
    const quoted = JSON.stringify(path);
    settle(action, (id) => hitAnswer(id, output, entry.sizeBytes, rfc3339(entry.timeNs), quoted));
  }

  function storeInline(entry: WireEntry): string {
    const output = Buffer.from(entry.output).toString("hex");
    const known = tier.findBody(output);
    if (known !== undefined) return link(entry, known);
    const file = tier.startBody(output, entry.sizeBytes);
    try {
      file.write(unpack(entry));
      return link(entry, file.finish());
    } catch (cause) {
      file.abandon();
      throw cause;
    }
  }

  function link(entry: WireEntry, done: { path: string; print: Parameters<LocalTier["link"]>[1] }): string {
    tier.link({ ...entry, ...copyIds(entry), origin: origin.fetched }, done.print);
    return done.path;
  }

  async function fetchLarge(action: string, entry: WireEntry): Promise<void> {
    await attempt([action], async (watch) => {
      const output = Buffer.from(entry.output).toString("hex");
      const response = await client.output(output, watch.controller.signal);
      if (response.status !== 200 || response.body === null) throw new StatusError(response.status);
      const file = tier.startBody(output, entry.sizeBytes);
      try {
        let bytes = 0;
        for await (const chunk of response.body) {
          bytes += chunk.length;
          if (bytes > entry.sizeBytes) throw protocolErrors.error("protocol/body-mismatch", "a body beyond its size");
          progress(watch, chunk.length);
          file.write(chunk);
        }
        answerHit(action, entry, link(entry, file.finish()));
      } catch (cause) {
        file.abandon();
        throw cause;
      }
    });
  }

  void learnAbsence();

  return {
    ask(id, action) {
      if (isGone()) return answer(missAnswer(id));
      const others = waiting.get(action);
      if (others !== undefined) return void others.push(id);
      waiting.set(action, [id]);
      queue.push(action);
      schedule();
    },
    tick(nowMs) {
      budget.tick(nowMs, waiting.size > 0, shared.sums[sum.bytesDown] as number);
      shared.sums[sum.waitedMs] = budget.spentMs;
      if (budget.isSpent && !isGone()) leave();
    },
  };
}

function copyIds(entry: WireEntry): { action: Buffer; output: Buffer } {
  return { action: Buffer.from(entry.action), output: Buffer.from(entry.output) };
}

function unpack(entry: WireEntry): Uint8Array {
  if (entry.codec === codec.identity) return entry.body;
  return zstdDecompressSync(entry.body, { maxOutputLength: Math.max(1, entry.sizeBytes) });
}

interface Watch {
  readonly controller: AbortController;
  touch(): void;
  stop(): void;
}

/** Aborts its request when nothing comes for `stallLimitMs`. */
function createWatch(): Watch {
  const controller = new AbortController();
  const start = (): Timer => setTimeout(() => controller.abort(), stallLimitMs);
  let timer = start();
  return {
    controller,
    touch() {
      clearTimeout(timer);
      timer = start();
    },
    stop: () => clearTimeout(timer),
  };
}
