/**
 * Functions that take locks, run alone with unknown arguments: which fields they touch under which locks, in which order
 * they take locks, what they wait for while they hold them, and whether they give them back.
 */

import { Kind, Role } from "../kinds.ts";
import type { GoPackage } from "../program.ts";
import { isNamed, pointee } from "../symbols.ts";
import type { NodeId } from "../tree.ts";
import { type Coverage, Decisions } from "./machine/decisions.ts";
import { runFunction } from "./machine/machine.ts";
import type { HeldWait, Incident, LockOrder, Run } from "./machine/state.ts";
import type { Cell } from "./machine/value.ts";
import { lockName, memberName, type MemberName } from "./names.ts";

/** One access to a field of something that others know too, or to a package variable. */
export interface FieldUse {
  readonly field: MemberName;
  readonly node: NodeId;
  readonly isWrite: boolean;
  readonly isAtomic: boolean;
  /** Locks beside the field that are held, by name. */
  readonly guards: ReadonlyMap<string, "read" | "write">;
  /** Some lock is held, be it another thing's. */
  readonly holdsAny: boolean;
  /** The declared function that was run, and the one that the access is in. */
  readonly root: NodeId;
  readonly func: NodeId;
}

export interface Solo {
  readonly uses: readonly FieldUse[];
  readonly incidents: readonly (Incident & { readonly root: NodeId })[];
  readonly orders: readonly (LockOrder & { readonly root: NodeId })[];
  readonly waits: readonly (HeldWait & { readonly root: NodeId })[];
  /** Locks that a function releases which it did not take, by name. */
  readonly handedOver: ReadonlySet<string>;
  /** Functions that returned at least once without any lock that they had taken. */
  readonly balanced: ReadonlySet<NodeId>;
}

interface Lists {
  readonly incidents: (Incident & { readonly root: NodeId })[];
  readonly orders: (LockOrder & { readonly root: NodeId })[];
  readonly waits: (HeldWait & { readonly root: NodeId })[];
}

const stepsPerRun = 2000;
const minStepsPerPackage = 150_000;
const stepsPerNode = 0.5;
const maxUses = 20_000;

/** The store with guards that other packages have; foreign-guards.ts fills it. */
export const foreignGuardsName = "concurrency foreign guards";

export function soloOf(pkg: GoPackage): Solo {
  return pkg.memo("concurrency solo", runAlone);
}

function runAlone(pkg: GoPackage): Solo {
  const uses = new Map<string, FieldUse>();
  const kept: Lists = { incidents: [], orders: [], waits: [] };
  const balanced = new Set<NodeId>();
  const handedOver = new Set<string>();
  let left = Math.max(minStepsPerPackage, pkg.tree.size * stepsPerNode);
  for (const root of soloRoots(pkg)) {
    if (left <= 0) break;
    const coverage: Coverage = { taken: new Map() };
    for (const isContrary of [false, true, true, true]) {
      const decisions = new Decisions("starter first", coverage, isContrary);
      const run = observe(pkg, root, decisions, uses);
      left -= stepsPerRun - run.stepsLeft;
      kept.incidents.push(...run.incidents.map((one) => ({ ...one, root })));
      kept.orders.push(...run.lockOrders.map((one) => ({ ...one, root })));
      kept.waits.push(...run.heldWaits.map((one) => ({ ...one, root })));
      for (const func of run.balanced) balanced.add(func);
      for (const lock of run.foreignUnlocks) handedOver.add(memberName(lock)?.key ?? "");
      if (!decisions.hasGuessed) break;
    }
  }
  return { ...kept, balanced, handedOver, uses: [...uses.values()] };
}

