/** Rows of a query that are neither closed nor read to their end. */

import { calleeName, calleeText, callsTo } from "../../../go/idiom/calls.ts";
import { leaves } from "../../../go/idiom/control.ts";
import { inTest } from "../../../go/idiom/surroundings.ts";
import { localVariable, takers, useOf } from "../../../go/idiom/variables.ts";
import { conditionOf } from "../../../go/idiom/waiting.ts";
import { Kind, Role } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { GoSymbol } from "../../../go/symbols.ts";
import type { NodeId } from "../../../go/tree.ts";

const queries = ["DB", "Tx", "Stmt", "Conn"].flatMap((type) => [
  `database/sql.${type}.Query`,
  `database/sql.${type}.QueryContext`,
]);

export const rule: GoRule = {
  meta: {
    id: "go/rows-not-closed",
    title: "rows that are not closed",
    category: "goroutine-leak",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    for (const call of callsTo(pkg, queries)) {
      if (inTest(pkg, call)) continue;
      const message = leak(pkg, call);
      if (message === undefined) continue;
      report(pkg.place(call), {
        message,
        why: "Open rows keep their connection: with all of the pool's connections kept so, the next query waits forever.",
      });
    }
  },
};

function leak(pkg: GoPackage, call: NodeId): string | undefined {
  const [rows, err] = takers(pkg.tree, call);
  if (rows === undefined || err === undefined) return undefined;
  if (pkg.tree.name(rows) === "_") {
    return `the rows that ${calleeText(pkg, call)} returns are never closed; Exec is for what returns none`;
  }
  const variable = localVariable(pkg, rows);
  if (variable === undefined || isClosedOrGone(pkg, variable) || isReadToTheEnd(pkg, variable)) return undefined;
  return `${variable.name} is not closed where it is not read to its end`;
}

function isClosedOrGone(pkg: GoPackage, rows: GoSymbol): boolean {
  const { tree } = pkg;
  return pkg.uses(rows).some((use) => {
    const how = useOf(tree, use);
    if (how === "argument" || how === "returned" || how === "stored" || how === "address") return true;
    const selector = tree.parent(use);
    const sel = how === "selected" && selector !== undefined ? tree.child(selector, Role.Sel) : undefined;
    return sel !== undefined && tree.name(sel) === "Close";
  });
}

/** Whether a loop `for rows.Next()` that nothing leaves reads them all: Next closes them then. */
function isReadToTheEnd(pkg: GoPackage, rows: GoSymbol): boolean {
  const { tree } = pkg;
  return tree.all(Kind.ForStmt).some((loop) => {
    const condition = conditionOf(pkg, loop);
    if (
      condition === undefined ||
      tree.kind(condition) !== Kind.CallExpr ||
      calleeName(pkg, condition) !== "database/sql.Rows.Next"
    ) {
      return false;
    }
    return pkg.uses(rows).some((use) => tree.contains(condition, use)) && !leaves(pkg, tree.body(loop) ?? loop, loop);
  });
}
