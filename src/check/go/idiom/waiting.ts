/** What a piece of code may wait on, so that others can run. */

import { Kind, Role } from "../kinds.ts";
import type { GoPackage } from "../program.ts";
import type { NodeId } from "../tree.ts";
import { calleeName } from "./calls.ts";
import { within } from "./control.ts";

/** Calls that neither wait nor yield. What is not here may. */
const cheapCalls =
  /^(?:sync\/atomic\..*|len|cap|append|min|max|copy|delete|clear|make|new|time\.(?:Now|Since|Until)|time\.Time\.\w+|time\.Duration\.\w+|math(?:\/\w+)?\.\w+|unsafe\.\w+)$/u;

/** Whether a call surely neither waits nor yields: atomics, the clock, builtins, conversions. */
function isCheapCall(pkg: GoPackage, call: NodeId): boolean {
  const name = calleeName(pkg, call);
  if (name !== undefined) return cheapCalls.test(name);
  return pkg.callOf(call)?.kind === "conversion";
}

/** Whether a subtree holds nothing that could wait or yield: no call but cheap ones, no channel, no select, no lock. */
export function neverWaits(pkg: GoPackage, root: NodeId): boolean {
  const { tree } = pkg;
  return within(tree, root).every((node) => {
    switch (tree.kind(node)) {
      case Kind.CallExpr:
        return isCheapCall(pkg, node);
      case Kind.UnaryExpr:
        return tree.op(node) !== "<-";
      case Kind.SendStmt:
      case Kind.SelectStmt:
      case Kind.GoStmt:
      case Kind.DeferStmt:
      case Kind.Bad:
        return false;
      case Kind.RangeStmt: {
        const x = tree.x(node);
        const kind = x === undefined ? undefined : pkg.typeOf(x)?.underlying?.kind;
        return kind !== undefined && kind !== "chan" && kind !== "func";
      }
      default:
        return true;
    }
  });
}

/** The condition of a `for`, without parentheses. */
export function conditionOf(pkg: GoPackage, loop: NodeId): NodeId | undefined {
  const condition = pkg.tree.kind(loop) === Kind.ForStmt ? pkg.tree.child(loop, Role.Cond) : undefined;
  return condition === undefined ? undefined : pkg.tree.unparen(condition);
}
