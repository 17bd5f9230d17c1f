/** Instructions that decide where to go on: conditions, ranges, channels. */

import type { InstrOf, SelectCase } from "../code.ts";
import { usuallyTrue } from "./arithmetic.ts";
import { type Channel, closeChannel, type Received, tryReceive, trySend, type Waiter } from "./channel.ts";
import { asContainer, elementPlace, fresh, load, lookup, type Spot, touch } from "./places.ts";
import { joinAll } from "./quiet.ts";
import { acquire, block, get, type HeldWait, set } from "./state.ts";
import { type Cell, isAggregateType, isObject, type Iterator, shapeOf, type Unknown, type Value } from "./value.ts";

/** A loop whose condition nobody knows is run this often. */
const unknownTurns = 2;

export function branchStep({ run, frame, node }: Spot, { cond, target, isLoop }: InstrOf<"branch">): void {
  const value = get(frame, cond);
  if (!isTrue(run, frame, node, value, isLoop)) frame.pc = target;
}

function isTrue(run: Spot["run"], frame: Spot["frame"], node: number, value: Value, isLoop: boolean): boolean {
  if (!isObject(value)) return value === true;
  const unknown: Unknown | undefined = value.kind === "unknown" ? value : undefined;
  if (!isLoop) {
    return run.decisions.decide(node, unknown?.key ?? `at ${node}`, unknown === undefined || usuallyTrue(unknown));
  }
  const turns = (frame.turns.get(node) ?? 0) + 1;
  frame.turns.set(node, turns > unknownTurns ? 0 : turns);
  return run.decisions.decideOnce(node, turns <= unknownTurns);
}

export function rangeStep(spot: Spot, { to, over, hasValue }: InstrOf<"range">): void {
  const held = get(spot.frame, over.reg);
  const isArrayPlace = over.isPlace && isObject(held) && held.kind === "cell" && isAggregateType(held.type);
  if (isArrayPlace && hasValue && isObject(held) && held.kind === "cell") touch(spot, held, { isWrite: false });
  let value = !over.isPlace || isArrayPlace ? held : load(spot, held);
  if (isObject(value) && value.kind === "unknown") value = asContainer(spot, value, undefined) ?? value;
  set(spot.frame, to, { kind: "iterator", over: value, at: 0, ...extent(spot, value) });
}

/** How many turns, and the keys of a map. */
function extent({ run, node }: Spot, value: Value): Pick<Iterator, "keys" | "length"> {
  const unknown = { keys: undefined, length: -1 };
  if (typeof value === "number") return { keys: undefined, length: value };
  if (typeof value === "string") return { keys: undefined, length: Math.min(value.length, unknownTurns) };
  if (!isObject(value)) return { keys: undefined, length: 0 };
  if (value.kind === "slice") return value.length === undefined ? unknown : { keys: undefined, length: value.length };
  if (value.kind === "map") {
    const keys: Value[] = [...value.entries.keys()].map((key) => run.identified.get(String(key)) ?? key);
    while (value.isUnknown && keys.length < unknownTurns) {
      keys.push(run.memory.unknown(undefined, `key ${keys.length} at ${node}`));
    }
    return { keys, length: keys.length };
  }
  if (value.kind === "cell") return { keys: undefined, length: shapeOf(value.type)?.length ?? -1 };
  return unknown;
}

export function nextStep(spot: Spot, { iterator, key, value, target }: InstrOf<"next">): void {
  const { frame } = spot;
  const own = get(frame, iterator);
  if (!isObject(own) || own.kind !== "iterator") {
    frame.pc = target;
    return;
  }
  if (isObject(own.over) && own.over.kind === "channel") {
    return nextReceived(spot, own.over, { iterator, key, value, target });
  }
  const isMore = own.length < 0 ? spot.run.decisions.decideOnce(spot.node, own.at < unknownTurns) : own.at < own.length;
  if (isObject(own.over) && own.over.kind === "map") touch(spot, own.over.cell, { isWrite: false, what: "map" });
  if (!isMore) {
    frame.pc = target;
    return;
  }
  const at = own.keys === undefined ? own.at : own.keys[own.at];
  own.at += 1;
  set(frame, key, at);
  if (value >= 0) set(frame, value, element(spot, own.over, at));
}

function element(spot: Spot, over: Value, at: Value): Value {
  if (isObject(over) && over.kind === "map") return lookup(spot, over, at).value;
  if (isObject(over) && (over.kind === "slice" || over.kind === "aggregate")) {
    return load(spot, elementPlace(spot, over, at, undefined));
  }
  if (isObject(over) && over.kind === "cell") {
    return load({ ...spot }, elementPlace(spot, { kind: "aggregate", cell: over }, at, undefined));
  }
  return spot.run.memory.unknown(undefined);
}

