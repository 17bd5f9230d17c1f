/** The select statement: one of several sends and receives, or what comes from outside when nothing in here can go on. */

import type { InstrOf, SelectCase } from "../code.ts";
import { type Channel, tryReceive, trySend, type Waiter } from "./channel.ts";
import { channelOf, noteSent, refuse } from "./flow-steps.ts";
import { fresh, type Spot, touch } from "./places.ts";
import { joinAll } from "./quiet.ts";
import { acquire, block, get, set } from "./state.ts";

export function selectStep(spot: Spot, instruction: InstrOf<"select">): void {
  const { thread, frame, run } = spot;
  const { cases, fallback } = instruction;
  const waiters = thread.pending as Waiter[] | undefined;
  if (waiters !== undefined) return resumeSelect(spot, cases, waiters);
  const channels = cases.map(({ chan }) => channelOf(spot, get(frame, chan)));
  const ready = cases.filter((one, at) => isReady(one, channels[at]));
  if (ready.length > 0) {
    const one = ready[run.decisions.choose(spot.node, ready.length)];
    if (one !== undefined) takeCase(spot, one, channels[cases.indexOf(one)]);
    return;
  }
  const hasOutside = channels.some((channel) => channel?.isExternal === true);
  if (
    fallback >= 0 &&
    !(hasOutside && run.decisions.decide(spot.node, `select at ${spot.node} ${thread.steps}`, false))
  ) {
    frame.pc = fallback;
    return;
  }
  enqueue(spot, cases, channels, hasOutside);
}

function isReady({ kind }: SelectCase, channel: Channel | undefined): boolean {
  if (channel === undefined) return false;
  const waiting = kind === "send" ? channel.receivers : channel.senders;
  if (channel.isClosed || waiting.some(({ turn }) => turn.done === undefined)) return true;
  return kind === "send" ? channel.buffer.length < channel.capacity : channel.buffer.length > 0;
}

function takeCase(spot: Spot, one: SelectCase, channel: Channel | undefined): void {
  if (channel === undefined) return;
  const { thread, frame } = spot;
  const at = { ...spot, node: one.node };
  if (one.kind === "send") {
    touch(at, channel.cell, { isWrite: false, what: "send" });
    noteSent(channel, get(frame, one.value));
    if (trySend(thread, channel, get(frame, one.value)) === "closed") refuse(at, channel);
  } else {
    const received = tryReceive(thread, channel);
    set(frame, one.value, received?.value);
    set(frame, one.ok, received?.ok ?? false);
  }
  frame.pc = one.target;
}

function enqueue(
  { thread, frame }: Spot,
  cases: readonly SelectCase[],
  channels: readonly (Channel | undefined)[],
  hasOutside: boolean,
): void {
  const turn = { done: undefined, isRefused: false };
  const waiters: Waiter[] = [];
  for (const [index, one] of cases.entries()) {
    const channel = channels[index];
    if (channel === undefined) continue;
    const value = one.kind === "send" ? get(frame, one.value) : undefined;
    noteSent(channel, value);
    const waiter: Waiter = { thread, channel, index, value, ok: false, turn };
    waiters.push(waiter);
    (one.kind === "send" ? channel.senders : channel.receivers).push(waiter);
  }
  thread.pending = waiters;
  const blocked = hasOutside
    ? ({ kind: "external", waiters } as const)
    : ({ kind: "channel", channels, waiters } as const);
  block(thread, blocked, () => waiters[0] !== undefined && waiters[0].turn.done !== undefined);
}

/** One of the cases has happened; or nothing has, and something comes from outside. */
function resumeSelect(spot: Spot, cases: readonly SelectCase[], waiters: readonly Waiter[]): void {
  const { thread, frame, run } = spot;
  thread.pending = undefined;
  let done = waiters[0]?.turn.done;
  if (done === undefined) {
    const outside = waiters.filter(({ channel }) => channel.isEscaped);
    done = outside[run.decisions.choose(spot.node, outside.length)];
    if (done === undefined) return;
    done.turn.done = done;
    done.value = fresh(spot, done.channel.elem);
    done.ok = true;
    acquire(thread, done.channel.closedAt);
    if (!done.channel.isExternal) joinAll(spot);
  }
  const one = cases[done.index];
  if (one === undefined) return;
  if (one.kind === "send" && done.turn.isRefused) return refuse({ ...spot, node: one.node }, done.channel);
  if (one.kind === "receive") {
    set(frame, one.value, done.value);
    set(frame, one.ok, done.ok);
  }
  frame.pc = one.target;
}
