/** Waiting for others who are not known: until nothing else can go on, so that they have done all that they could. */

import type { Spot } from "./places.ts";
import { acquire, block } from "./state.ts";

/** Returns false when the thread is blocked and the instruction will be tried again. */
export function waitForQuiet({ thread }: Spot): boolean {
  if (thread.pending === "quiet") {
    thread.pending = undefined;
    return true;
  }
  thread.pending = "quiet";
  block(thread, { kind: "quiet" }, () => false);
  return false;
}

/** After waiting for nobody knows whom, what all others did until now is taken to be over. */
export function joinAll({ run, thread }: Spot): void {
  for (const other of run.threads) acquire(thread, other.clock);
}
