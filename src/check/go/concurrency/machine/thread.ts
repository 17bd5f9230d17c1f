/** Threads of the machine: the function that is looked at, and each goroutine, timer or handler that it starts. */

import type { GoPackage } from "../../program.ts";
import type { NodeId } from "../../tree.ts";
import type { FuncCode, Reg } from "../code.ts";
import type { Channel, Waiter } from "./channel.ts";
import type { Clock } from "./clock.ts";
import type { Cell, FuncValue, Value } from "./value.ts";

/** Threads of one run; what is started beyond them does not run. */
export const maxThreads = 40;

export interface Frame {
  readonly code: FuncCode;
  readonly pkg: GoPackage;
  readonly regs: Value[];
  readonly caller: Frame | undefined;
  /** The call in the caller's code. */
  readonly callNode: NodeId | undefined;
  readonly depth: number;
  pc: number;
  readonly defers: {
    readonly fn: Value;
    readonly args: readonly Value[];
    readonly node: NodeId;
    readonly spread: boolean;
  }[];
  /** Where the caller wants the results. */
  readonly to: readonly Reg[];
  /** Set while deferred functions run: what is returned afterwards. */
  returning: readonly Value[] | undefined;
  isReturning: boolean;
  /** Returns because of a panic that nobody has recovered yet. */
  isPanicking: boolean;
  /** How often each loop's condition was decided. */
  readonly turns: Map<number, number>;
  /** Called with the results when the function returns. */
  readonly onReturn: ((results: readonly Value[]) => void) | undefined;
  /** Runs because of a panic in the frame below: recover works here. */
  readonly isDeferred: boolean;
  /** A function that was given to one of which nothing is known: it may as well run later, elsewhere, or never. */
  readonly isGuessed: boolean;
}

/** A lock that a thread holds. */
export interface HeldLock {
  readonly cell: Cell;
  readonly isRead: boolean;
  readonly node: NodeId;
  readonly frame: Frame;
}

/** What a blocked thread waits for. */
export type Blocked =
  | { readonly kind: "lock"; readonly cell: Cell; readonly isRead: boolean }
  | {
      readonly kind: "channel";
      readonly channels: readonly (Channel | undefined)[];
      readonly waiters: readonly Waiter[];
    }
  | { readonly kind: "group" | "once" | "cond"; readonly cell: Cell }
  | { readonly kind: "sleep"; readonly until: number }
  | { readonly kind: "quiet" }
  /** Goes on when nothing else can. */
  | { readonly kind: "external"; readonly waiters: readonly Waiter[] };

export interface Thread {
  readonly id: number;
  readonly clock: Clock;
  frame: Frame | undefined;
  /** Where it was started, in whose frame. */
  readonly started: { readonly node: NodeId; readonly frame: Frame; readonly how: string } | undefined;
  readonly held: HeldLock[];
  blocked: Blocked | undefined;
  /** Whether the blocked thread can go on. */
  canGoOn: (() => boolean) | undefined;
  /** What the instruction that is tried again left for itself. */
  pending: unknown;
  panic: { readonly value: Value } | undefined;
  /** Frames are being left because of the panic. */
  isPanicking: boolean;
  isDone: boolean;
  steps: number;
  /** Not before this virtual time. */
  wakeAt: number;
  readonly body: FuncValue | undefined;
  /** Died of a panic that nobody recovered. */
  hasCrashed: boolean;
}

/** The outermost frame that runs by a guess alone. */
export function guessedFrame({ frame }: Thread): Frame | undefined {
  let found: Frame | undefined;
  for (let at = frame; at !== undefined; at = at.caller) if (at.isGuessed) found = at;
  return found;
}

/** The locks that a thread has wherever it runs: not those held around a function that may as well run later. */
export function heldForCertain(thread: Thread): readonly HeldLock[] {
  const guess = guessedFrame(thread);
  return guess === undefined ? thread.held : thread.held.filter((one) => isWithin(one.frame, guess));
}

/** Whether one frame is another one or was called by it. */
export function isWithin(frame: Frame, outer: Frame): boolean {
  for (let at: Frame | undefined = frame; at !== undefined; at = at.caller) if (at === outer) return true;
  return false;
}
