/** Expressions to instructions. An operand is the place, where there is one. */

import { Kind, Role } from "../../kinds.ts";
import type { NodeId } from "../../tree.ts";
import type { Operand, Reg } from "../code.ts";
import { lowerCall } from "./call.ts";
import { lowerComposite } from "./composite.ts";
import { emit, type Lowering, operand, patch, register, unknown, value, variableOperand } from "./function.ts";
import { lowerSelector, selectorOperand } from "./selector.ts";

/** A place, if the expression has one, and else its value. Reads what leads to the place, not the place. */
export function lowerOperand(l: Lowering, node: NodeId): Operand {
  const { pkg } = l;
  const { tree } = pkg;
  switch (tree.kind(node)) {
    case Kind.ParenExpr:
      return lowerOperand(l, tree.unparen(node));
    case Kind.Ident:
      return identifier(l, node);
    case Kind.SelectorExpr:
      return selectorOperand(l, node) ?? { reg: lowerSelector(l, node), isPlace: false };
    case Kind.IndexExpr:
      return indexOperand(l, node);
    case Kind.StarExpr: {
      const to = register(l);
      emit(l, "deref", node, { to, from: value(l, node + 1), type: pkg.typeOf(node) });
      return { reg: to, isPlace: true };
    }
    default:
      return { reg: rvalue(l, node), isPlace: false };
  }
}

function identifier(l: Lowering, node: NodeId): Operand {
  const symbol = l.pkg.symbol(node);
  if (symbol?.kind === "var") return variableOperand(l, node, symbol);
  const to = register(l);
  if (symbol?.kind === "func" && symbol.key !== undefined) {
    emit(l, "function", node, { to, key: symbol.key, name: symbol.name, type: symbol.type });
  } else if (symbol?.kind === "nil" || l.pkg.tree.name(node) === "nil") {
    emit(l, "const", node, { to, value: undefined });
  } else emit(l, "unknown", node, { to, type: l.pkg.typeOf(node) });
  return { reg: to, isPlace: false };
}

function indexOperand(l: Lowering, node: NodeId): Operand {
  const { pkg } = l;
  const { tree } = pkg;
  const [x, ...indexes] = tree.children(node);
  const index = indexes[0];
  if (x === undefined || index === undefined) return { reg: unknown(l, node), isPlace: false };
  if (indexes.length > 1 || pkg.isType(index) || pkg.symbol(x)?.kind === "func") return operand(l, x);
  const base = operand(l, x);
  const at = value(l, index);
  const to = register(l);
  emit(l, "index", node, { to, base, index: at, type: pkg.typeOf(x) });
  return { reg: to, isPlace: true };
}

function rvalue(l: Lowering, node: NodeId): Reg {
  const { pkg } = l;
  const { tree } = pkg;
  switch (tree.kind(node)) {
    case Kind.CallExpr:
      return lowerCall(l, node, 1)[0] ?? unknown(l, node);
    case Kind.FuncLit: {
      const to = register(l);
      emit(l, "closure", node, { to, code: l.visit.literal(l, node) });
      return to;
    }
    case Kind.CompositeLit:
      return lowerComposite(l, node, pkg.typeOf(node));
    case Kind.UnaryExpr:
      return unary(l, node);
    case Kind.BinaryExpr:
      return binary(l, node);
    case Kind.SliceExpr:
      return slice(l, node);
    case Kind.TypeAssertExpr:
      return assertion(l, node, -1);
    default:
      return unknown(l, node);
  }
}

function unary(l: Lowering, node: NodeId): Reg {
  const x = l.pkg.tree.unparen(node + 1);
  const operator = l.pkg.tree.op(node);
  if (operator === "&") return address(l, node, x);
  if (operator === "<-") return receive(l, node, -1);
  const from = value(l, x);
  const to = register(l);
  emit(l, "unary", node, { to, operator, x: from });
  return to;
}

/** `&x`: the place itself; of a literal, a new variable's. */
function address(l: Lowering, node: NodeId, x: NodeId): Reg {
  const { reg, isPlace } = operand(l, x);
  if (isPlace) return reg;
  const to = register(l);
  emit(l, "declare", node, { to, symbol: undefined, type: l.pkg.typeOf(x), from: reg, isOwn: false });
  return to;
}

/** `<-c` of a UnaryExpr. */
export function receive(l: Lowering, node: NodeId, ok: Reg): Reg {
  const chan = value(l, node + 1);
  const to = register(l);
  emit(l, "receive", node, { to, ok, chan, type: l.pkg.typeOf(node) });
  return to;
}

/** `x.(T)`. */
export function assertion(l: Lowering, node: NodeId, ok: Reg): Reg {
  const type = l.pkg.tree.type(node);
  const from = value(l, node + 1);
  if (type === undefined) return from;
  const to = register(l);
  emit(l, "assert", node, { to, ok, from, type: l.pkg.typeOf(type), isSource: true });
  return to;
}

function binary(l: Lowering, node: NodeId): Reg {
  const { tree } = l.pkg;
  const [x, y] = tree.children(node);
  if (x === undefined || y === undefined) return unknown(l, node);
  const operator = tree.op(node);
  if (operator === "&&" || operator === "||") return shortCircuit(l, node, x, y);
  const left = value(l, x);
  const right = value(l, y);
  const to = register(l);
  emit(l, "binary", node, { to, operator, x: left, y: right, isInteger: isInteger(l, x) || isInteger(l, y) });
  return to;
}

/** Whether division cuts off. */
function isInteger(l: Lowering, node: NodeId): boolean {
  const type = l.pkg.typeOf(node);
  const name = (type?.underlying ?? type)?.name ?? "";
  return /int|byte|rune|uintptr/.test(name);
}

function shortCircuit(l: Lowering, node: NodeId, x: NodeId, y: NodeId): Reg {
  const to = register(l);
  const isAnd = l.pkg.tree.op(node) === "&&";
  const left = value(l, x);
  emit(l, "convert", node, { to, from: left, type: undefined, source: undefined });
  let cond = left;
  if (!isAnd) {
    cond = register(l);
    emit(l, "unary", node, { to: cond, operator: "!", x: left });
  }
  const skip = emit(l, "branch", node, { cond, target: -1, isLoop: false });
  const right = value(l, y);
  emit(l, "convert", node, { to, from: right, type: undefined, source: undefined });
  patch(l, skip);
  return to;
}

function slice(l: Lowering, node: NodeId): Reg {
  const { tree } = l.pkg;
  const part = (role: Role): Reg => {
    const child = tree.child(node, role);
    return child === undefined ? -1 : value(l, child);
  };
  const base = operand(l, node + 1);
  const [low, high, max] = [part(Role.Low), part(Role.High), part(Role.Max)];
  const to = register(l);
  emit(l, "slice", node, { to, base, low, high, max });
  return to;
}
