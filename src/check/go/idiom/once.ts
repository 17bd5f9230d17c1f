/** Calls of sync.Once, and how long a Once lives beside the variables of the function that calls it. */

import { Kind } from "../kinds.ts";
import type { GoPackage } from "../program.ts";
import type { GoSymbol } from "../symbols.ts";
import type { NodeId } from "../tree.ts";
import { rootOf } from "./variables.ts";

/** `x.once.Do(func() { … })`. */
export interface OnceCall {
  readonly call: NodeId;
  /** `x.once` */
  readonly object: NodeId;
  readonly literal: NodeId;
}

export function onceCalls(pkg: GoPackage): readonly OnceCall[] {
  return pkg.memo("idiom.once", () => {
    const { tree } = pkg;
    return tree.all(Kind.CallExpr).flatMap((call) => {
      const callee = tree.callee(call);
      if (tree.kind(callee) !== Kind.SelectorExpr) return [];
      const target = pkg.callOf(call);
      if (target?.kind !== "static" || target.symbol.key !== "sync.Once.Do") return [];
      const argument = tree.args(call)[0];
      const literal = argument === undefined ? undefined : tree.unparen(argument);
      return literal === undefined || tree.kind(literal) !== Kind.FuncLit
        ? []
        : [{ call, object: tree.unparen(callee + 1), literal }];
    });
  });
}

/**
 * Whether the Once was there before the call that the variable belongs to, and is there after it: a package's, or a part of what
 * that function was given.
 */
export function outlives(pkg: GoPackage, { object }: OnceCall, variable: GoSymbol): boolean {
  if (variable.func === undefined || (variable.scope !== "local" && variable.scope !== "result")) return false;
  const root = rootOf(pkg, object);
  if (root === undefined) return false;
  if (root.scope === "package") return true;
  if (root.scope !== "recv" && root.scope !== "param") return false;
  return root.func === variable.func && root.type?.kind === "pointer";
}
