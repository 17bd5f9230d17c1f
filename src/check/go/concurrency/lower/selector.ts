/** `x.sel`: fields, methods as values, members of packages. */

import { Role } from "../../kinds.ts";
import type { NodeId } from "../../tree.ts";
import type { Callee, Operand, Reg } from "../code.ts";
import { emit, type Lowering, operand, register, unknown, variableOperand } from "./function.ts";

/** The place of a field or of another package's variable; `undefined` if it is neither. */
export function selectorOperand(l: Lowering, node: NodeId): Operand | undefined {
  const { pkg } = l;
  const [x] = pkg.tree.children(node);
  const sel = pkg.tree.child(node, Role.Sel);
  if (x === undefined || sel === undefined) return undefined;
  const selection = pkg.selection(node);
  if (selection?.kind === "qualified") {
    return selection.symbol.kind === "var" ? variableOperand(l, node, selection.symbol) : undefined;
  }
  if (selection !== undefined && selection.kind !== "field") return undefined;
  const isMember = isMethodUse(l, node) || pkg.symbol(x)?.kind === "pkg" || pkg.isType(x);
  if (selection === undefined && isMember) return undefined;
  const base = operand(l, x);
  const to = register(l);
  const path = selection?.path.map(({ name }) => name) ?? [];
  emit(l, "field", node, { to, base, name: pkg.tree.name(sel), path, type: pkg.typeOf(x) });
  return { reg: to, isPlace: true };
}

/** Of what is not known, a called one is a method. */
function isMethodUse(l: Lowering, node: NodeId): boolean {
  return l.pkg.tree.role(node) === Role.Fun;
}

/** A selector that is no place: a function, a method value, a constant that is not known. */
export function lowerSelector(l: Lowering, node: NodeId): Reg {
  const { pkg } = l;
  const selection = pkg.selection(node);
  const symbol = selection?.symbol ?? pkg.symbol(node);
  const x = node + 1;
  const isFunction =
    selection?.kind === "qualified" || selection?.kind === "methodExpr" || pkg.symbol(x)?.kind === "pkg";
  if (isFunction) return memberFunction(l, node);
  if (pkg.isType(x)) return unknown(l, node);
  const sel = pkg.tree.child(node, Role.Sel);
  const callee: Callee = {
    name: sel === undefined ? "" : pkg.tree.name(sel),
    key: symbol?.key,
    isInterface: selection?.isInterface ?? false,
    pointerReceiver: symbol?.pointerReceiver,
    path: selection?.path.map(({ name }) => name) ?? [],
    type: symbol?.type,
  };
  const base = operand(l, x);
  const to = register(l);
  emit(l, "method", node, { to, base, callee, baseType: pkg.typeOf(x) });
  return to;
}

/** `pkg.Name` or `T.Method`. A package that is not part of the program is known by its import path. */
function memberFunction(l: Lowering, node: NodeId): Reg {
  const { pkg } = l;
  const symbol = pkg.selection(node)?.symbol ?? pkg.symbol(node);
  const sel = pkg.tree.child(node, Role.Sel);
  const name = sel === undefined ? "" : pkg.tree.name(sel);
  const path = pkg.symbol(node + 1)?.pkgPath ?? "";
  const key = symbol?.key ?? `${path}.${name}`;
  if (symbol !== undefined && symbol.kind !== "func" && symbol.kind !== "unknown") return unknown(l, node);
  const to = register(l);
  emit(l, "function", node, { to, key, name, type: symbol?.type });
  return to;
}
