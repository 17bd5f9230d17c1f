/** context.Background() in a function that was given a context: what it starts is not cancelled with its caller. */

import { callsTo, shortName } from "../../../go/idiom/calls.ts";
import { decidedBy } from "../../../go/idiom/exits.ts";
import { functionName } from "../../../go/idiom/control.ts";
import { inTest, parameterOf } from "../../../go/idiom/surroundings.ts";
import { outer, takers, useOf } from "../../../go/idiom/variables.ts";
import { Kind, Role } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { GoSymbol } from "../../../go/symbols.ts";
import type { NodeId } from "../../../go/tree.ts";

/** Work that has to be done although the caller is gone. */
const afterwards =
  /^(?:new|open|dial|connect|listen|make|create|serve)|^(?:g|l|log|logger|getlogger)$|close|shutdown|clean|release|rollback|abort|stop|unlock|delete|remove|destroy|teardown|detach|background|async|cancel|dispose|kill|terminate|leave|revoke|finish|finali[sz]e|lease|free|init|register|start/iu;

export const rule: GoRule = {
  meta: {
    id: "go/context-cut",
    title: "a context that is not passed on",
    category: "resilience",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    for (const call of callsTo(pkg, ["context.Background", "context.TODO"])) {
      const func = pkg.tree.func(call);
      const parameter = func === undefined ? undefined : parameterOf(pkg, func, "context.Context");
      const symbol = parameter === undefined ? undefined : pkg.symbol(parameter);
      if (func === undefined || symbol === undefined || inTest(pkg, call)) continue;
      if (isOnPurpose(pkg, call, func, symbol)) continue;
      report(pkg.place(call), {
        message: `${pkg.text(call)} is used although ${functionName(pkg.tree, func)} has ${symbol.name}: what runs under it is not cancelled with its caller, and has no deadline`,
        why: "A cancelled request goes on costing; context.WithoutCancel says that this is meant, and keeps the context's values.",
        confidence: "medium",
      });
    }
  },
};

/** Whether the new context is for something that has to outlive the old one. */
function isOnPurpose(pkg: GoPackage, call: NodeId, func: NodeId, given: GoSymbol): boolean {
  const { tree } = pkg;
  if (tree.enclosing(call, Kind.DeferStmt, Kind.GoStmt) !== undefined && isInStatement(pkg, call, func)) return true;
  if (afterwards.test(functionName(tree, func)) || decidedBy(pkg, call, given)) return true;
  if (
    isExplained(pkg, call) ||
    isReplaced(pkg, call, given) ||
    asksContext(pkg, func, given) ||
    makesContext(pkg, func)
  ) {
    return true;
  }
  return receivers(pkg, call).some((name) => name !== "NewRequestWithContext" && afterwards.test(name));
}

function isInStatement(pkg: GoPackage, call: NodeId, func: NodeId): boolean {
  const statement = pkg.tree.enclosing(call, Kind.DeferStmt, Kind.GoStmt);
  return statement !== undefined && pkg.tree.contains(func, statement);
}

/** Whether a comment on one of the three lines above speaks of contexts. */
function isExplained(pkg: GoPackage, call: NodeId): boolean {
  const above = pkg.fileOf(call).text.slice(0, pkg.tree.from(call)).split("\n").slice(-4, -1);
  return above.some((line) => /^\s*\/\/.*(?:ctx|context|cancel)/iu.test(line));
}

/** `ctx = context.Background()`: somebody decided that this is another context now. */
function isReplaced(pkg: GoPackage, call: NodeId, given: GoSymbol): boolean {
  return takers(pkg.tree, call).some((taker) => pkg.symbol(taker) === given);
}

/** Whether the function asks its context itself: it watches for the end, or what follows comes after it. */
function asksContext(pkg: GoPackage, func: NodeId, given: GoSymbol): boolean {
  const { tree } = pkg;
  return tree.all(Kind.SelectorExpr, func).some((node) => {
    const x = /\.(?:Done|Err)$/u.test(pkg.text(node)) ? tree.x(node) : undefined;
    return x !== undefined && pkg.symbol(x) === given;
  });
}

/** Whether the function makes a context: one with the old one's values, for instance. */
function makesContext(pkg: GoPackage, func: NodeId): boolean {
  const signature = pkg.tree.type(func);
  const results = signature === undefined ? undefined : pkg.tree.child(signature, Role.Results);
  return results !== undefined && pkg.text(results).includes("context.Context");
}

/** The names of the functions that the new context goes to: directly, or by way of a variable. */
function receivers(pkg: GoPackage, call: NodeId): string[] {
  const { tree } = pkg;
  const parent = outer(tree, call);
  if (parent === undefined) return [];
  const direct = tree.kind(parent) === Kind.CallExpr ? [shortName(pkg, parent)] : [];
  const derived = direct.some((name) => name.startsWith("With")) ? parent : call;
  const variables = takers(tree, derived)
    .slice(0, 1)
    .map((taker) => pkg.symbol(taker));
  const later = variables.flatMap((variable) => (variable === undefined ? [] : pkg.uses(variable)));
  const callers = later.filter((use) => useOf(tree, use) === "argument").map((use) => outer(tree, use));
  return [...direct, ...callers.flatMap((node) => (node === undefined ? [] : [shortName(pkg, node)]))];
}