function observe(pkg: GoPackage, root: NodeId, decisions: Decisions, uses: Map<string, FieldUse>): Run {
  return runFunction({
    pkg,
    func: root,
    decisions,
    steps: stepsPerRun,
    observer: (thread, frame, cell, node, { isWrite, isAtomic = false }) => {
      const target = ownerOf(cell);
      const field = memberName(target);
      if (field === undefined || uses.size > maxUses || !isShared(target)) return;
      const guards = new Map<string, "read" | "write">();
      for (const { cell: lock, isRead } of thread.held) {
        const name = lockName(lock, target);
        if (name !== undefined) guards.set(name, isRead ? "read" : "write");
      }
      const func =
        pkg.tree.kind(frame.code.node) === Kind.FuncDecl
          ? frame.code.node
          : pkg.tree.enclosing(frame.code.node, Kind.FuncDecl);
      const use = {
        field,
        node,
        isWrite,
        isAtomic,
        guards,
        holdsAny: thread.held.length > 0,
        root,
        func: func ?? root,
      };
      const key = `${node}:${String(isWrite)}:${[...guards.keys()].join()}:${String(use.holdsAny)}`;
      if (!uses.has(key)) uses.set(key, use);
    },
  });
}

/** Of a map's or slice's contents the variable that leads there; of a part of a field's value the field. */
function ownerOf(cell: Cell): Cell {
  let target = cell;
  for (let depth = 0; depth < 8; depth++) {
    if (target.owner !== undefined) target = target.owner;
    else if (target.parent?.owner !== undefined) target = target.parent.owner;
    else return target;
  }
  return target;
}

/** Something that was there before the function was called. */
function isShared(cell: Cell): boolean {
  let root = cell;
  while (root.parent !== undefined) root = root.parent;
  return root.origin?.kind === "unknown" || root.origin?.kind === "global";
}

/**
 * Functions that take locks, call one that does, or are methods of a type with a lock, in other files than tests. What only
 * others here call is seen through these.
 */
function soloRoots(pkg: GoPackage): NodeId[] {
  const { tree } = pkg;
  const called = new Set<NodeId>();
  const locking = new Set<NodeId>();
  const calls: { readonly caller: NodeId; readonly callee: NodeId }[] = [];
  let hasPackageLock = false;
  for (const call of tree.all(Kind.CallExpr)) {
    const target = pkg.callOf(call);
    if (target?.kind !== "static") continue;
    const caller = tree.enclosing(call, Kind.FuncDecl);
    if (caller === undefined) continue;
    if (/^sync\.(?:RW)?Mutex\.R?Lock$/.test(target.symbol.key ?? "")) {
      locking.add(caller);
      hasPackageLock ||= pkg.symbol(tree.unparen(tree.callee(call) + 1))?.scope === "package";
    }
    const callee = pkg.funcDecl(target.symbol);
    if (callee === undefined || callee === caller) continue;
    called.add(callee);
    calls.push({ caller, callee });
  }
  const foreign = namingForeign(pkg);
  if (locking.size === 0) return [...foreign];
  const near = new Set(calls.flatMap(({ caller, callee }) => (locking.has(callee) ? [caller] : [])));
  return pkg.functions.filter((func) => {
    if (tree.kind(func) !== Kind.FuncDecl || pkg.fileOf(func).isTest) return false;
    if (foreign.has(func)) return true;
    if (!hasPackageLock && !locking.has(func) && !near.has(func) && !isOfLockedType(pkg, func)) return false;
    return pkg.funcSymbol(func)?.exported === true || !called.has(func);
  });
}

/** Functions, not of tests, that use what another package guards. */
function namingForeign(pkg: GoPackage): Set<NodeId> {
  const guarded = pkg.program.store(foreignGuardsName);
  if (guarded.size === 0) return new Set();
  const functions = pkg.tree.all(Kind.SelectorExpr).flatMap((selector) => {
    const symbol = pkg.symbol(selector);
    if (symbol?.key === undefined || symbol.pkgPath === pkg.path || !guarded.has(symbol.key)) return [];
    const func = pkg.fileOf(selector).isTest ? undefined : pkg.tree.enclosing(selector, Kind.FuncDecl);
    return func === undefined ? [] : [func];
  });
  return new Set(functions);
}

function isOfLockedType(pkg: GoPackage, func: NodeId): boolean {
  const receiver = pkg.tree.child(func, Role.Recv);
  const field = receiver === undefined ? undefined : pkg.tree.list(receiver, Role.Field)[0];
  const typeNode = field === undefined ? undefined : pkg.tree.type(field);
  const type = typeNode === undefined ? undefined : pointee(pkg.typeOf(typeNode));
  return (type?.fields ?? []).some((one) => isNamed(one.type, "sync.Mutex", "sync.RWMutex"));
}
