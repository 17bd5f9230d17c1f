/** for and range. A loop's own variables are new in each turn since Go 1.22. */

import { Role } from "../../kinds.ts";
import type { NodeId } from "../../tree.ts";
import type { Reg } from "../code.ts";
import { declare, isBlank, storeTo } from "./assign.ts";
import {
  emit,
  here,
  type JumpTarget,
  type Lowering,
  operand,
  patch,
  patchAll,
  register,
  statement,
  value,
} from "./function.ts";

/** The break and continue targets of the statement, under the label before it. */
export function enter(l: Lowering, isLoop: boolean): JumpTarget {
  const target: JumpTarget = { label: l.pendingLabel, breaks: [], continues: isLoop ? [] : undefined };
  l.pendingLabel = undefined;
  l.targets.push(target);
  return target;
}

export function leave(l: Lowering, target: JumpTarget): void {
  l.targets.pop();
  patchAll(l, target.breaks);
}

export function lowerFor(l: Lowering, node: NodeId): void {
  const { pkg } = l;
  const { tree } = pkg;
  const [init, cond, post] = [tree.child(node, Role.Init), tree.child(node, Role.Cond), tree.child(node, Role.Post)];
  const target = enter(l, true);
  if (init !== undefined) statement(l, init);
  const names = init === undefined || tree.op(init) !== ":=" ? [] : tree.lhs(init);
  const top = here(l);
  let exit: number | undefined;
  if (cond !== undefined) exit = emit(l, "branch", cond, { cond: value(l, cond), target: -1, isLoop: true });
  const body = tree.body(node);
  if (body !== undefined) statement(l, body);
  patchAll(l, target.continues ?? []);
  if (pkg.atLeast(node, "1.22")) renewAll(l, node, names);
  if (post !== undefined) statement(l, post);
  emit(l, "jump", node, { target: top });
  if (exit !== undefined) patch(l, exit);
  leave(l, target);
}

function renewAll(l: Lowering, node: NodeId, names: readonly NodeId[]): void {
  for (const name of names) {
    const symbol = l.pkg.symbol(name);
    const to = symbol === undefined ? undefined : l.variables.get(symbol);
    if (to !== undefined) emit(l, "renew", node, { to });
  }
}

export function lowerRange(l: Lowering, node: NodeId): void {
  const { pkg } = l;
  const { tree } = pkg;
  const [key, item, x] = [tree.child(node, Role.Key), tree.child(node, Role.Value), tree.child(node, Role.X)];
  if (x === undefined) return;
  const target = enter(l, true);
  const hasValue = item !== undefined && !isBlank(l, item);
  const isNew = tree.op(node) === ":=";
  const isOnce = isNew && !pkg.atLeast(node, "1.22");
  // `range 10` has a constant, which has no place.
  const over = typeof pkg.constant(x) === "number" ? { reg: value(l, x), isPlace: false } : operand(l, x);
  const iterator = register(l);
  emit(l, "range", node, { to: iterator, over, hasValue });
  if (isOnce) {
    for (const name of [key, item]) if (name !== undefined && !isBlank(l, name)) declare(l, name, pkg.typeOf(name), -1);
  }
  const top = here(l);
  const keyReg = register(l);
  const valueReg = hasValue ? register(l) : -1;
  const exit = emit(l, "next", x, { iterator, key: keyReg, value: valueReg, target: -1 });
  bind(l, key, keyReg, isNew && !isOnce);
  if (hasValue) bind(l, item, valueReg, isNew && !isOnce);
  const body = tree.body(node);
  if (body !== undefined) statement(l, body);
  patchAll(l, target.continues ?? [], top);
  emit(l, "jump", node, { target: top });
  patch(l, exit);
  leave(l, target);
}

function bind(l: Lowering, name: NodeId | undefined, from: Reg, isNew: boolean): void {
  if (name === undefined || isBlank(l, name)) return;
  if (isNew) declare(l, name, l.pkg.typeOf(name), from);
  else storeTo(l, name, from, false);
}
