/** Calls, conversions, builtins; and what go and defer keep for later. */

import { Kind } from "../../kinds.ts";
import type { GoType } from "../../symbols.ts";
import type { NodeId } from "../../tree.ts";
import type { Reg } from "../code.ts";
import { emit, type Lowering, operand, register, unknown, value } from "./function.ts";

/** A call's results, as many as asked for. */
export function lowerCall(l: Lowering, node: NodeId, results: number): Reg[] {
  const { pkg } = l;
  const target = pkg.callOf(node);
  if (target?.kind === "conversion" || (target === undefined && pkg.isType(pkg.tree.callee(node)))) {
    return [conversion(l, node, target?.kind === "conversion" ? target.type : pkg.typeOf(pkg.tree.callee(node)))];
  }
  if (target?.kind === "builtin") return [builtin(l, node, target.name)];
  const fn = value(l, pkg.tree.callee(node));
  const args = lowerArguments(l, node);
  const to = Array.from({ length: results }, () => register(l));
  emit(l, "call", node, { to, fn, args, spread: pkg.tree.op(node) === "...", type: resultType(l, node) });
  return to;
}

/** The call's type: a tuple for more than one result. */
function resultType(l: Lowering, node: NodeId): GoType | undefined {
  return l.pkg.typeOf(node);
}

/** How many values a call gives; 1 where it is not known. */
export function resultCount(l: Lowering, node: NodeId): number {
  const type = l.pkg.typeOf(node);
  return type?.kind === "tuple" ? type.results.length : 1;
}

function lowerArguments(l: Lowering, node: NodeId): Reg[] {
  const { tree } = l.pkg;
  const args = tree.args(node);
  const only = args[0] === undefined ? undefined : tree.unparen(args[0]);
  if (args.length === 1 && only !== undefined && tree.kind(only) === Kind.CallExpr) {
    return lowerCall(l, only, resultCount(l, only));
  }
  return args.map((arg) => value(l, arg));
}

function conversion(l: Lowering, node: NodeId, type: GoType | undefined): Reg {
  const [arg] = l.pkg.tree.args(node);
  if (arg === undefined) return unknown(l, node);
  const from = value(l, arg);
  const to = register(l);
  emit(l, "convert", node, { to, from, type, source: l.pkg.typeOf(arg) });
  return to;
}

/** `len`, `append`, …; make and new have a type as first argument. */
function builtin(l: Lowering, node: NodeId, name: string): Reg {
  const { pkg } = l;
  const { tree } = pkg;
  const args = tree.args(node);
  const first = args[0];
  const to = register(l);
  const spread = tree.op(node) === "...";
  if (name === "new" && first !== undefined) {
    const isType = pkg.isType(first);
    const from = isType ? -1 : value(l, first);
    emit(l, "declare", node, { to, symbol: undefined, type: pkg.typeOf(first), from, isOwn: false });
    return to;
  }
  if (name === "make" && first !== undefined) {
    const sizes = args.slice(1).map((arg) => value(l, arg));
    emit(l, "builtin", node, { to, name, args: sizes, spread, type: pkg.typeOf(first) });
    return to;
  }
  if (name === "len" || name === "cap") {
    const { reg, isPlace } = first === undefined ? { reg: -1, isPlace: false } : operand(l, first);
    emit(l, "builtin", node, { to, name: isPlace ? `${name} of place` : name, args: [reg], spread, type: undefined });
    return to;
  }
  emit(l, "builtin", node, { to, name, args: args.map((arg) => value(l, arg)), spread, type: pkg.typeOf(node) });
  return to;
}

/** `go f(x)` and `defer f(x)`: function and arguments are evaluated now. */
export function lowerDelayed(l: Lowering, node: NodeId, op: "go" | "defer"): void {
  const { pkg } = l;
  const { tree } = pkg;
  const call = tree.unparen(node + 1);
  if (tree.kind(call) !== Kind.CallExpr) return;
  const target = pkg.callOf(call);
  const spread = tree.op(call) === "...";
  if (target?.kind === "builtin") {
    const fn = register(l);
    emit(l, "function", call, { to: fn, key: `builtin.${target.name}`, name: target.name, type: undefined });
    emit(l, op, node, { fn, args: lowerArguments(l, call), spread, type: undefined });
    return;
  }
  if (target?.kind === "conversion") return;
  const fn = value(l, tree.callee(call));
  emit(l, op, node, { fn, args: lowerArguments(l, call), spread, type: resultType(l, call) });
}
