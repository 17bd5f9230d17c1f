/** `--watch`: tells when something that is checked has changed. */

import { lstatSync } from "node:fs";
import { join } from "node:path";

import { discover } from "./discovery.ts";
import type { DiscoveryRequest } from "./discovery.ts";

const shortestPauseMs = 300;
/** Looking takes at most this share of a processor. */
const restRatio = 20;

/**
 * Waits until the listing or a file differs from `before`, and returns the new state; rejects when the signal is aborted.
 * It asks again and again: inotify loses what happens in folders that are made meanwhile, and is not there on some mounts.
 */
export async function waitForChange(request: DiscoveryRequest, before: string): Promise<string> {
  for (;;) {
    const startedMs = performance.now();
    const now = await stateOf(request);
    if (now !== before) return now;
    await pause(Math.max(shortestPauseMs, (performance.now() - startedMs) * restRatio), request.signal);
  }
}

/** A text that changes when a checked file comes, goes or is written. */
export async function stateOf(request: DiscoveryRequest): Promise<string> {
  const { files } = await discover(request);
  const hasher = new Bun.CryptoHasher("sha1");
  for (const { path } of files) {
    const stat = lstatSync(join(request.scope.root, path), { throwIfNoEntry: false });
    hasher.update(`${path}\0${stat?.size}\0${stat?.mtimeMs}\0${stat?.ino}\0`);
  }
  return hasher.digest("hex");
}

function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, durationMs);
    function stop(): void {
      clearTimeout(timer);
      reject(signal.reason instanceof Error ? signal.reason : new Error("stopped"));
    }
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}