function nextReceived(spot: Spot, channel: Channel, { key, target }: Omit<InstrOf<"next">, "op" | "node">): void {
  const { frame } = spot;
  const turns = (frame.turns.get(spot.node) ?? 0) + 1;
  const received = receive(spot, channel);
  if (received === "blocked") return;
  frame.turns.set(spot.node, turns);
  const isEnd = !received.ok || (channel.isExternal && turns > unknownTurns);
  if (isEnd) frame.pc = target;
  else set(frame, key, received.value);
}

export function sendStep(spot: Spot, { chan, value }: InstrOf<"send">): void {
  const { thread, frame } = spot;
  const channel = channelOf(spot, get(frame, chan));
  if (channel === undefined) return stuck(spot);
  const waiter = thread.pending as Waiter | undefined;
  if (waiter !== undefined) {
    thread.pending = undefined;
    waiter.turn.done ??= waiter;
    if (waiter.turn.isRefused) refuse(spot, channel);
    return;
  }
  touch(spot, channel.cell, { isWrite: false, what: "send" });
  noteWait(spot, channel, "send");
  const sent = trySend(thread, channel, get(frame, value));
  if (sent === "closed") return refuse(spot, channel);
  if (sent === "done") return;
  const made: Waiter = {
    thread,
    channel,
    index: 0,
    value: get(frame, value),
    ok: false,
    turn: { done: undefined, isRefused: false },
  };
  thread.pending = made;
  channel.senders.push(made);
  block(thread, { kind: "channel", channels: [channel], waiters: [made] }, () => made.turn.done !== undefined);
}

/** Remembers that others are waited for with locks held. */
export function noteWait({ run, thread, frame, node }: Spot, object: Channel | Cell, what: HeldWait["what"]): void {
  if (thread.held.length > 0) run.heldWaits.push({ node, object, what, locks: [...thread.held], frame });
}

/** A send on a closed channel panics. */
function refuse({ run, thread, node }: Spot, channel: Channel): void {
  run.incident("send on closed", thread, node, channel);
  thread.panic ??= { value: "send on closed channel" };
}

/** A nil channel blocks for ever. */
function stuck({ thread }: Spot): void {
  block(thread, { kind: "channel", channels: [undefined], waiters: [] }, () => false);
}

export function closeStep(spot: Spot, value: Value): void {
  const channel = channelOf(spot, value);
  if (channel === undefined) return;
  touch(spot, channel.cell, { isWrite: true, what: "close" });
  if (closeChannel(spot.thread, channel)) return;
  spot.run.incident("closed twice", spot.thread, spot.node, channel);
  spot.thread.panic ??= { value: "close of closed channel" };
}

/** The channel that a value is; an unknown one becomes a channel from outside. */
function channelOf({ run, node }: Spot, value: Value): Channel | undefined {
  if (!isObject(value)) return undefined;
  if (value.kind === "channel") return value;
  if (value.kind !== "unknown") return undefined;
  if (isObject(value.as) && value.as.kind === "channel") return value.as;
  const made = run.newChannel(0, shapeOf(value.type)?.elem, node, true);
  value.as = made;
  return made;
}

export function receiveStep(spot: Spot, { to, ok, chan, type }: InstrOf<"receive">): void {
  const channel = channelOf(spot, get(spot.frame, chan));
  if (channel === undefined) return stuck(spot);
  const received = receive(spot, channel);
  if (received === "blocked") return;
  set(spot.frame, to, received.ok || channel.isExternal ? received.value : spot.run.memory.zeroOf(type));
  set(spot.frame, ok, received.ok);
}

/** From a channel from outside something comes when nothing in here can go on. */
function receive(spot: Spot, channel: Channel): NonNullable<Received> | "blocked" {
  const { thread } = spot;
  const waiter = thread.pending as Waiter | undefined;
  if (waiter !== undefined) {
    thread.pending = undefined;
    if (waiter.turn.done !== undefined) return { value: waiter.value, ok: waiter.ok };
    waiter.turn.done = waiter;
    acquire(thread, channel.closedAt);
    if (!channel.isExternal) joinAll(spot);
    return { value: fresh(spot, channel.elem), ok: true };
  }
  noteWait(spot, channel, "receive");
  const received = tryReceive(thread, channel);
  if (received !== undefined) return received;
  const made: Waiter = {
    thread,
    channel,
    index: 0,
    value: undefined,
    ok: false,
    turn: { done: undefined, isRefused: false },
  };
  thread.pending = made;
  channel.receivers.push(made);
  const kind = channel.isExternal ? "external" : "channel";
  const blocked =
    kind === "external"
      ? ({ kind, waiters: [made] } as const)
      : ({ kind, channels: [channel], waiters: [made] } as const);
  block(thread, blocked, () => made.turn.done !== undefined);
  return "blocked";
}

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
