/**
 * Accesses to memory, and which of them race: two of different threads, at least one a write, not both atomic, where
 * neither is in the past that the other's clock knows.
 */

import type { GoPlace } from "../../program.ts";
import type { NodeId } from "../../tree.ts";
import { before } from "./clock.ts";
import type { Frame, HeldLock, Thread } from "./thread.ts";
import type { Cell } from "./value.ts";

export interface Access {
  readonly thread: Thread;
  readonly time: number;
  readonly node: NodeId;
  readonly frame: Frame;
  readonly isWrite: boolean;
  readonly isAtomic: boolean;
  /** The new value was made from the old one. */
  readonly isUpdate: boolean;
  readonly locks: readonly HeldLock[];
  readonly cell: Cell;
  /** What was done, where it is not plain reading or writing: "append", "close". */
  readonly what: string | undefined;
  /** Set where a function of another package does it, which is called at the node. */
  readonly via: Via | undefined;
}

export interface Via {
  readonly name: string;
  /** The fields from what it is given, or its package's variable. */
  readonly target: string;
  readonly isVariable: boolean;
  readonly place: GoPlace;
}

export type Shadow = Access[];

export interface AccessKind {
  readonly isWrite: boolean;
  readonly isAtomic?: boolean;
  readonly isUpdate?: boolean;
  readonly what?: string;
  readonly via?: Via;
}

/** Parts of a struct or array that are looked at for one access to the whole. */
const maxParts = 200;

/** Records an access and returns earlier ones that race with it. */
export function recordAccess(thread: Thread, frame: Frame, cell: Cell, node: NodeId, kind: AccessKind): Access[] {
  const access: Access = {
    thread,
    time: thread.clock[thread.id] ?? 0,
    node,
    frame,
    isWrite: kind.isWrite,
    isAtomic: kind.isAtomic ?? false,
    isUpdate: kind.isUpdate ?? false,
    locks: thread.held.length === 0 ? [] : [...thread.held],
    cell,
    what: kind.what,
    via: kind.via,
  };
  const racing: Access[] = [];
  collect(cell, access, racing);
  for (let around = cell.parent; around !== undefined; around = around.parent) collect(around, access, racing);
  if (cell.kids !== undefined) collectParts(cell, access, racing, { left: maxParts });
  keep(cell, access);
  return racing;
}

function collectParts(cell: Cell, access: Access, racing: Access[], budget: { left: number }): void {
  for (const kid of cell.kids?.values() ?? []) {
    if ((budget.left -= 1) < 0) return;
    collect(kid, access, racing);
    if (kid.kids !== undefined) collectParts(kid, access, racing, budget);
  }
}

function collect(cell: Cell, access: Access, racing: Access[]): void {
  for (const other of cell.shadow ?? []) if (isRace(other, access)) racing.push(other);
}

function isRace(earlier: Access, later: Access): boolean {
  if (earlier.thread === later.thread || (!earlier.isWrite && !later.isWrite)) return false;
  if (earlier.isAtomic && later.isAtomic) return false;
  if (earlier.what === later.what && (later.what === "Add" || later.what === "Wait")) return false;
  return !before({ thread: earlier.thread.id, time: earlier.time }, later.thread.clock);
}

/** Of one thread's accesses of one kind the last is enough: what is ordered after it is ordered after the others. */
function keep(cell: Cell, access: Access): void {
  cell.shadow ??= [];
  const { shadow } = cell;
  const at = shadow.findIndex(
    (one) => one.thread === access.thread && one.isWrite === access.isWrite && one.isAtomic === access.isAtomic,
  );
  if (at === -1) shadow.push(access);
  else shadow[at] = access;
}
