/** sync.Cond.Wait that is not in a loop over its condition. */

import { Kind } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { NodeId } from "../../../go/tree.ts";

export const rule: GoRule = {
  meta: {
    id: "go/cond-wait-outside-loop",
    title: "Wait of a sync.Cond that does not look again",
    category: "deadlock",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    for (const call of pkg.tree.all(Kind.CallExpr)) {
      const target = pkg.callOf(call);
      if (target?.kind !== "static" || target.symbol.key !== "sync.Cond.Wait" || isRepeated(pkg, call)) continue;
      const name = pkg.text(pkg.tree.callee(call) + 1);
      report(pkg.place(call), {
        message: `${name}.Wait is not in a loop: a signal sent before it is lost and it waits for ever, and after it the condition may not hold`,
        why: "Signal wakes only who waits already, and another goroutine may run between the signal and the return of Wait.",
        confidence: "high",
      });
    }
  },
};

/** In a loop of the same function, or in a function that does nothing else, for others to call in a loop. */
function isRepeated(pkg: GoPackage, call: NodeId): boolean {
  const { tree } = pkg;
  const around = tree.enclosing(call, Kind.ForStmt, Kind.RangeStmt, Kind.FuncLit, Kind.FuncDecl);
  if (around === undefined) return true;
  if (tree.kind(around) === Kind.ForStmt || tree.kind(around) === Kind.RangeStmt) return true;
  const body = tree.body(around);
  return body === undefined || tree.stmts(body).length <= 1 || hasBackwardGoto(pkg, around, call);
}

function hasBackwardGoto(pkg: GoPackage, func: NodeId, call: NodeId): boolean {
  const { tree } = pkg;
  return tree.all(Kind.BranchStmt, func).some((branch) => tree.op(branch) === "goto" && branch > call);
}
