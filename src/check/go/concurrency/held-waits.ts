/** Waiting with a lock held for somebody who needs that lock first. */

import { Kind } from "../kinds.ts";
import type { GoPackage } from "../program.ts";
import type { GoSymbol } from "../symbols.ts";
import type { NodeId } from "../tree.ts";
import type { WaitReport } from "./wait-report.ts";
import { objectName } from "./names.ts";
import { executionsOf, type FoundWait } from "./races.ts";
import { soloOf } from "./solo.ts";

/** Reports waits for which another function both serves the wait and takes the lock. */
export function waitsUnderLock(pkg: GoPackage): WaitReport[] {
  const reports = new Map<NodeId, WaitReport>();
  for (const wait of [...executionsOf(pkg).waits, ...soloOf(pkg).waits]) {
    if (reports.has(wait.node)) continue;
    const report = reportWait(pkg, wait);
    if (report !== undefined) reports.set(wait.node, report);
  }
  return [...reports.values()];
}

function reportWait(pkg: GoPackage, wait: FoundWait): WaitReport | undefined {
  const object = objectSymbol(pkg, wait.node);
  if (object === undefined || isBuffered(wait) || (wait.what !== "Wait" && hasRoom(pkg, object))) return undefined;
  for (const lock of wait.locks) {
    const symbol = objectSymbol(pkg, lock.node);
    const partner = symbol === undefined ? undefined : findPartner(pkg, wait, object, symbol);
    if (partner === undefined) continue;
    const [name, held] = [objectName(pkg, wait.node), objectName(pkg, lock.node)];
    const message = `this waits for ${name} with ${held} held, and whoever is waited for locks ${held} on line ${pkg.place(partner).line}: both wait for ever`;
    const related = [
      { place: pkg.place(lock.node), message: `${held} is locked here` },
      { place: pkg.place(partner), message: "the other side needs the lock here" },
    ];
    return { place: pkg.place(wait.node), message, related };
  }
  return undefined;
}

function isBuffered({ object, what }: FoundWait): boolean {
  return what === "send" && object.kind === "channel" && !object.isExternal && object.capacity > 0;
}

/** Somewhere the package makes the channel with room in it: a queue, or a lock of its own. */
function hasRoom(pkg: GoPackage, object: GoSymbol): boolean {
  const { tree } = pkg;
  return pkg.uses(object).some((use) => {
    const statement = tree.enclosing(use, Kind.AssignStmt, Kind.KeyValueExpr, Kind.ValueSpec);
    const makes = statement === undefined ? [] : tree.all(Kind.CallExpr, statement);
    return makes.some((call) => tree.name(call + 1) === "make" && tree.args(call).length > 1);
  });
}

/** The variable or field that a lock, wait or channel operation is on. */
function objectSymbol(pkg: GoPackage, node: NodeId): GoSymbol | undefined {
  const { tree } = pkg;
  const call = tree.kind(node) === Kind.CallExpr ? node : undefined;
  if (call !== undefined) {
    const callee = tree.callee(call);
    return tree.kind(callee) === Kind.SelectorExpr ? pkg.symbol(tree.unparen(callee + 1)) : undefined;
  }
  if (tree.kind(node) === Kind.SendStmt || tree.kind(node) === Kind.UnaryExpr) {
    return pkg.symbol(tree.unparen(node + 1));
  }
  return undefined;
}

/** In another function that serves the wait: where it takes the lock. */
function findPartner(pkg: GoPackage, { node, what }: FoundWait, object: GoSymbol, lock: GoSymbol): NodeId | undefined {
  const own = pkg.tree.func(node);
  for (const func of pkg.functions) {
    if (func === own || pkg.tree.contains(func, node)) continue;
    const service = findIn(pkg, func, (one) => serves(pkg, one, object, what));
    if (service === undefined) continue;
    const taken = findIn(pkg, func, (one) => isLockOf(pkg, one, lock)) ?? takenInCallee(pkg, func, lock);
    if (taken === undefined) continue;
    // A service before the lock, and once only, is not kept back by it.
    if (taken < service || isInLoop(pkg, service, func) || isDeferred(pkg, service)) return taken;
  }
  return undefined;
}

function takenInCallee(pkg: GoPackage, func: NodeId, lock: GoSymbol): NodeId | undefined {
  return findIn(pkg, func, (node) => {
    const target = pkg.tree.kind(node) === Kind.CallExpr ? pkg.callOf(node) : undefined;
    const callee = target?.kind === "static" ? pkg.funcDecl(target.symbol) : undefined;
    return callee !== undefined && findIn(pkg, callee, (one) => isLockOf(pkg, one, lock)) !== undefined;
  });
}

/** The first such node in the function itself, not in literals inside. */
function findIn(pkg: GoPackage, func: NodeId, fits: (node: NodeId) => boolean): NodeId | undefined {
  const { tree } = pkg;
  for (let node = func + 1; node < tree.end(func); node++) {
    if (tree.kind(node) === Kind.FuncLit) node = tree.end(node) - 1;
    else if (fits(node)) return node;
  }
  return undefined;
}

function isLockOf(pkg: GoPackage, node: NodeId, lock: GoSymbol): boolean {
  const target = pkg.tree.kind(node) === Kind.CallExpr ? pkg.callOf(node) : undefined;
  const isLock = target?.kind === "static" && /^sync\.(?:RW)?Mutex\.R?Lock$/.test(target.symbol.key ?? "");
  return isLock && objectSymbol(pkg, node) === lock;
}

function serves(pkg: GoPackage, node: NodeId, object: GoSymbol, what: FoundWait["what"]): boolean {
  const { tree } = pkg;
  switch (what) {
    case "Wait": {
      const target = tree.kind(node) === Kind.CallExpr ? pkg.callOf(node) : undefined;
      return (
        target?.kind === "static" && target.symbol.key === "sync.WaitGroup.Done" && objectSymbol(pkg, node) === object
      );
    }
    case "send":
      if (tree.kind(node) === Kind.RangeStmt) return tree.children(node).some((x) => pkg.symbol(x) === object);
      return tree.kind(node) === Kind.UnaryExpr && tree.op(node) === "<-" && objectSymbol(pkg, node) === object;
    case "receive":
      return tree.kind(node) === Kind.SendStmt && objectSymbol(pkg, node) === object;
  }
}

function isInLoop(pkg: GoPackage, node: NodeId, func: NodeId): boolean {
  if (pkg.tree.kind(node) === Kind.RangeStmt) return true;
  const loop = pkg.tree.enclosing(node, Kind.ForStmt, Kind.RangeStmt);
  return loop !== undefined && loop > func;
}

function isDeferred(pkg: GoPackage, node: NodeId): boolean {
  return pkg.tree.kind(pkg.tree.parent(node) ?? 0) === Kind.DeferStmt;
}
