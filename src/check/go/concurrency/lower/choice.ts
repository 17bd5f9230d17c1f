/** switch, type switch and select. */

import { Kind, Role } from "../../kinds.ts";
import type { NodeId } from "../../tree.ts";
import type { Reg, SelectCase } from "../code.ts";
import { declare, isBlank, storeTo } from "./assign.ts";
import { block, emit, here, type Lowering, patch, patchAll, register, statement, value } from "./function.ts";
import { enter, leave } from "./loop.ts";

/** Conditions first, in order, then the bodies, so that fallthrough is the way it falls. */
export function lowerSwitch(l: Lowering, node: NodeId): void {
  const { tree } = l.pkg;
  const target = enter(l, false);
  const [init, tag, body] = [tree.child(node, Role.Init), tree.child(node, Role.Tag), tree.body(node)];
  if (init !== undefined) statement(l, init);
  const tagReg = tag === undefined ? undefined : value(l, tag);
  const clauses = body === undefined ? [] : tree.stmts(body);
  const entries = clauses.map((clause) => tree.list(clause, Role.Expr).map((x) => caseTest(l, x, tagReg)));
  const otherwise = emit(l, "jump", node, { target: -1 });
  let fallback: number | undefined;
  for (const [at, clause] of clauses.entries()) {
    patchAll(l, entries[at] ?? []);
    if (tree.op(clause) === "default") fallback = here(l);
    const statements = tree.stmts(clause);
    block(l, statements);
    const last = statements.at(-1);
    if (last !== undefined && tree.op(last) === "fallthrough") dropJump(l);
    else target.breaks.push(emit(l, "jump", clause, { target: -1 }));
  }
  patch(l, otherwise, fallback ?? here(l));
  leave(l, target);
}

/** `fallthrough` was lowered to a jump to nowhere; what comes next is what it leads to. */
function dropJump(l: Lowering): void {
  const last = l.func.code.at(-1);
  if (last?.op === "jump") last.target = here(l);
}

/** Returns the position of the jump that is taken when the case fits. */
function caseTest(l: Lowering, x: NodeId, tag: Reg | undefined): number {
  let cond = value(l, x);
  if (tag !== undefined) {
    const to = register(l);
    emit(l, "binary", x, { to, operator: "==", x: tag, y: cond, isInteger: false });
    cond = to;
  }
  const skip = emit(l, "branch", x, { cond, target: -1, isLoop: false });
  const jump = emit(l, "jump", x, { target: -1 });
  patch(l, skip);
  return jump;
}

export function lowerTypeSwitch(l: Lowering, node: NodeId): void {
  const { pkg } = l;
  const { tree } = pkg;
  const target = enter(l, false);
  const [init, assign, body] = [tree.child(node, Role.Init), tree.child(node, Role.Assign), tree.body(node)];
  if (init !== undefined) statement(l, init);
  const assertion = assign === undefined ? undefined : tree.all(Kind.TypeAssertExpr, assign)[0];
  const from = assertion === undefined ? -1 : value(l, assertion + 1);
  const name = assign === undefined ? undefined : tree.lhs(assign)[0];
  const clauses = body === undefined ? [] : tree.stmts(body);
  const isDefault = (clause: NodeId): boolean => tree.op(clause) === "default";
  for (const clause of [...clauses.filter((one) => !isDefault(one)), ...clauses.filter(isDefault)]) {
    const types = tree.list(clause, Role.Expr);
    const cond = register(l);
    emit(l, "is", clause, { to: cond, from, types: types.map((type) => pkg.typeOf(type)) });
    const skip = isDefault(clause) ? undefined : emit(l, "branch", clause, { cond, target: -1, isLoop: false });
    if (name !== undefined) bindClause(l, clause, name, from, types);
    block(l, tree.stmts(clause));
    target.breaks.push(emit(l, "jump", clause, { target: -1 }));
    if (skip !== undefined) patch(l, skip);
  }
  leave(l, target);
}

