/**
 * Channels with the order that they bring, as Go's race detector has it: an unbuffered exchange orders both ways; a buffer's
 * slot orders whoever uses it after whoever used it before, so that the kth receive is also before the (k + capacity)th send.
 */

import { type Clock, join, tick } from "./clock.ts";
import type { Thread } from "./thread.ts";
import type { Cell, Value } from "./value.ts";
import type { NodeId } from "../../tree.ts";
import type { GoType } from "../../symbols.ts";

export interface Channel {
  readonly kind: "channel";
  readonly capacity: number;
  readonly buffer: Value[];
  readonly slots: Clock[];
  sent: number;
  received: number;
  readonly senders: Waiter[];
  readonly receivers: Waiter[];
  isClosed: boolean;
  /** By a function of which nobody knows whether it runs. */
  isClosedByGuess: boolean;
  readonly closedAt: Clock;
  /** Made elsewhere: others may send and receive too. What they know is joined in one clock. */
  readonly isExternal: boolean;
  /** Others may hold it: it was stored, returned or given away. */
  isEscaped: boolean;
  /** Where sending is a read and closing a write: nothing orders the two. */
  readonly cell: Cell;
  readonly made: NodeId;
  readonly elem: GoType | undefined;
}

/** A blocked send or receive, or one case of a blocked select. */
export interface Waiter {
  readonly thread: Thread;
  readonly channel: Channel;
  readonly index: number;
  value: Value;
  ok: boolean;
  /** Shared by the cases of a select: only one happens. */
  readonly turn: { done: Waiter | undefined; isRefused: boolean };
}

export type Sent = "done" | "closed" | "full";
export type Received = { readonly value: Value; readonly ok: boolean } | undefined;

/** Sends if that needs no waiting. */
export function trySend(thread: Thread, channel: Channel, value: Value): Sent {
  if (channel.isClosed) return "closed";
  const receiver = next(channel.receivers);
  if (receiver !== undefined) {
    handOver(channel, thread, receiver.thread);
    finish(receiver, value, true);
    return "done";
  }
  if (channel.buffer.length >= channel.capacity) return "full";
  notify(channel, channel.sent, thread);
  channel.sent += 1;
  channel.buffer.push(value);
  return "done";
}

/** Receives if that needs no waiting. A closed channel gives `ok: false`. */
export function tryReceive(thread: Thread, channel: Channel): Received {
  if (channel.buffer.length > 0) return takeBuffered(thread, channel);
  const sender = next(channel.senders);
  if (sender !== undefined) {
    handOver(channel, sender.thread, thread);
    const { value } = sender;
    finish(sender, undefined, true);
    return { value, ok: true };
  }
  if (!channel.isClosed) return undefined;
  join(thread.clock, channel.closedAt);
  return { value: undefined, ok: false };
}

function takeBuffered(thread: Thread, channel: Channel): Received {
  const value = channel.buffer.shift();
  notify(channel, channel.received, thread);
  channel.received += 1;
  const sender = next(channel.senders);
  if (sender !== undefined) {
    notify(channel, channel.sent, sender.thread);
    channel.sent += 1;
    channel.buffer.push(sender.value);
    finish(sender, undefined, true);
  }
  return { value, ok: true };
}

/** Closes; returns false if it was closed already. Blocked senders are refused. */
export function closeChannel(thread: Thread, channel: Channel): boolean {
  if (channel.isClosed) return false;
  channel.isClosed = true;
  join(channel.closedAt, thread.clock);
  tick(thread.clock, thread.id);
  for (let one = next(channel.receivers); one !== undefined; one = next(channel.receivers)) {
    join(one.thread.clock, channel.closedAt);
    finish(one, undefined, false);
  }
  for (let one = next(channel.senders); one !== undefined; one = next(channel.senders)) {
    one.turn.isRefused = true;
    finish(one, undefined, false);
  }
  return true;
}

/** The oldest waiter that is still waiting. */
function next(waiters: Waiter[]): Waiter | undefined {
  for (let one = waiters.shift(); one !== undefined; one = waiters.shift()) if (one.turn.done === undefined) return one;
  return undefined;
}

function finish(waiter: Waiter, value: Value, ok: boolean): void {
  waiter.value = value;
  waiter.ok = ok;
  waiter.turn.done = waiter;
}

function handOver(channel: Channel, sender: Thread, receiver: Thread): void {
  if (channel.capacity > 0) {
    notify(channel, channel.sent, sender);
    notify(channel, channel.received, receiver);
    channel.sent += 1;
    channel.received += 1;
    return;
  }
  join(receiver.clock, sender.clock);
  join(sender.clock, receiver.clock);
  tick(sender.clock, sender.id);
  tick(receiver.clock, receiver.id);
}

function notify(channel: Channel, position: number, thread: Thread): void {
  const at = Number.isFinite(channel.capacity) ? position % Math.max(channel.capacity, 1) : 0;
  const slot = (channel.slots[at] ??= []);
  join(thread.clock, slot);
  join(slot, thread.clock);
  tick(thread.clock, thread.id);
}
