/** A select with an empty default in a loop that does nothing else. */

import { isLoop, leaves, loopAround, within } from "../../../go/idiom/control.ts";
import { inTest } from "../../../go/idiom/surroundings.ts";
import { conditionOf, neverWaits } from "../../../go/idiom/waiting.ts";
import { Kind, Role } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { NodeId } from "../../../go/tree.ts";

export const rule: GoRule = {
  meta: {
    id: "go/busy-select",
    title: "a select that polls without a pause",
    category: "scheduling",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    for (const loop of pkg.tree.all(Kind.ForStmt)) {
      const polling = pollingSelect(pkg, loop);
      if (polling === undefined || inTest(pkg, loop)) continue;
      report(pkg.place(polling, pkg.tree.from(polling), pkg.tree.from(polling) + "select".length), {
        message:
          "the default of this select does nothing, so the loop around it spins: it keeps a processor busy until something arrives",
        why: "Without a default, select waits and costs nothing.",
      });
    }
  },
};

/** The first select of a loop whose every round can go through empty defaults only. */
function pollingSelect(pkg: GoPackage, loop: NodeId): NodeId | undefined {
  const { tree } = pkg;
  const body = tree.body(loop);
  if (body === undefined || tree.child(loop, Role.Post) !== undefined) return undefined;
  const condition = conditionOf(pkg, loop);
  if (condition !== undefined && !neverWaits(pkg, condition)) return undefined;
  const stmts = tree.stmts(body);
  const selects = stmts.filter((stmt) => tree.kind(stmt) === Kind.SelectStmt);
  const [first] = selects;
  if (first === undefined || !selects.every((select) => isPolling(pkg, select, loop))) return undefined;
  const idle = stmts.filter((stmt) => !selects.includes(stmt)).every((stmt) => isIdle(pkg, stmt, loop));
  return idle ? first : undefined;
}

/** Whether a select has a default that neither waits nor does anything to end the loop. */
function isPolling(pkg: GoPackage, select: NodeId, loop: NodeId): boolean {
  const { tree } = pkg;
  const body = tree.body(select);
  const fallback = body === undefined ? undefined : tree.stmts(body).find((clause) => tree.op(clause) === "default");
  return fallback !== undefined && tree.stmts(fallback).every((stmt) => isIdle(pkg, stmt, loop));
}

/** Counting, continuing: a statement that calls nothing, waits for nothing and does not leave. */
function isIdle(pkg: GoPackage, stmt: NodeId, loop: NodeId): boolean {
  const { tree } = pkg;
  const kind = tree.kind(stmt);
  if (kind !== Kind.IncDecStmt && kind !== Kind.EmptyStmt && kind !== Kind.BranchStmt && kind !== Kind.AssignStmt) {
    return false;
  }
  const calls = within(tree, stmt).some((node) => tree.kind(node) === Kind.CallExpr || isLoop(tree, node));
  return (
    !calls &&
    neverWaits(pkg, stmt) &&
    !leaves(pkg, stmt, loop) &&
    loopAround(tree, stmt) === loop &&
    !changesCondition(pkg, stmt, loop)
  );
}

/** Whether a statement sets something that the loop's condition reads. */
function changesCondition(pkg: GoPackage, stmt: NodeId, loop: NodeId): boolean {
  const condition = conditionOf(pkg, loop);
  if (condition === undefined) return false;
  const read = new Set(within(pkg.tree, condition).map((node) => pkg.symbol(node)));
  return within(pkg.tree, stmt).some(
    (node) => pkg.tree.kind(node) === Kind.Ident && read.has(pkg.symbol(node) ?? undefined),
  );
}
