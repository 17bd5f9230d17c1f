/** Statements to instructions: everything but loops, and what chooses between cases. */

import { Kind, Role } from "../../kinds.ts";
import type { NodeId } from "../../tree.ts";
import type { Reg } from "../code.ts";
import { assign, declareNames } from "./assign.ts";
import { lowerCall, lowerDelayed, resultCount } from "./call.ts";
import { lowerSelect, lowerSwitch, lowerTypeSwitch } from "./choice.ts";
import {
  block,
  emit,
  here,
  type JumpTarget,
  loaded,
  type Lowering,
  operand,
  patch,
  register,
  statement,
  value,
} from "./function.ts";
import { lowerFor, lowerRange } from "./loop.ts";

export function lowerStatement(l: Lowering, node: NodeId): void {
  const { tree } = l.pkg;
  switch (tree.kind(node)) {
    case Kind.BlockStmt:
      return block(l, tree.stmts(node));
    case Kind.ExprStmt:
      return expression(l, node);
    case Kind.AssignStmt:
      return assign(l, node);
    case Kind.IncDecStmt:
      return increment(l, node);
    case Kind.DeclStmt:
      return declaration(l, node);
    case Kind.GoStmt:
      l.func.spawns = true;
      return lowerDelayed(l, node, "go");
    case Kind.DeferStmt:
      return lowerDelayed(l, node, "defer");
    case Kind.SendStmt: {
      const [chan, sent] = tree.children(node);
      if (chan === undefined || sent === undefined) return;
      const to = value(l, chan);
      emit(l, "send", node, { chan: to, value: value(l, sent) });
      return;
    }
    default:
      return control(l, node);
  }
}

function control(l: Lowering, node: NodeId): void {
  switch (l.pkg.tree.kind(node)) {
    case Kind.IfStmt:
      return lowerIf(l, node);
    case Kind.ForStmt:
      return lowerFor(l, node);
    case Kind.RangeStmt:
      return lowerRange(l, node);
    case Kind.SwitchStmt:
      return lowerSwitch(l, node);
    case Kind.TypeSwitchStmt:
      return lowerTypeSwitch(l, node);
    case Kind.SelectStmt:
      return lowerSelect(l, node);
    case Kind.ReturnStmt:
      return lowerReturn(l, node);
    case Kind.BranchStmt:
      return branchStatement(l, node);
    case Kind.LabeledStmt:
      return labeled(l, node);
    default:
      return undefined;
  }
}

function expression(l: Lowering, node: NodeId): void {
  const x = l.pkg.tree.unparen(node + 1);
  if (l.pkg.tree.kind(x) === Kind.CallExpr) lowerCall(l, x, 0);
  else value(l, x);
}

function increment(l: Lowering, node: NodeId): void {
  const place = operand(l, node + 1);
  if (!place.isPlace) return;
  const old = loaded(l, node, place);
  const one = register(l);
  emit(l, "const", node, { to: one, value: 1 });
  const to = register(l);
  const operator = l.pkg.tree.op(node) === "++" ? "+" : "-";
  emit(l, "binary", node, { to, operator, x: old, y: one, isInteger: true });
  emit(l, "store", node, { place: place.reg, from: to, update: true });
}

function declaration(l: Lowering, node: NodeId): void {
  const { tree } = l.pkg;
  for (const spec of tree.all(Kind.ValueSpec, node)) {
    if (tree.op(node + 1) !== "var" || tree.func(spec) !== l.func.node) continue;
    const names = tree.list(spec, Role.Name);
    const values = tree.list(spec, Role.Value);
    declareNames(l, spec, names, values);
  }
}

function lowerIf(l: Lowering, node: NodeId): void {
  const { tree } = l.pkg;
  const init = tree.child(node, Role.Init);
  if (init !== undefined) statement(l, init);
  const cond = tree.child(node, Role.Cond);
  const skip = emit(l, "branch", node, { cond: cond === undefined ? -1 : value(l, cond), target: -1, isLoop: false });
  const body = tree.body(node);
  if (body !== undefined) statement(l, body);
  const other = tree.child(node, Role.Else);
  if (other === undefined) return patch(l, skip);
  const end = emit(l, "jump", node, { target: -1 });
  patch(l, skip);
  statement(l, other);
  patch(l, end);
}

/** Named results are stored to and read again after deferred functions; storing a result to itself is no access. */
function lowerReturn(l: Lowering, node: NodeId): void {
  const { tree } = l.pkg;
  const results = tree.list(node, Role.Result);
  const values = returned(l, results);
  const named = l.func.results;
  if (named.length === 0 || results.length === 0) {
    emit(l, "return", node, { values: named.length === 0 ? values : [] });
    return;
  }
  for (const [at, place] of named.entries()) {
    const from = values[at];
    const result = results[at];
    const symbol = result === undefined ? undefined : l.pkg.symbol(result);
    const isItself = symbol?.scope === "result" && l.variables.get(symbol) === place;
    if (from !== undefined && !isItself) emit(l, "store", result ?? node, { place, from, update: false });
  }
  emit(l, "return", node, { values: [] });
}

function returned(l: Lowering, results: readonly NodeId[]): Reg[] {
  const { tree } = l.pkg;
  const only = results[0] === undefined ? undefined : tree.unparen(results[0]);
  if (results.length === 1 && only !== undefined && tree.kind(only) === Kind.CallExpr) {
    return lowerCall(l, only, Math.max(resultCount(l, only), l.func.results.length, 1));
  }
  return results.map((result) => value(l, result));
}

function branchStatement(l: Lowering, node: NodeId): void {
  const { tree } = l.pkg;
  const labelNode = tree.child(node, Role.Label);
  const label = labelNode === undefined ? undefined : tree.name(labelNode);
  const word = tree.op(node);
  const at = emit(l, "jump", node, { target: -1 });
  if (word === "goto" && label !== undefined) l.gotos.push({ at, label });
  const fits = (target: JumpTarget): boolean =>
    label === undefined ? word === "break" || target.continues !== undefined : target.label === label;
  const target = l.targets.findLast(fits);
  if (word === "break") target?.breaks.push(at);
  else if (word === "continue") target?.continues?.push(at);
}

function labeled(l: Lowering, node: NodeId): void {
  const { tree } = l.pkg;
  const [name, inner] = tree.children(node);
  if (name === undefined || inner === undefined) return;
  l.labels.set(tree.name(name), here(l));
  l.pendingLabel = tree.name(name);
  statement(l, inner);
  l.pendingLabel = undefined;
}
