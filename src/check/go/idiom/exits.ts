/** Ways out of a function on which something was not done that should have been. */

import { Kind, Role } from "../kinds.ts";
import type { GoPackage } from "../program.ts";
import type { GoSymbol } from "../symbols.ts";
import type { NodeId } from "../tree.ts";
import { within } from "./control.ts";
import { statementOf } from "./variables.ts";

/**
 * A return, after the statement in which something was taken, that comes before any of its releases. Releases that are
 * deferred count from where the defer stands; those in other functions (a closure) count for everything. `excused`
 * returns are those where there is nothing to release.
 */
export function unreleasedReturn(
  pkg: GoPackage,
  taken: NodeId,
  releases: readonly NodeId[],
  excused: (exit: NodeId) => boolean,
): NodeId | undefined {
  const { tree } = pkg;
  const func = tree.func(taken);
  const start = statementOf(tree, taken);
  const block = tree.parent(start);
  if (func === undefined || block === undefined) return undefined;
  if (releases.some((release) => tree.func(release) !== func && deferAround(pkg, release, func) === undefined)) {
    return undefined;
  }
  const places = releases.map((release) => deferAround(pkg, release, func) ?? release);
  const returns = within(tree, block).filter((node) => node > start && tree.kind(node) === Kind.ReturnStmt);
  return returns.find((exit) => !isReleased(pkg, exit, places) && !excused(exit));
}

/** The defer statement of `func` that a node is in, directly or in its literal. */
function deferAround(pkg: GoPackage, node: NodeId, func: NodeId): NodeId | undefined {
  const { tree } = pkg;
  for (let at = tree.enclosing(node, Kind.DeferStmt); at !== undefined; at = tree.enclosing(at, Kind.DeferStmt)) {
    if (tree.func(at) === func) return at;
  }
  return undefined;
}

/** Whether a release certainly came before: its statement is in a block around the return, and earlier. */
function isReleased(pkg: GoPackage, exit: NodeId, releases: readonly NodeId[]): boolean {
  const { tree } = pkg;
  return releases.some((release) => {
    const block = tree.parent(statementOf(tree, release));
    return tree.contains(exit, release) || (release < exit && block !== undefined && tree.contains(block, exit));
  });
}

/** Whether a node is in an if (or a case) whose condition mentions the variable. */
export function decidedBy(pkg: GoPackage, node: NodeId, symbol: GoSymbol): boolean {
  const { tree } = pkg;
  for (let at = node, parent = tree.parent(at); parent !== undefined; at = parent, parent = tree.parent(at)) {
    const kind = tree.kind(parent);
    if (kind === Kind.FuncDecl || kind === Kind.FuncLit) return false;
    const conditions = conditionsOf(pkg, parent);
    if (conditions.some((part) => pkg.uses(symbol).some((use) => tree.contains(part, use)))) {
      return true;
    }
  }
  return false;
}

function conditionsOf(pkg: GoPackage, node: NodeId): NodeId[] {
  if (pkg.tree.kind(node) === Kind.IfStmt) return pkg.tree.list(node, Role.Cond);
  return pkg.tree.kind(node) === Kind.CaseClause ? pkg.tree.list(node, Role.Expr) : [];
}
