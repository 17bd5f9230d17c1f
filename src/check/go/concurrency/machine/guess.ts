/** Functions that were given to others of which nothing is known run at once here, and may really run later, elsewhere, or never. */

import type { Spot } from "./places.ts";
import { syncOf } from "./sync-state.ts";
import { guessedFrame, isWithin } from "./thread.ts";

/** What it does next cannot be at this place: it goes no further, with what it holds given back. */
export function leaveGuess({ thread }: Spot): "called" {
  const guess = guessedFrame(thread);
  if (guess === undefined) return "called";
  for (const held of thread.held.slice()) {
    if (!isWithin(held.frame, guess)) continue;
    thread.held.splice(thread.held.indexOf(held), 1);
    const state = syncOf(held.cell, "lock");
    if (held.isRead) state.readers.delete(thread.id);
    else state.holder = undefined;
  }
  thread.frame = guess.caller;
  return "called";
}
