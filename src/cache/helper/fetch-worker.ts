/** The helper's fetching thread: messages in, answers straight to Go's pipe. */

import { writeSync } from "node:fs";
import { missAnswer } from "../../go/cacheprog/answers.ts";
import { openSharedToolHashes } from "../../go/shared-tool-hashes.ts";
import { LocalTier } from "../local/local-tier.ts";
import { type RunGain, setDigest } from "../protocol/run.ts";
import type { CacheClient } from "./client.ts";
import { Fetcher } from "./fetcher.ts";
import type { HelperOptions } from "./options.ts";
import { serverState, settleLimitMs, type SharedBuffers, viewSharedState, word } from "./shared-state.ts";
import { openThreadContext } from "./thread-context.ts";
import { UnpackPool } from "./unpack-pool.ts";

/** The first message opens the thread and the run; then come lookups; the last one ends the run. */
export type FetchMessage =
  | { readonly options: HelperOptions; readonly buffers: SharedBuffers }
  | { readonly id: number; readonly action: string }
  /** `used` is absent where no manifest is to be left. */
  | { readonly end: true; readonly used?: Uint8Array; readonly gain: RunGain };

const tickMs = 50;
const flushMs = 250;
const keepLimitMs = 2000;

declare const self: Worker;

interface Opened {
  readonly fetcher: Fetcher;
  readonly client: CacheClient;
  readonly options: HelperOptions;
}

let opened: Opened | undefined;

/** A bug here must not leave Go waiting: who waits gets a miss, and the rest of the run is local. */
for (const event of ["uncaughtException", "unhandledRejection"]) process.on(event, () => opened?.fetcher.leave());

let buffers: SharedBuffers | undefined;

/** A line is shorter than a pipe's atomic write, so two threads may write to one pipe. */
function answer(line: string): void {
  try {
    writeSync(1, line);
  } catch {
    return; // Go is gone: the main thread finds out by the end of its pipe
  }
}

function open(options: HelperOptions, shared: SharedBuffers): Opened | undefined {
  const context = openThreadContext(options, openSharedToolHashes(shared.toolHashes));
  if (context === undefined) return undefined;
  const { folder, client, toolchainTag } = context;
  const tier = new LocalTier({ folder, toolchainTag, nowMs: Date.now, name: "f" });
  const fetcher = new Fetcher({
    client,
    tier,
    shared: viewSharedState(shared),
    answer,
    waitLimitMs: options.waitLimitMs,
    job: options.job,
    folder: folder.path,
    goFolder: options.goFolder,
    startPool: (onDone) => new UnpackPool({ options, arrivals: shared.arrivals, toolchainTag, onDone }),
  });
  setInterval(() => fetcher.tick(performance.now()), tickMs);
  setInterval(() => fetcher.flush(), flushMs);
  return { fetcher, client, options };
}

/** A thread that cannot be opened, by a CA file that cannot be read for instance, leaves the run to be local. */
function tryOpen(options: HelperOptions, shared: SharedBuffers): Opened | undefined {
  buffers = shared;
  try {
    opened = open(options, shared);
  } catch {
    opened = undefined; // `ballast doctor` says why
  }
  if (opened === undefined) Atomics.store(viewSharedState(shared).ints, word.server, serverState.gone);
  return opened;
}

/** Writes down what came and leaves the manifest. Go waits for the first, nobody for the second. */
async function end(used: Uint8Array | undefined, gain: RunGain): Promise<void> {
  const kept = used === undefined || opened === undefined ? undefined : keep(opened, used, gain);
  await Promise.allSettled([opened?.fetcher.settle(settleLimitMs)]);
  tell(word.isWritten);
  // A manifest that could not be left: the next run begins without.
  await Promise.allSettled([kept]);
  tell(word.isKept);
}

function tell(index: number): void {
  const { ints } = viewSharedState(buffers as SharedBuffers);
  Atomics.store(ints, index, 1);
  Atomics.notify(ints, index);
}

/** The manifest's actions travel only if they are not those that the server told. */
async function keep({ client, options, fetcher }: Opened, used: Uint8Array, gain: RunGain): Promise<void> {
  const isKnown = setDigest(used) === fetcher.manifest;
  const signal = AbortSignal.timeout(keepLimitMs);
  await client.keepRun(options.job, gain, isKnown ? new Uint8Array(0) : used, signal);
}

self.onmessage = (event: MessageEvent<FetchMessage>) => {
  const message = event.data;
  if ("options" in message) tryOpen(message.options, message.buffers);
  else if ("end" in message) void end(message.used, message.gain);
  else if (opened === undefined) answer(missAnswer(message.id));
  else opened.fetcher.ask(message.id, message.action);
};
