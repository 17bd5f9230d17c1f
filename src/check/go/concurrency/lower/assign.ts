/** Assignments and declarations. */

import { Kind, Role } from "../../kinds.ts";
import type { GoType } from "../../symbols.ts";
import type { NodeId } from "../../tree.ts";
import type { Reg } from "../code.ts";
import { lowerCall } from "./call.ts";
import { assertion, receive } from "./expression.ts";
import { emit, loaded, type Lowering, operand, register, unknown, value } from "./function.ts";

/** A new variable for a name. Returns its place. */
export function declare(l: Lowering, name: NodeId, type: GoType | undefined, from: Reg): Reg {
  const symbol = l.pkg.symbol(name);
  const to = register(l);
  const isOwn = symbol !== undefined && l.own.has(symbol);
  emit(l, "declare", name, { to, symbol, type: symbol?.type ?? type, from, isOwn });
  if (symbol !== undefined) l.variables.set(symbol, to);
  return to;
}

/** `var a, b T = x, y` or `a, b := x, y`: all values first, then all names. */
export function declareNames(l: Lowering, node: NodeId, names: readonly NodeId[], values: readonly NodeId[]): void {
  const { pkg } = l;
  const { tree } = pkg;
  const typeNode = tree.child(node, Role.Type);
  const type = typeNode === undefined ? undefined : pkg.typeOf(typeNode);
  const froms = values.length === 0 ? [] : severalValues(l, values, names.length);
  for (const [at, name] of names.entries()) {
    const from = froms[at] ?? -1;
    if (tree.name(name) !== "_") declare(l, name, type ?? pkg.typeOf(name), from);
  }
}

/** As many values as names: from as many expressions, or from one that gives several. */
function severalValues(l: Lowering, values: readonly NodeId[], count: number): Reg[] {
  const { tree } = l.pkg;
  const only = values[0];
  if (values.length !== 1 || count === 1 || only === undefined) return values.map((one) => value(l, one));
  const x = tree.unparen(only);
  const ok = register(l);
  switch (tree.kind(x)) {
    case Kind.CallExpr:
      return lowerCall(l, x, count);
    case Kind.UnaryExpr:
      return [receive(l, x, ok), ok];
    case Kind.TypeAssertExpr:
      return [assertion(l, x, ok), ok];
    case Kind.IndexExpr: {
      const { reg } = operand(l, x);
      const to = register(l);
      emit(l, "load", x, { to, place: reg, ok });
      return [to, ok];
    }
    default:
      return Array.from({ length: count }, () => unknown(l, x));
  }
}

/** Stores to what an expression on the left stands for. */
export function storeTo(l: Lowering, target: NodeId, from: Reg, update: boolean): void {
  if (isBlank(l, target)) return;
  const { reg, isPlace } = operand(l, target);
  if (isPlace) emit(l, "store", target, { place: reg, from, update });
}

export function isBlank(l: Lowering, node: NodeId): boolean {
  return l.pkg.tree.kind(node) === Kind.Ident && l.pkg.tree.name(node) === "_";
}

export function assign(l: Lowering, node: NodeId): void {
  const { pkg } = l;
  const { tree } = pkg;
  const [lhs, rhs, word] = [tree.lhs(node), tree.rhs(node), tree.op(node)];
  if (word !== "=" && word !== ":=") return operation(l, node);
  if (word === ":=") {
    const froms = severalValues(l, rhs, lhs.length);
    for (const [at, name] of lhs.entries()) {
      const from = froms[at] ?? -1;
      if (isBlank(l, name)) continue;
      if (pkg.symbol(name)?.decl === name) declare(l, name, pkg.typeOf(name), from);
      else storeTo(l, name, from, false);
    }
    return;
  }
  if (lhs.length > 1) return parallel(l, lhs, rhs);
  const [target, source] = [lhs[0], rhs[0]];
  if (target === undefined || source === undefined) return;
  const isUpdate = mentions(l, source, target);
  const from = value(l, source);
  storeTo(l, target, from, isUpdate);
}

/** Whether `x = x + 1`, `s = append(s, …)`: the new value is made from the old one. */
function mentions(l: Lowering, source: NodeId, target: NodeId): boolean {
  const { pkg } = l;
  const { tree } = pkg;
  const text = pkg.text(target);
  const symbol = tree.kind(target) === Kind.Ident ? pkg.symbol(target) : undefined;
  if (tree.kind(source) === Kind.Ident || tree.kind(source) === Kind.BasicLit) return false;
  for (let node = source; node < tree.end(source); node++) {
    if (tree.kind(node) === Kind.FuncLit) node = tree.end(node) - 1;
    else if (
      symbol === undefined
        ? tree.kind(node) === tree.kind(target) && pkg.text(node) === text
        : pkg.symbol(node) === symbol
    ) {
      return true;
    }
  }
  return false;
}

/** `a[i], b = b, a[i]`: what leads to the places is evaluated first, then the values, then all are stored. */
function parallel(l: Lowering, lhs: readonly NodeId[], rhs: readonly NodeId[]): void {
  const places = lhs.map((target) => (isBlank(l, target) ? undefined : operand(l, target)));
  const froms = severalValues(l, rhs, lhs.length);
  for (const [at, target] of lhs.entries()) {
    const place = places[at];
    const from = froms[at];
    if (place?.isPlace === true && from !== undefined) {
      emit(l, "store", target, { place: place.reg, from, update: false });
    }
  }
}

/** `x += y`. */
function operation(l: Lowering, node: NodeId): void {
  const { tree } = l.pkg;
  const [target, source] = tree.children(node);
  if (target === undefined || source === undefined) return;
  const place = operand(l, target);
  const old = loaded(l, target, place);
  const y = value(l, source);
  const to = register(l);
  emit(l, "binary", node, { to, operator: tree.op(node).slice(0, -1), x: old, y, isInteger: false });
  if (place.isPlace) emit(l, "store", target, { place: place.reg, from: to, update: true });
}
