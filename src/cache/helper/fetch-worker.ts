/** The helper's fetching thread: messages in, answers straight to Go's pipe. */

import { writeSync } from "node:fs";
import { missAnswer } from "../../go/cacheprog/answers.ts";
import { LocalTier } from "../local/local-tier.ts";
import { Fetcher } from "./fetcher.ts";
import type { HelperOptions } from "./options.ts";
import { serverState, type SharedBuffers, viewSharedState, word } from "./shared-state.ts";
import { openThreadContext } from "./thread-context.ts";

/** The first message opens the thread; each further one is a lookup. */
export type FetchMessage =
  | { readonly options: HelperOptions; readonly buffers: SharedBuffers }
  | { readonly id: number; readonly action: string };

const tickMs = 50;
const flushMs = 250;

declare const self: Worker;

/** A line is shorter than a pipe's atomic write, so two threads may write to one pipe. */
function answer(line: string): void {
  writeSync(1, line);
}

function open(options: HelperOptions, buffers: SharedBuffers): Fetcher | undefined {
  const shared = viewSharedState(buffers);
  const context = openThreadContext(options);
  if (context === undefined) {
    Atomics.store(shared.ints, word.server, serverState.gone);
    return undefined;
  }
  const { folder, client, toolchainTag } = context;
  const tier = new LocalTier({ folder, toolchainTag, nowMs: Date.now, name: "f" });
  setInterval(() => tier.flush(), flushMs);
  return new Fetcher({ client, tier, shared, answer, waitLimitMs: options.waitLimitMs });
}

let fetcher: Fetcher | undefined;

self.onmessage = (event: MessageEvent<FetchMessage>) => {
  const message = event.data;
  if ("options" in message) fetcher = tryOpen(message.options, message.buffers);
  else if (fetcher === undefined) answer(missAnswer(message.id));
  else fetcher.ask(message.id, message.action);
};

setInterval(() => fetcher?.tick(performance.now()), tickMs);

function tryOpen(options: HelperOptions, buffers: SharedBuffers): Fetcher | undefined {
  try {
    return open(options, buffers);
  } catch {
    Atomics.store(viewSharedState(buffers).ints, word.server, serverState.gone);
    return undefined; // a CA file that cannot be read, for instance: `ballast doctor` says so
  }
}
