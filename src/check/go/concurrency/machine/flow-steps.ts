/** Instructions that decide where to go on: conditions, ranges, channels. */

import type { InstrOf } from "../code.ts";
import { usuallyTrue } from "./arithmetic.ts";
import { type Channel, closeChannel, type Received, tryReceive, trySend, type Waiter } from "./channel.ts";
import { escape } from "./escape.ts";
import { asContainer, elementPlace, fresh, load, lookup, type Spot, touch } from "./places.ts";
import { joinAll } from "./quiet.ts";
import { guessedFrame, heldForCertain } from "./thread.ts";
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
  noteSent(channel, get(frame, value));
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

/** What is sent to somebody who is not known is known to others from then on. */
export function noteSent(channel: Channel, value: Value): void {
  if (channel.isEscaped) escape(value);
}

/** Remembers that others are waited for with locks held. */
export function noteWait({ run, thread, frame, node }: Spot, object: Channel | Cell, what: HeldWait["what"]): void {
  const locks = [...heldForCertain(thread)];
  if (locks.length > 0) run.heldWaits.push({ node, object, what, locks, frame });
}

/** A send on a closed channel panics. */
export function refuse(spot: Spot, channel: Channel): void {
  const { run, thread, node } = spot;
  if (isGuess(spot, channel)) return;
  run.incident("send on closed", thread, node, channel);
  thread.panic ??= { value: "send on closed channel" };
}

/** A nil channel blocks for ever. */
function stuck({ thread }: Spot): void {
  block(thread, { kind: "channel", channels: [undefined], waiters: [] }, () => false);
}

/** Either side of it may not happen, or at another time. The thread goes on as if it had not. */
function isGuess({ thread }: Spot, channel: Channel): boolean {
  return channel.isClosedByGuess || guessedFrame(thread) !== undefined;
}

export function closeStep(spot: Spot, value: Value): void {
  const channel = channelOf(spot, value);
  if (channel === undefined) return;
  touch(spot, channel.cell, { isWrite: true, what: "close" });
  const isByGuess = guessedFrame(spot.thread) !== undefined;
  if (closeChannel(spot.thread, channel)) {
    channel.isClosedByGuess = isByGuess;
    return;
  }
  if (isGuess(spot, channel)) return;
  spot.run.incident("closed twice", spot.thread, spot.node, channel);
  spot.thread.panic ??= { value: "close of closed channel" };
}

/** The channel that a value is; an unknown one becomes a channel from outside. */
export function channelOf({ run, node }: Spot, value: Value): Channel | undefined {
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
