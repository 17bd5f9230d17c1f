/** The `misses` frame: which of a lookup's actions are not there, as one bit for each, in the order of the request. */

import { protocolErrors } from "./errors.ts";

/** @param isMiss of each action */
export function encodeMisses(isMiss: readonly boolean[]): Buffer {
  const bits = Buffer.alloc(Math.ceil(isMiss.length / 8));
  for (const [at, missed] of isMiss.entries()) {
    if (missed) bits[at >> 3] = (bits[at >> 3] as number) | (1 << (at & 7));
  }
  return bits;
}

/** The actions that were missed. Throws `protocol/malformed` for bits of another number of actions. */
export function decodeMisses<Action>(bits: Uint8Array, actions: readonly Action[]): Action[] {
  if (bits.length !== Math.ceil(actions.length / 8)) {
    throw protocolErrors.error("protocol/malformed", `${bits.length} bytes of misses for ${actions.length} actions`);
  }
  return actions.filter((_, at) => ((bits[at >> 3] as number) & (1 << (at & 7))) !== 0);
}