/** The variable is another one in each clause. */
function bindClause(l: Lowering, clause: NodeId, name: NodeId, from: Reg, types: readonly NodeId[]): void {
  const { pkg } = l;
  const { tree } = pkg;
  const only = types.length === 1 ? types[0] : undefined;
  const to = register(l);
  emit(l, "assert", clause, {
    to,
    ok: -1,
    from,
    type: only === undefined ? undefined : pkg.typeOf(only),
    isSource: false,
  });
  const place = declare(l, name, only === undefined ? undefined : pkg.typeOf(only), to);
  for (let node: number = clause; node < tree.end(clause); node++) {
    if (tree.kind(node) !== Kind.Ident || tree.name(node) !== tree.name(name)) continue;
    const symbol = pkg.symbol(node);
    if (symbol !== undefined && symbol.kind === "var" && isImplicit(l, symbol.decl, clause, name)) {
      l.variables.set(symbol, place);
    }
  }
}

/** A clause's own variable has no identifier of its own: it is said to be declared at the clause or the switch's name. */
function isImplicit(l: Lowering, decl: NodeId | undefined, clause: NodeId, name: NodeId): boolean {
  return decl === undefined || decl === name || decl === clause || l.pkg.tree.kind(decl) !== Kind.Ident;
}

export function lowerSelect(l: Lowering, node: NodeId): void {
  const { tree } = l.pkg;
  const target = enter(l, false);
  const body = tree.body(node);
  const clauses = body === undefined ? [] : tree.stmts(body);
  const drafts = clauses.map((clause) => ({ clause, comm: tree.child(clause, Role.Comm) }));
  const cases = drafts.flatMap(({ clause, comm }) =>
    comm === undefined ? [] : [{ clause, comm, draft: selectCase(l, comm) }],
  );
  const at = emit(l, "select", node, { cases: cases.map(({ draft }) => draft), fallback: -1 });
  for (const { clause, comm, draft } of cases) {
    draft.target = here(l);
    bindReceived(l, comm, draft);
    block(l, tree.stmts(clause));
    target.breaks.push(emit(l, "jump", clause, { target: -1 }));
  }
  for (const { clause, comm } of drafts) {
    if (comm !== undefined) continue;
    const instruction = l.func.code[at];
    if (instruction?.op === "select") instruction.fallback = here(l);
    block(l, tree.stmts(clause));
    target.breaks.push(emit(l, "jump", clause, { target: -1 }));
  }
  leave(l, target);
}

type Draft = { -readonly [K in keyof SelectCase]: SelectCase[K] };

function selectCase(l: Lowering, comm: NodeId): Draft {
  const { tree } = l.pkg;
  if (tree.kind(comm) === Kind.SendStmt) {
    const [chan, sent] = tree.children(comm);
    const to = chan === undefined ? -1 : value(l, chan);
    return { kind: "send", chan: to, value: sent === undefined ? -1 : value(l, sent), ok: -1, target: -1, node: comm };
  }
  const received = tree.all(Kind.UnaryExpr, comm).find((one) => tree.op(one) === "<-");
  const chan = received === undefined ? -1 : value(l, received + 1);
  return { kind: "receive", chan, value: register(l), ok: register(l), target: -1, node: comm };
}

/** `case v, ok := <-c`. */
function bindReceived(l: Lowering, comm: NodeId, { kind, value: from, ok }: Draft): void {
  const { pkg } = l;
  const { tree } = pkg;
  if (kind === "send" || tree.kind(comm) !== Kind.AssignStmt) return;
  for (const [at, name] of tree.lhs(comm).entries()) {
    if (isBlank(l, name)) continue;
    const source = at === 0 ? from : ok;
    if (tree.op(comm) === ":=" && pkg.symbol(name)?.decl === name) declare(l, name, pkg.typeOf(name), source);
    else storeTo(l, name, source, false);
  }
}
