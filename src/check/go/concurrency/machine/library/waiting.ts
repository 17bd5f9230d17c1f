/** sync.WaitGroup, errgroup.Group, sync.Once, sync.Cond, sync.Pool, sync.Map. */

import { type LibraryFunction, push } from "../calls.ts";
import { noteWait } from "../flow-steps.ts";
import { kidOf, newCell } from "../memory.ts";
import { type Spot, touch } from "../places.ts";
import { spawn } from "../start.ts";
import { acquire, block, release } from "../state.ts";
import { type CondState, syncOf } from "../sync-state.ts";
import { type FuncValue, isObject, type Value } from "../value.ts";
import { lockNow, unlockNow } from "./locks.ts";
import { receiverCell } from "./receiver.ts";

/** An Add that leaves zero must be before Wait, or Wait may return too early: the two race for one word. */
function semaphore(spot: Spot, receiver: Value, what: "Add" | "Wait"): void {
  const cell = receiverCell(spot, receiver);
  if (cell !== undefined) touch(spot, kidOf(cell, "", undefined, spot.run.memory), { isWrite: true, what });
}

const add: LibraryFunction = (spot, _call, receiver, [delta]) => {
  const cell = receiverCell(spot, receiver);
  if (cell === undefined) return [];
  const state = syncOf(cell, "group");
  if (typeof delta !== "number") {
    state.isVague = true;
    return [];
  }
  if (delta < 0) release(spot.thread, state.released);
  if (delta > 0 && state.counter === 0) semaphore(spot, receiver, "Add");
  state.counter += delta;
  if (state.counter >= 0 || state.isVague || cell.isUnknown) return [];
  state.counter = 0;
  spot.run.incident("negative counter", spot.thread, spot.node, cell);
  spot.thread.panic ??= { value: "sync: negative WaitGroup counter" };
  return [];
};

const done: LibraryFunction = (spot, call, receiver) => add(spot, call, receiver, [-1]);

const wait: LibraryFunction = (spot, _call, receiver) => {
  const cell = receiverCell(spot, receiver);
  if (cell === undefined) return [];
  const state = syncOf(cell, "group");
  const { thread } = spot;
  if (thread.pending === undefined) {
    noteWait(spot, cell, "Wait");
    semaphore(spot, receiver, "Wait");
  }
  if (state.isVague && thread.pending !== "vague") {
    thread.pending = "vague";
    block(thread, { kind: "quiet" }, () => false);
    return "again";
  }
  if (state.counter > 0 && !state.isVague) {
    state.waiters += 1;
    thread.pending = "waiting";
    block(thread, { kind: "group", cell }, () => state.counter <= 0);
    return "again";
  }
  if (thread.pending === "waiting") state.waiters -= 1;
  thread.pending = undefined;
  acquire(thread, state.released);
  // Nobody knows how many it waited for: all there are.
  if (state.isVague) for (const other of spot.run.threads) acquire(thread, other.clock);
  return [];
};

const goInGroup: LibraryFunction = (spot, call, receiver, [fn]) => {
  add(spot, call, receiver, [1]);
  const started = spawn(spot, fn, [], false, "Go");
  const frame = started.frame;
  if (frame === undefined) return [];
  const finished: FuncValue = {
    kind: "func",
    name: "Done",
    key: "sync.WaitGroup.Done",
    code: undefined,
    pkg: undefined,
    captured: [],
    receiver: { value: receiver, type: undefined },
    type: undefined,
  };
  frame.defers.push({ fn: finished, args: [], node: spot.node, spread: false });
  return [];
};

const once: LibraryFunction = (spot, call, receiver, [fn]) => {
  const cell = receiverCell(spot, receiver);
  if (cell === undefined || !isObject(fn) || fn.kind !== "func") return [];
  const state = syncOf(cell, "once");
  const { thread } = spot;
  if (state.state === "running") {
    block(thread, { kind: "once", cell }, () => state.state === "done");
    return "again";
  }
  acquire(thread, state.released);
  if (state.state === "done") return [];
  state.state = "running";
  state.runner = thread.id;
  const onReturn = (): void => {
    state.state = "done";
    release(thread, state.released);
  };
  if (fn.code === undefined) {
    onReturn();
    return [];
  }
  push(spot, fn, { ...call, args: [], to: [], onReturn });
  return "called";
};

