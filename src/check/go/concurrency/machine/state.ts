/** The machine's state while it runs one function once, and what everything in this folder does with it. */

import type { GoPackage } from "../../program.ts";
import type { GoType } from "../../symbols.ts";
import type { NodeId } from "../../tree.ts";
import { type Clock, join, tick } from "./clock.ts";
import type { Channel } from "./channel.ts";
import type { Decisions } from "./decisions.ts";
import { Memory, newCell } from "./memory.ts";
import { type Access, type AccessKind, recordAccess } from "./shadow.ts";
import type { Blocked, Frame, HeldLock, Thread } from "./thread.ts";
import type { Cell, FuncValue, Value } from "./value.ts";

/** What a library's object is made of, where a cell's state is not enough. */
export interface TimerState {
  readonly channel: Channel | undefined;
  readonly fn: Value;
  /** Carries what those know who set the timer. */
  thread: Thread | undefined;
  at: number | undefined;
  readonly period: number | undefined;
}

export interface Race {
  readonly earlier: Access;
  readonly later: Access;
}

export type IncidentKind =
  | "send on closed"
  | "closed twice"
  | "locked twice"
  | "read locked twice"
  | "negative counter"
  /** A lock is waited for whose holder has ended. */
  | "owner ended"
  /** Nothing can go on, and this thread waits for what nobody will do. */
  | "stuck"
  /** The function returns with a lock that it took. */
  | "held at return";

/** A lock taken while another one was held. */
export interface LockOrder {
  readonly first: HeldLock;
  readonly second: HeldLock;
  readonly thread: Thread;
  readonly frame: Frame;
  /** All that was held then. */
  readonly held: readonly Cell[];
}

/** Something that waits for others was done while locks were held. */
export interface HeldWait {
  readonly node: NodeId;
  readonly object: Cell | Channel;
  readonly what: "send" | "receive" | "Wait";
  readonly locks: readonly HeldLock[];
  readonly frame: Frame;
}

/** What stays blocked when nothing can go on any more, or went wrong in an unmistakable way. */
export interface Incident {
  readonly kind: IncidentKind;
  readonly thread: Thread;
  readonly frame: Frame;
  readonly node: NodeId;
  readonly object: Cell | Channel;
  /** An earlier place that belongs to it. */
  readonly related: NodeId | undefined;
}

export type Observer = (thread: Thread, frame: Frame, cell: Cell, node: NodeId, kind: AccessKind) => void;

/** One run. A class because everything here shares and changes it. */
export class Run {
  readonly pkg: GoPackage;
  readonly decisions: Decisions;
  readonly memory = new Memory();
  readonly threads: Thread[] = [];
  readonly timers = new Map<Cell, TimerState>();
  /** Channels of contexts from outside, by the context's key. */
  readonly doneChannels = new Map<string, Channel>();
  readonly globals = new Map<string, Cell>();
  readonly races: Race[] = [];
  readonly incidents: Incident[] = [];
  readonly lockOrders: LockOrder[] = [];
  readonly heldWaits: HeldWait[] = [];
  /** Locks that were released by a thread that did not hold them. */
  readonly foreignUnlocks = new Set<Cell>();
  /** Functions that returned without a lock of their own. */
  readonly balanced = new Set<NodeId>();
  /** A function was called that is not part of the program and may have started something. */
  hasLeft = false;
  /** Is told of every access, also of those that nobody else could race with. */
  readonly observer: Observer | undefined;
  /** Nothing could go on at the end, rather than that the time was over. */
  isQuiet = false;
  /** Functions that run at the very end: finalizers, cleanups, handlers. */
  readonly late: (() => void)[] = [];
  /** What those know who do input and output: Go's race detector joins them as well. */
  readonly ioClock: Clock = [];
  now = 0;
  stepsLeft: number;
  isOver = false;
  /** The thread that should run next, by wish of what just happened. */
  preferred: Thread | undefined;
  /** The running thread has had its turn. */
  isTurnOver = false;
  /** Objects by their names. */
  readonly identified = new Map<string, Cell | Channel>();
  private readonly identities = new Map<Cell | Channel, string>();
  private readonly seen = new Set<string>();

