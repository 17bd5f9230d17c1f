/** A query without the context that the function has. */

import { calleeName, calleeText, callsTo } from "../../../go/idiom/calls.ts";
import { inTest, parameterOf } from "../../../go/idiom/surroundings.ts";
import { Kind } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { NodeId } from "../../../go/tree.ts";

/** What each method is called with a context. */
const withContext: ReadonlyMap<string, string> = new Map([
  ["Query", "QueryContext"],
  ["QueryRow", "QueryRowContext"],
  ["Exec", "ExecContext"],
  ["Prepare", "PrepareContext"],
  ["Ping", "PingContext"],
  ["Begin", "BeginTx"],
]);

const methods = ["DB", "Tx", "Stmt"].flatMap((type) =>
  [...withContext.keys()].map((name) => `database/sql.${type}.${name}`),
);

export const rule: GoRule = {
  meta: {
    id: "go/query-without-context",
    title: "a query without the context at hand",
    category: "resilience",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    for (const call of callsTo(pkg, methods)) {
      const context = contextOf(pkg, call);
      if (context === undefined || inTest(pkg, call) || pkg.tree.enclosing(call, Kind.DeferStmt) !== undefined) {
        continue;
      }
      const name = (calleeName(pkg, call) ?? "").split(".").at(-1) ?? "";
      report(pkg.place(call), {
        message: `${calleeText(pkg, call)} does not get ${context}: it goes on when the caller is gone; ${withContext.get(name) ?? name} takes it`,
        why: "A query that waits for a lock keeps its connection and its goroutine, although nobody wants the answer any more.",
      });
    }
  },
};

/** The context of the function itself: its own, or its request's. */
function contextOf(pkg: GoPackage, call: NodeId): string | undefined {
  const func = pkg.tree.func(call);
  if (func === undefined) return undefined;
  const context = parameterOf(pkg, func, "context.Context");
  if (context !== undefined) return pkg.text(context);
  const request = parameterOf(pkg, func, "net/http.Request");
  return request === undefined ? undefined : `${pkg.text(request)}.Context()`;
}
