/** A process that ends because somebody else did not answer. */

import { calleeName, calleeText } from "../../../go/idiom/calls.ts";
import { withinOf } from "../../../go/idiom/control.ts";
import { isRemoteCall } from "../../../go/idiom/network.ts";
import { functionsAround, inMain, inTest, parameterOf } from "../../../go/idiom/surroundings.ts";
import { comparesWithNil, outer, takers } from "../../../go/idiom/variables.ts";
import { Kind, Role } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { NodeId } from "../../../go/tree.ts";

const endings = /^(?:log\.(?:Fatal|Panic)(?:f|ln)?|os\.Exit|panic)$/u;

export const rule: GoRule = {
  meta: {
    id: "go/remote-failure-exits",
    title: "a remote failure that ends the process",
    category: "resilience",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    for (const call of pkg.tree.all(Kind.CallExpr)) {
      if (!isRemoteCall(pkg, call) || inTest(pkg, call) || inMain(pkg, call) || !servesOthers(pkg, call)) continue;
      const check = errorCheck(pkg, call);
      const ending = check === undefined ? undefined : endingIn(pkg, check);
      if (ending === undefined) continue;
      report(pkg.place(ending), {
        message: `${calleeText(pkg, ending)} ends the process when ${calleeText(pkg, call)} fails: one bad answer from somebody else, and all other work is lost`,
        why: "A remote dependency fails now and then; whoever called can try again, use another source, or do without.",
        confidence: "medium",
      });
    }
  },
};

/** A library, a request's handler, a goroutine: not the steps of a program that does one thing. */
function servesOthers(pkg: GoPackage, node: NodeId): boolean {
  if (pkg.name !== "main") return true;
  const { tree } = pkg;
  return functionsAround(pkg, node).some((func) => {
    if (parameterOf(pkg, func, "net/http.Request", "net/http.ResponseWriter") !== undefined) return true;
    const call = outer(tree, func);
    const statement = call === undefined ? undefined : tree.parent(call);
    return statement !== undefined && tree.kind(statement) === Kind.GoStmt;
  });
}

/** The body of the `if err != nil` that follows. */
function errorCheck(pkg: GoPackage, call: NodeId): NodeId | undefined {
  const { tree } = pkg;
  const err = takers(tree, call).at(-1);
  const symbol = err === undefined ? undefined : pkg.symbol(err);
  const assign = err === undefined ? undefined : tree.enclosing(err, Kind.AssignStmt);
  if (symbol === undefined || assign === undefined) return undefined;
  const check = tree.role(assign) === Role.Init ? tree.parent(assign) : tree.nextSibling(assign);
  const condition = check === undefined || tree.kind(check) !== Kind.IfStmt ? undefined : tree.child(check, Role.Cond);
  if (check === undefined || condition === undefined || !comparesWithNil(pkg, condition, symbol, "!=")) {
    return undefined;
  }
  return tree.body(check);
}

/** The statement of the body itself that ends the process; not one that depends on more. */
function endingIn(pkg: GoPackage, body: NodeId): NodeId | undefined {
  const { tree } = pkg;
  return withinOf(tree, body, Kind.CallExpr).find((call) => {
    const statement = tree.parent(call);
    return statement !== undefined && tree.parent(statement) === body && endings.test(calleeName(pkg, call) ?? "");
  });
}
