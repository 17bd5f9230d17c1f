/**
 * What all nodes know of one slot, and agree on once they have heard the same.
 *
 * A slot is an action in a partition and a scope. Its state is a value and not a history: two states merge into one
 * (`merge.ts`), in whatever order and however often they come.
 */

import type { Stamp } from "./stamp.ts";

export interface SlotKey {
  /** 32 bytes. */
  readonly action: Uint8Array;
  /** The partition's key: 64 hex digits. */
  readonly partition: string;
  readonly scope: string;
}

/** An output that somebody put into the slot, and the put that brought it. */
export interface Candidate extends Stamp {
  /** 64 hex digits: SHA-256 of the body. */
  readonly output: string;
  readonly sizeBytes: number;
  /** A code of `bodyKind` in `src/go/body-kind.ts`. */
  readonly kind: number;
  /** When Go put it, nanoseconds since 1970: what `go clean -testcache` compares. */
  readonly timeNs: bigint;
  /** When the node took it, by the node's wall clock. */
  readonly putMs: number;
  readonly costMs: number;
  /** Who wrote it: a JSON object of strings. */
  readonly provenance: string;
}

export interface SlotState {
  /** The last removal that this state knows of. A candidate that was put without knowing of it is dead. */
  readonly era: Stamp;
  /** The best first, so that the first one is the entry. Empty: the slot was emptied. */
  readonly candidates: readonly Candidate[];
}

/** A slot with its state: what nodes tell each other. */
export interface SlotChange {
  readonly key: SlotKey;
  readonly state: SlotState;
}

/** Outputs that a slot keeps beside each other: compiled packages that contradict each other, and one of another kind. */
export const compiledCandidatesMax = 4;

/** The entry of a slot. */
export function currentOf(state: SlotState | undefined): Candidate | undefined {
  return state?.candidates[0];
}
