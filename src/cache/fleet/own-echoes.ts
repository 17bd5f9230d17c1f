/**
 * What this node wrote to the bus comes back to it from there, and would be read and merged into an index that holds it
 * already. An echo is told by its revision and its bytes: a bucket that was made anew counts from the beginning again.
 */

import type { BusValue } from "./bus.ts";

export interface OwnEchoes {
  /** This value was written, and its state is in the index. */
  add(revision: number, value: Uint8Array): void;
  /** Whether this is such a value; asked once of each. */
  take(value: BusValue): boolean;
}

/** Echoes that may be on their way. One that is forgotten is merged like any other value. */
const echoesMax = 2000;

export function createOwnEchoes(): OwnEchoes {
  const written = new Map<number, Uint8Array>();
  return {
    add(revision, value) {
      written.set(revision, value);
      if (written.size > echoesMax) written.delete(written.keys().next().value as number);
    },
    take({ revision, value }) {
      const own = written.get(revision);
      if (own === undefined) return false;
      written.delete(revision);
      return Buffer.compare(own, value) === 0;
    },
  };
}
