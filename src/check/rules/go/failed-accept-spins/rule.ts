/** An endless loop that goes on at once when Accept or a read fails; on a closed socket it fails at once again. */

import { calleeName, shortName } from "../../../go/idiom/calls.ts";
import { isEndless, leaves, loopAround, within } from "../../../go/idiom/control.ts";
import { comparesWithNil, takers } from "../../../go/idiom/variables.ts";
import { Kind, Role } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { NodeId } from "../../../go/tree.ts";

/** Methods that fail at once, each time, when the listener or the socket is closed. */
const accepting = /^(?:Accept(?:TCP|Unix)?|ReadFrom(?:UDP|IP|Unix|UDPAddrPort)?|ReadMsgUDP)$/u;

/** Calls that only tell: they neither wait nor end anything. */
const telling =
  /^(?:print|log|trace|debug|info|warn|error|fprint|sprint|err|string|add|inc|with|set|record|observe|errorf)/iu;

export const rule: GoRule = {
  meta: {
    id: "go/failed-accept-spins",
    title: "a loop that spins when accepting fails",
    category: "scheduling",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    for (const call of pkg.tree.all(Kind.CallExpr)) {
      const name = shortName(pkg, call);
      if (!accepting.test(name) || !isOfNet(pkg, call)) continue;
      const loop = loopAround(pkg.tree, call);
      if (loop === undefined || !isEndless(pkg, loop)) continue;
      const check = errorCheck(pkg, call);
      if (check === undefined || !goesOnAtOnce(pkg, check, loop)) continue;
      report(pkg.place(check), {
        message: `when ${name} fails the loop calls it again at once; on a closed socket it fails every time, and this spins`,
        why: "A closed listener never recovers, and too many open files do not go away by asking faster.",
      });
    }
  },
};

/** Whether the method is one of package net, as far as its receiver is known. */
function isOfNet(pkg: GoPackage, call: NodeId): boolean {
  const name = calleeName(pkg, call);
  return name?.startsWith("net.") ?? false;
}

/** The `if err != nil` for the call's last result: the call's own, or the next statement. */
function errorCheck(pkg: GoPackage, call: NodeId): NodeId | undefined {
  const { tree } = pkg;
  const err = takers(tree, call).at(-1);
  const symbol = err === undefined ? undefined : pkg.symbol(err);
  const assign = err === undefined ? undefined : tree.enclosing(err, Kind.AssignStmt);
  if (symbol === undefined || assign === undefined) return undefined;
  const check = tree.role(assign) === Role.Init ? tree.parent(assign) : tree.nextSibling(assign);
  if (check === undefined || tree.kind(check) !== Kind.IfStmt) return undefined;
  const condition = tree.child(check, Role.Cond);
  return condition !== undefined &&
    pkg.tree.op(tree.unparen(condition)) === "!=" &&
    comparesWithNil(pkg, condition, symbol, "!=")
    ? check
    : undefined;
}

/** Whether the error's branch only tells, and the loop goes on: nothing in it leaves, waits, or may do so. */
function goesOnAtOnce(pkg: GoPackage, check: NodeId, loop: NodeId): boolean {
  const { tree } = pkg;
  const body = tree.body(check);
  if (body === undefined || leaves(pkg, body, loop)) return false;
  const last = tree.stmts(body).at(-1);
  const continues = last !== undefined && tree.kind(last) === Kind.BranchStmt && tree.op(last) === "continue";
  const hasElse = tree.child(check, Role.Else) !== undefined;
  const isLast = tree.nextSibling(check) === undefined;
  if (!continues && !(hasElse && isLast)) return false;
  return within(tree, body).every((node) => {
    const kind = tree.kind(node);
    if (kind === Kind.CallExpr) return telling.test(shortName(pkg, node));
    return kind !== Kind.SelectStmt && kind !== Kind.SendStmt && !(kind === Kind.UnaryExpr && tree.op(node) === "<-");
  });
}
