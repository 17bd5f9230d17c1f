/** Virtual time: it goes on only when nothing else can. Sleeping orders nothing. */

import type { LibraryFunction } from "../calls.ts";
import { trySend } from "../channel.ts";
import { kidOf, newCell } from "../memory.ts";
import type { Spot } from "../places.ts";
import { begin } from "../start.ts";
import { acquire, block, type TimerState } from "../state.ts";
import type { Thread } from "../thread.ts";
import type { Cell, Value } from "../value.ts";
import { receiverCell } from "./receiver.ts";

/** What a duration is taken for that is not known. */
const unknownDuration = 1e6;
/** A ticker ticks this often in one run. */
const maxTicks = 3;

function duration(value: Value): number {
  return typeof value === "number" ? Math.max(value, 0) : unknownDuration;
}

const sleep: LibraryFunction = ({ run, thread }, _call, _receiver, [time]) => {
  if (typeof thread.pending === "number") {
    thread.pending = undefined;
    return [];
  }
  const until = run.now + duration(time);
  thread.pending = until;
  block(thread, { kind: "sleep", until }, () => run.now >= until);
  return "again";
};

/** A thread that waits for its time before it does anything. */
function later(spot: Spot, at: number, how: string): Thread {
  const thread = spot.run.newThread(spot.thread, spot.node, how, undefined);
  thread.wakeAt = at;
  return thread;
}

function startTimer(spot: Spot, state: TimerState, at: number): void {
  const { run } = spot;
  if (state.thread !== undefined && state.thread.steps === 0) state.thread.isDone = true;
  const before = state.thread;
  const thread = later(spot, at, state.channel === undefined ? "AfterFunc" : "timer");
  if (before !== undefined) acquire(thread, before.clock);
  state.thread = thread;
  state.at = at;
  if (state.channel === undefined) {
    begin(thread, spot.frame.pkg, spot.node, state.fn, [], false);
    return;
  }
  const { channel, period } = state;
  let ticks = 0;
  const fire = (): void => {
    trySend(thread, channel, run.memory.unknown(undefined));
    ticks += 1;
    if (period === undefined || ticks >= maxTicks) thread.isDone = true;
    else thread.wakeAt = run.now + Math.max(period, 1);
  };
  thread.pending = fire;
}

function newTimer(period: boolean, isFunction: boolean): LibraryFunction {
  return (spot, call, _receiver, [time, fn]) => {
    const cell = newCell({ type: call.type?.elem, origin: { kind: "heap", symbol: undefined, node: spot.node } });
    const channel = isFunction ? undefined : spot.run.newChannel(1, undefined, spot.node, false);
    // How often it ticks in a run says nothing about how often it would.
    if (channel !== undefined) channel.isEscaped = true;
    if (channel !== undefined) kidOf(cell, "C", undefined, spot.run.memory).value = channel;
    const state: TimerState = {
      channel,
      fn,
      thread: undefined,
      at: undefined,
      period: period ? duration(time) : undefined,
    };
    spot.run.timers.set(cell, state);
    startTimer(spot, state, spot.run.now + duration(time));
    return [cell];
  };
}

const after: LibraryFunction = (spot, call, receiver, args) => {
  const made = newTimer(false, false)(spot, call, receiver, args);
  const cell = Array.isArray(made) ? (made[0] as Cell) : undefined;
  return [cell?.kids?.get("C")?.value];
};

const stop: LibraryFunction = (spot, _call, receiver) => {
  const cell = receiverCell(spot, receiver);
  const state = cell === undefined ? undefined : spot.run.timers.get(cell);
  if (state?.thread === undefined) return [spot.run.memory.unknown(undefined)];
  const isWaiting = state.thread.steps === 0 && !state.thread.isDone;
  if (isWaiting) state.thread.isDone = true;
  return [isWaiting];
};

const reset: LibraryFunction = (spot, _call, receiver, [time]) => {
  const cell = receiverCell(spot, receiver);
  const state = cell === undefined ? undefined : spot.run.timers.get(cell);
  if (cell === undefined || state === undefined) return [spot.run.memory.unknown(undefined)];
  startTimer(spot, state, spot.run.now + duration(time));
  return [spot.run.memory.unknown(undefined)];
};

const now: LibraryFunction = ({ run }) => [run.memory.unknown(undefined)];

export const timeFunctions: Readonly<Record<string, LibraryFunction>> = {
  "time.Sleep": sleep,
  "time.After": after,
  "time.Tick": (spot, call, receiver, args) => {
    const made = newTimer(true, false)(spot, call, receiver, args);
    return [Array.isArray(made) ? (made[0] as Cell).kids?.get("C")?.value : undefined];
  },
  "time.NewTimer": newTimer(false, false),
  "time.NewTicker": newTimer(true, false),
  "time.AfterFunc": newTimer(false, true),
  "time.Timer.Stop": stop,
  "time.Timer.Reset": reset,
  "time.Ticker.Stop": stop,
  "time.Ticker.Reset": reset,
  "time.Now": now,
};

/** Lets a timer without a function of its own send on its channel. Returns false if the thread is no such timer. */
export function fireTimer(thread: Thread): boolean {
  if (typeof thread.pending !== "function") return false;
  const fire = thread.pending as () => void;
  fire();
  return true;
}
