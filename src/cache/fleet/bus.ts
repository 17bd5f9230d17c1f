/**
 * What carries changes between nodes: a map that keeps the last value of each key, and that everybody can follow.
 *
 * The map knows nothing of Lamport's clock: its order is its own. So whoever writes says which revision it expects to
 * replace, and on a conflict merges with what is held and tries again: no value is ever lost under another.
 *
 * All methods throw `fleet/bus-unreachable` when the deadline has passed and `fleet/bus-refused` for credentials.
 */

/** A value as the bus holds it. */
export interface BusValue {
  readonly key: string;
  readonly value: Uint8Array;
  /** Rises with each write to the bus. */
  readonly revision: number;
}

export type PublishResult =
  | { readonly kind: "published"; readonly revision: number }
  /** Somebody else was first; `held` is what lies there now, `undefined` when it has been removed. */
  | { readonly kind: "conflict"; readonly held: BusValue | undefined };

/** Where a follower has come. */
export interface BusPosition {
  /** Which stream it is: another one means that everything must be read again. Empty: from the beginning. */
  readonly stream: string;
  /** Everything up to this revision was seen. */
  readonly revision: number;
}

export const busStart: BusPosition = { stream: "", revision: 0 };

/** Some values in the order of their revisions. May be empty, to tell that the follower has caught up. */
export interface BusBatch {
  readonly values: readonly BusValue[];
  /** To be kept together with what the values say. */
  readonly position: BusPosition;
  /** Nothing older is left that was there when the following began. */
  readonly isCaughtUp: boolean;
}

export interface Bus {
  /** Writes `value` if `key` has the revision `expectedRevision`; 0: if nothing lies there. */
  publish(key: string, value: Uint8Array, expectedRevision: number, deadlineMs: number): Promise<PublishResult>;
  read(key: string, deadlineMs: number): Promise<BusValue | undefined>;
  /** Whatever lies under the key goes, and nothing is left that could be followed. */
  remove(key: string, deadlineMs: number): Promise<void>;
  /**
   * The last value of each key that was written after `from`, then each new one, until the signal is aborted. One
   * key may come more than once. Throws `fleet/position-gone` when `from` cannot be continued.
   */
  follow(from: BusPosition, signal: AbortSignal): AsyncIterable<BusBatch>;
  /** The time of the bus's servers; `undefined` where they do not say it. */
  timeMs(deadlineMs: number): Promise<number | undefined>;
  close(): Promise<void>;
}
