/** What a call calls. */

import { Kind, Role } from "./kinds.ts";
import type { GoPackage } from "./program.ts";
import type { CallTarget, GoSymbol } from "./symbols.ts";
import type { NodeId } from "./tree.ts";

export function callTarget(pkg: GoPackage, call: NodeId): CallTarget | undefined {
  const { tree } = pkg;
  const callee = tree.callee(call);
  if (tree.kind(callee) === Kind.FuncLit) return { kind: "closure", func: callee };
  if (pkg.isType(callee)) return { kind: "conversion", type: pkg.typeOf(callee) };
  const symbol = pkg.symbol(callee);
  if (symbol === undefined) return pkg.typeOf(callee) === undefined ? undefined : { kind: "dynamic", symbol };
  switch (symbol.kind) {
    case "builtin":
      return { kind: "builtin", name: symbol.name };
    case "unknown":
      return { kind: "static", symbol };
    case "func":
      return functionTarget(pkg, callee, symbol);
    case "var": {
      const func = pkg.closureOf(symbol);
      return func === undefined ? { kind: "dynamic", symbol } : { kind: "closure", func };
    }
    default:
      return undefined;
  }
}

function functionTarget(pkg: GoPackage, callee: NodeId, symbol: GoSymbol): CallTarget {
  const selection = pkg.selection(callee);
  if (selection?.isInterface !== true) return { kind: "static", symbol };
  // Through an embedded interface it is that interface that decides what may run.
  const holder = selection.path.at(-1)?.type ?? pkg.typeOf(callee + 1);
  const implementations = holder === undefined ? [] : pkg.program.implementations(holder, symbol.name);
  return { kind: "interface", symbol, implementations };
}

/** The only function literal that a variable ever holds, if it is certain to hold nothing else. */
export function soleLiteral(pkg: GoPackage, symbol: GoSymbol): NodeId | undefined {
  const isOwn = symbol.scope === "local" || (symbol.scope === "package" && !symbol.exported);
  if (symbol.kind !== "var" || !isOwn) return undefined;
  let literal: NodeId | undefined;
  for (const use of pkg.uses(symbol)) {
    const held = valueGiven(pkg, use);
    if (held === "none") continue;
    if (held === "other" || literal !== undefined) return undefined;
    literal = held;
  }
  return literal;
}

/** What this use puts into the variable. */
function valueGiven(pkg: GoPackage, use: NodeId): NodeId | "none" | "other" {
  const { tree } = pkg;
  const parent = tree.parent(use) ?? 0;
  const role = tree.role(use);
  switch (tree.kind(parent)) {
    case Kind.AssignStmt:
      return role === Role.Lhs ? literalAt(pkg, tree.rhs(parent), tree.lhs(parent).indexOf(use)) : "none";
    case Kind.ValueSpec: {
      if (role !== Role.Name) return "none";
      const values = tree.list(parent, Role.Value);
      return values.length === 0 ? "none" : literalAt(pkg, values, tree.list(parent, Role.Name).indexOf(use));
    }
    case Kind.UnaryExpr:
      return tree.op(parent) === "&" ? "other" : "none";
    case Kind.RangeStmt:
      return role === Role.X ? "none" : "other";
    default:
      return "none";
  }
}

function literalAt(pkg: GoPackage, values: readonly NodeId[], at: number): NodeId | "other" {
  const value = values[at];
  if (value === undefined) return "other";
  const node = pkg.tree.unparen(value);
  return pkg.tree.kind(node) === Kind.FuncLit ? node : "other";
}