const newCond: LibraryFunction = (spot, call, _receiver, [locker]) => {
  const cell = newCell({ type: call.type?.elem, origin: { kind: "heap", symbol: undefined, node: spot.node } });
  kidOf(cell, "L", undefined, spot.run.memory).value = locker;
  return [cell];
};

interface CondWait {
  readonly ticket: CondState["waiting"][number];
  isWoken: boolean;
}

const condWait: LibraryFunction = (spot, call, receiver) => {
  const cell = receiverCell(spot, receiver);
  if (cell === undefined) return [];
  const state = syncOf(cell, "cond");
  const locker = cell.kids?.get("L")?.value;
  const { thread } = spot;
  const waiting = thread.pending as CondWait | undefined;
  if (waiting !== undefined) {
    thread.pending = undefined;
    const result = lockNow(spot, call, locker, []);
    if (result === "again") thread.pending = waiting;
    return result;
  }
  const ticket = { isNotified: false };
  state.waiting.push(ticket);
  unlockNow(spot, call, locker, []);
  thread.pending = { ticket, isWoken: false } satisfies CondWait;
  block(thread, { kind: "cond", cell }, () => ticket.isNotified || cell.isUnknown);
  return "again";
};

const signal: LibraryFunction = (spot, _call, receiver) => {
  const cell = receiverCell(spot, receiver);
  const ticket = cell === undefined ? undefined : syncOf(cell, "cond").waiting.shift();
  if (ticket !== undefined) ticket.isNotified = true;
  return [];
};

const broadcast: LibraryFunction = (spot, _call, receiver) => {
  const cell = receiverCell(spot, receiver);
  if (cell === undefined) return [];
  for (const ticket of syncOf(cell, "cond").waiting.splice(0)) ticket.isNotified = true;
  return [];
};

const putInPool: LibraryFunction = (spot, _call, receiver, [item]) => {
  const cell = receiverCell(spot, receiver);
  if (cell === undefined) return [];
  const clock: number[] = [];
  release(spot.thread, clock);
  syncOf(cell, "pool").items.push({ value: item, clock });
  return [];
};

const getFromPool: LibraryFunction = (spot, call, receiver) => {
  const cell = receiverCell(spot, receiver);
  if (cell === undefined) return [];
  const item = syncOf(cell, "pool").items.pop();
  if (item !== undefined) {
    acquire(spot.thread, item.clock);
    return [item.value];
  }
  const made = cell.kids?.get("New")?.value;
  if (!isObject(made) || made.kind !== "func" || made.code === undefined) return [spot.run.memory.unknown(undefined)];
  push(spot, made, { ...call, args: [] });
  return "called";
};

/** Whatever is done with a sync.Map is after what was done with it before. */
const throughMap: LibraryFunction = (spot, _call, receiver) => {
  const cell = receiverCell(spot, receiver);
  if (cell === undefined) return [];
  const { released } = syncOf(cell, "plain");
  acquire(spot.thread, released);
  release(spot.thread, released);
  return undefined;
};

export const waitingFunctions: Readonly<Record<string, LibraryFunction>> = {
  "sync.WaitGroup.Add": add,
  "sync.WaitGroup.Done": done,
  "sync.WaitGroup.Wait": wait,
  "sync.WaitGroup.Go": goInGroup,
  "golang.org/x/sync/errgroup.Group.Go": goInGroup,
  "golang.org/x/sync/errgroup.Group.Wait": wait,
  "sync.Once.Do": once,
  "sync.NewCond": newCond,
  "sync.Cond.Wait": condWait,
  "sync.Cond.Signal": signal,
  "sync.Cond.Broadcast": broadcast,
  "sync.Pool.Put": putInPool,
  "sync.Pool.Get": getFromPool,
  "sync.Map.Load": throughMap,
  "sync.Map.Store": throughMap,
  "sync.Map.LoadOrStore": throughMap,
  "sync.Map.LoadAndDelete": throughMap,
  "sync.Map.Delete": throughMap,
  "sync.Map.Swap": throughMap,
};
