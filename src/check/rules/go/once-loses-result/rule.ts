/** What the function given to a sync.Once puts into a variable of the call that runs it is lost for all later calls. */

import { useOf } from "../../../go/idiom/variables.ts";
import { functionName } from "../../../go/idiom/control.ts";
import { inTest } from "../../../go/idiom/surroundings.ts";
import { type OnceCall, onceCalls, outlives } from "../../../go/idiom/once.ts";
import { Kind, Role } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { GoSymbol } from "../../../go/symbols.ts";
import type { NodeId } from "../../../go/tree.ts";

export const rule: GoRule = {
  meta: {
    id: "go/once-loses-result",
    title: "a result of sync.Once that only the first caller gets",
    category: "nil",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    for (const once of onceCalls(pkg)) {
      if (inTest(pkg, once.call)) continue;
      for (const variable of pkg.captures(once.literal)) {
        const read = outlives(pkg, once, variable) ? lostRead(pkg, once, variable) : undefined;
        if (read === undefined) continue;
        const name = functionName(pkg.tree, variable.func);
        const what = isError(variable) ? "no error" : "a zero value";
        report(pkg.place(read), {
          message: `${variable.name} is set by the function that ${pkg.text(once.object)} runs once: every call of ${name} but the first finds ${what} here`,
          why: "Do runs its function in one call only, and a variable of that call is gone with it; what later calls need has to be kept beside the Once.",
          confidence: isError(variable) ? "high" : "medium",
          related: [{ place: pkg.place(once.call), message: "set in here, once" }],
        });
      }
    }
  },
};

function isError({ type }: GoSymbol): boolean {
  return type?.name === "error";
}

/** Whoever closes twice may well be told nothing the second time. */
const endingName =
  /close|stop|shutdown|release|cancel|clean|finish|done|teardown|disconnect|destroy|kill|exit|flush|quit|terminat|unlock|free|dispose|commit|rollback|abort|remove|delete|unregister|unsubscribe|leave|drain|reset|end$/i;

/** Where the variable is read after Do, as if it had been set in this call. */
function lostRead(pkg: GoPackage, once: OnceCall, variable: GoSymbol): NodeId | undefined {
  const { tree } = pkg;
  const uses = pkg.uses(variable);
  const inside = uses.filter((use) => tree.contains(once.literal, use));
  const sets = inside.filter((use) => useOf(tree, use) === "assigned");
  // What is stored or called with the address of the variable may be kept for later calls.
  const isKept = inside.some((use) => ["stored", "address"].includes(useOf(tree, use)));
  if (sets.length === 0 || isKept || endingName.test(pkg.text(once.object))) return undefined;
  if (endingName.test(functionName(tree, variable.func))) return undefined;
  const later = uses.filter((use) => use > tree.end(once.call) - 1 && tree.func(use) === variable.func);
  if (later.some((use) => useOf(tree, use) === "assigned" || useOf(tree, use) === "address")) return undefined;
  return later.find((use) => isMissed(pkg, use, variable)) ?? bareReturn(pkg, once, variable);
}

/** An error is missed wherever it is looked at, another value where it is handed back. Whether this call was the first is a bool. */
function isMissed(pkg: GoPackage, use: NodeId, variable: GoSymbol): boolean {
  if (isError(variable)) return goesOn(pkg, use);
  const statement = pkg.tree.parent(use) ?? 0;
  return pkg.tree.kind(statement) === Kind.ReturnStmt && isResult(variable);
}

function isResult({ type }: GoSymbol): boolean {
  const kind = type?.underlying?.kind ?? type?.kind;
  return kind === "pointer" || kind === "interface" || kind === "map" || kind === "slice" || kind === "func";
}

/** An error that is returned alone tells of one attempt; with a value beside it, or code after it, it tells whether that is usable. */
function goesOn(pkg: GoPackage, use: NodeId): boolean {
  const { tree } = pkg;
  const statement = tree.enclosing(use, Kind.ReturnStmt, Kind.IfStmt, Kind.FuncLit, Kind.FuncDecl);
  if (statement === undefined) return false;
  if (tree.kind(statement) === Kind.ReturnStmt) {
    const isAlone = tree.list(statement, Role.Result).length === 1;
    return !isAlone || startsSomething(functionName(tree, tree.func(use)));
  }
  return tree.kind(statement) === Kind.IfStmt && tree.contains(tree.child(statement, Role.Cond) ?? 0, use);
}

function startsSomething(name: string): boolean {
  return /init|setup|load|connect|open|start|prepare|ensure|create|build|register|dial|migrate|read|parse/i.test(name);
}

/** `return` with a named result. */
function bareReturn(pkg: GoPackage, once: OnceCall, variable: GoSymbol): NodeId | undefined {
  const { tree } = pkg;
  if (variable.scope !== "result" || variable.func === undefined) return undefined;
  if (!isError(variable) || !startsSomething(functionName(tree, variable.func))) return undefined;
  return tree
    .all(Kind.ReturnStmt, variable.func)
    .find((one) => one > once.call && tree.func(one) === variable.func && tree.list(one, Role.Result).length === 0);
}