  constructor(pkg: GoPackage, decisions: Decisions, steps: number, observer?: Observer) {
    this.pkg = pkg;
    this.observer = observer;
    this.decisions = decisions;
    this.stepsLeft = steps;
  }

  /** A name for an object, the same whenever it is asked for. */
  identityOf(value: Cell | Channel): string {
    const known = this.identities.get(value);
    if (known !== undefined) return known;
    const made = `#${this.identities.size}`;
    this.identities.set(value, made);
    this.identified.set(made, value);
    return made;
  }

  /** Records an access; keeps what it races with, each pair of places once. */
  access(thread: Thread, frame: Frame, cell: Cell, node: NodeId, kind: AccessKind): void {
    if (!cell.isTracked) return;
    if (this.observer !== undefined) this.observer(thread, frame, cell, node, kind);
    if (this.threads.length === 1) return;
    for (const earlier of recordAccess(thread, frame, cell, node, kind)) {
      const key = `${earlier.node}:${node}`;
      const later = cell.shadow?.find(
        (one) => one.thread === thread && one.node === node && one.isWrite === kind.isWrite,
      );
      if (later === undefined || this.seen.has(key)) continue;
      this.seen.add(key);
      this.races.push({ earlier, later });
    }
  }

  incident(kind: Incident["kind"], thread: Thread, node: NodeId, object: Cell | Channel, related?: NodeId): void {
    const { frame } = thread;
    if (frame !== undefined) this.incidents.push({ kind, thread, frame, node, object, related });
  }

  newThread(parent: Thread | undefined, node: NodeId, how: string, body: FuncValue | undefined): Thread {
    const thread: Thread = {
      id: this.threads.length,
      clock: [],
      frame: undefined,
      started: parent?.frame === undefined ? undefined : { node, frame: parent.frame, how },
      held: [],
      blocked: undefined,
      canGoOn: undefined,
      pending: undefined,
      panic: undefined,
      isPanicking: false,
      isDone: false,
      steps: 0,
      wakeAt: 0,
      hasCrashed: false,
      body,
    };
    this.threads.push(thread);
    if (parent !== undefined) {
      join(thread.clock, parent.clock);
      tick(parent.clock, parent.id);
    }
    tick(thread.clock, thread.id);
    return thread;
  }

  /** A channel that nobody else has yet, or one from outside. */
  newChannel(capacity: number, elem: GoType | undefined, node: NodeId, isExternal: boolean): Channel {
    return {
      kind: "channel",
      capacity: isExternal ? Number.POSITIVE_INFINITY : capacity,
      buffer: [],
      slots: [],
      sent: 0,
      received: 0,
      senders: [],
      receivers: [],
      isClosed: false,
      isClosedByGuess: false,
      closedAt: [],
      isExternal,
      isEscaped: isExternal,
      cell: newCell({ type: undefined, origin: { kind: isExternal ? "unknown" : "heap", symbol: undefined, node } }),
      made: node,
      elem,
    };
  }
}

/** What others learn from this thread, by something with a clock of its own. */
export function release(thread: Thread, clock: Clock): void {
  join(clock, thread.clock);
  tick(thread.clock, thread.id);
}

export function acquire(thread: Thread, clock: Clock): void {
  join(thread.clock, clock);
}

/** The instruction is tried again when the thread can go on. */
export function block(thread: Thread, blocked: Blocked, canGoOn: () => boolean): void {
  if (thread.frame !== undefined) thread.frame.pc -= 1;
  thread.blocked = blocked;
  thread.canGoOn = canGoOn;
}

export function get(frame: Frame, reg: number): Value {
  return reg < 0 ? undefined : frame.regs[reg];
}

export function set(frame: Frame, reg: number, value: Value): void {
  if (reg >= 0) frame.regs[reg] = value;
}
