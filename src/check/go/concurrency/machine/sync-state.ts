/** What the machine keeps beside the cell of a lock, a wait group, and so on. All start as their zero values. */

import type { Clock } from "./clock.ts";
import type { Value } from "./value.ts";

export interface LockState {
  readonly kind: "lock";
  /** The thread that holds it for writing. */
  holder: number | undefined;
  /** How often it is held for reading, by thread. */
  readonly readers: Map<number, number>;
  /** What a writer's unlock hands on. */
  readonly released: Clock;
  /** What readers' unlocks hand on to the next writer. */
  readonly readReleased: Clock;
}

export interface GroupState {
  readonly kind: "group";
  counter: number;
  /** Add by a number that is not known: nobody can say when Wait returns. */
  isVague: boolean;
  waiters: number;
  readonly released: Clock;
}

export interface OnceState {
  readonly kind: "once";
  state: "new" | "running" | "done";
  runner: number | undefined;
  readonly released: Clock;
}

export interface CondState {
  readonly kind: "cond";
  locker: Value;
  /** Waiting threads' tickets, oldest first. */
  readonly waiting: { isNotified: boolean }[];
}

export interface AtomicState {
  readonly kind: "atomic";
  readonly released: Clock;
  /** Of atomic.Value and the typed atomics. */
  value: Value;
  hasValue: boolean;
}

export interface PoolState {
  readonly kind: "pool";
  readonly items: { readonly value: Value; readonly clock: Clock }[];
}

/** What a library's object hands on between those who call its methods. */
export interface PlainState {
  readonly kind: "plain";
  readonly released: Clock;
}

export type SyncState = LockState | GroupState | OnceState | CondState | AtomicState | PoolState | PlainState;

const makers: { readonly [K in SyncState["kind"]]: () => Extract<SyncState, { kind: K }> } = {
  lock: () => ({ kind: "lock", holder: undefined, readers: new Map(), released: [], readReleased: [] }),
  group: () => ({ kind: "group", counter: 0, isVague: false, waiters: 0, released: [] }),
  once: () => ({ kind: "once", state: "new", runner: undefined, released: [] }),
  cond: () => ({ kind: "cond", locker: undefined, waiting: [] }),
  atomic: () => ({ kind: "atomic", released: [], value: undefined, hasValue: false }),
  pool: () => ({ kind: "pool", items: [] }),
  plain: () => ({ kind: "plain", released: [] }),
};

/** The state beside a cell, new if there was none or another kind of thing. */
export function syncOf<K extends SyncState["kind"]>(
  holder: { sync: SyncState | undefined },
  kind: K,
): Extract<SyncState, { kind: K }> {
  const known = holder.sync;
  if (known !== undefined && known.kind === kind) return known as Extract<SyncState, { kind: K }>;
  const made = makers[kind]();
  holder.sync = made;
  return made;
}
