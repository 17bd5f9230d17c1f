/** sync.Mutex, sync.RWMutex, sync.Locker. */

import type { LibraryFunction } from "../calls.ts";
import { acquire, block, release } from "../state.ts";
import { type Spot, touch } from "../places.ts";
import { type LockState, syncOf } from "../sync-state.ts";
import { leaveGuess } from "../guess.ts";
import { guessedFrame, heldForCertain, type HeldLock, isWithin, type Thread } from "../thread.ts";
import type { Cell } from "../value.ts";
import { receiverCell } from "./receiver.ts";

/** Pairs of locks that are remembered of one run. */
const maxLockOrders = 500;

const lock: LibraryFunction = (spot, _call, receiver) => {
  const cell = receiverCell(spot, receiver);
  if (cell === undefined) return [];
  const state = syncOf(cell, "lock");
  const { thread } = spot;
  if (!isFree(state)) return waitFor(spot, cell, state, false);
  touch(spot, cell, { isWrite: true, isAtomic: true });
  state.holder = thread.id;
  acquire(thread, state.released);
  acquire(thread, state.readReleased);
  hold(spot, cell, false);
  return [];
};

const readLock: LibraryFunction = (spot, _call, receiver) => {
  const cell = receiverCell(spot, receiver);
  if (cell === undefined) return [];
  const state = syncOf(cell, "lock");
  const { thread } = spot;
  if (state.holder !== undefined) return waitFor(spot, cell, state, true);
  touch(spot, cell, { isWrite: true, isAtomic: true });
  if (state.readers.has(thread.id)) {
    const held = thread.held.findLast((one) => one.cell === cell);
    spot.run.incident("read locked twice", thread, spot.node, cell, held?.node);
  }
  state.readers.set(thread.id, (state.readers.get(thread.id) ?? 0) + 1);
  acquire(thread, state.released);
  hold(spot, cell, true);
  return [];
};

/** The thread has the lock now; which others it had already is remembered. */
function hold(spot: Spot, cell: Cell, isRead: boolean): void {
  noteOrder(spot, cell, isRead);
  spot.thread.held.push({ cell, isRead, node: spot.node, frame: spot.frame });
}

function noteOrder({ run, thread, frame, node }: Spot, cell: Cell, isRead: boolean): void {
  const second: HeldLock = { cell, isRead, node, frame };
  const known = heldForCertain(thread);
  const held = known.map((one) => one.cell);
  for (const first of known) {
    if (first.cell !== cell && run.lockOrders.length < maxLockOrders) {
      run.lockOrders.push({ first, second, thread, frame, held });
    }
  }
}

function isFree({ holder, readers }: LockState): boolean {
  return holder === undefined && readers.size === 0;
}

/** The lock is held by this thread since before a function was called that may as well run later. */
function waitsForItself(thread: Thread, cell: Cell): boolean {
  const guess = guessedFrame(thread);
  const own = thread.held.find((one) => one.cell === cell);
  return guess !== undefined && own !== undefined && !isWithin(own.frame, guess);
}

function waitFor(spot: Spot, cell: Cell, state: LockState, isRead: boolean): "again" | "called" {
  const { thread } = spot;
  if (waitsForItself(thread, cell)) return leaveGuess(spot);
  noteOrder(spot, cell, isRead);
  block(thread, { kind: "lock", cell, isRead }, () => (isRead ? state.holder === undefined : isFree(state)));
  return "again";
}

const unlock: LibraryFunction = (spot, _call, receiver) => {
  const cell = receiverCell(spot, receiver);
  if (cell === undefined) return [];
  const state = syncOf(cell, "lock");
  touch(spot, cell, { isWrite: true, isAtomic: true });
  if (state.holder !== spot.thread.id) noteForeign(spot, cell);
  state.holder = undefined;
  release(spot.thread, state.released);
  forget(spot, cell, false);
  return [];
};

const readUnlock: LibraryFunction = (spot, _call, receiver) => {
  const cell = receiverCell(spot, receiver);
  if (cell === undefined) return [];
  const state = syncOf(cell, "lock");
  const { thread } = spot;
  const count = state.readers.get(thread.id) ?? 0;
  if (count === 0) noteForeign(spot, cell);
  if (count > 1) state.readers.set(thread.id, count - 1);
  else if (!state.readers.delete(thread.id)) state.readers.delete([...state.readers.keys()][0] ?? -1);
  release(thread, state.readReleased);
  forget(spot, cell, true);
  return [];
};

/** Somebody else took the lock that is released here: holding it beyond a return is meant. */
function noteForeign({ run }: Spot, cell: Cell): void {
  run.foreignUnlocks.add(cell);
}

/** A lock may be released by another thread than the one that took it. */
function forget({ run, thread, frame }: Spot, cell: Cell, isRead: boolean): void {
  for (const { held } of [thread, ...run.threads]) {
    const at = held.findLastIndex((one) => one.cell === cell && one.isRead === isRead);
    if (at === -1) continue;
    const [given] = held.splice(at, 1);
    if (given?.frame !== frame) run.foreignUnlocks.add(cell);
    return;
  }
}

/** Trying succeeds if it can. */
const tryLock: LibraryFunction = (spot, call, receiver, args) => {
  const cell = receiverCell(spot, receiver);
  if (cell === undefined) return [true];
  if (!isFree(syncOf(cell, "lock"))) return [false];
  lock(spot, call, receiver, args);
  return [true];
};

export const lockFunctions: Readonly<Record<string, LibraryFunction>> = {
  "sync.Mutex.Lock": lock,
  "sync.Mutex.Unlock": unlock,
  "sync.Mutex.TryLock": tryLock,
  "sync.RWMutex.Lock": lock,
  "sync.RWMutex.Unlock": unlock,
  "sync.RWMutex.RLock": readLock,
  "sync.RWMutex.RUnlock": readUnlock,
  "sync.RWMutex.TryLock": tryLock,
  "sync.Locker.Lock": lock,
  "sync.Locker.Unlock": unlock,
};

/** What a method of this name does on a thing of which nothing else is known. */
export const lockMethods: Readonly<Record<string, LibraryFunction>> = {
  Lock: lock,
  Unlock: unlock,
  RLock: readLock,
  RUnlock: readUnlock,
};

export const lockNow = lock;
export const unlockNow = unlock;
