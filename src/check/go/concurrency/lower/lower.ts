/** A function's code, made when it is first asked for, and kept as long as the package. */

import { Kind, Role } from "../../kinds.ts";
import type { GoPackage } from "../../program.ts";
import type { GoSymbol } from "../../symbols.ts";
import type { NodeId } from "../../tree.ts";
import type { FuncCode } from "../code.ts";
import { lowerOperand } from "./expression.ts";
import { block, emit, here, type Lowering, patch, register } from "./function.ts";
import { lowerStatement } from "./statement.ts";

interface LoweredPackage {
  readonly codes: Map<NodeId, FuncCode>;
  readonly own: ReadonlySet<GoSymbol>;
}

/** The code of a FuncDecl; `undefined` if it has no body. */
export function codeOf(pkg: GoPackage, func: NodeId): FuncCode | undefined {
  const { codes, own } = pkg.memo("concurrency code", prepare);
  const known = codes.get(func);
  if (known !== undefined) return known;
  if (pkg.tree.body(func) === undefined) return undefined;
  const code = lowerFunction(pkg, func, undefined, own);
  codes.set(func, code);
  return code;
}

function prepare(pkg: GoPackage): LoweredPackage {
  return { codes: new Map(), own: ownVariables(pkg) };
}

/** Local variables of plain types whose address nobody takes and that no literal captures. */
function ownVariables(pkg: GoPackage): Set<GoSymbol> {
  const { tree } = pkg;
  const shared = new Set<GoSymbol>();
  for (const literal of tree.all(Kind.FuncLit)) for (const symbol of pkg.captures(literal)) shared.add(symbol);
  for (const node of tree.all(Kind.UnaryExpr)) {
    const symbol = tree.op(node) === "&" ? pkg.symbol(tree.unparen(node + 1)) : undefined;
    if (symbol !== undefined) shared.add(symbol);
  }
  const own = new Set<GoSymbol>();
  for (const node of tree.all(Kind.Ident)) {
    const symbol = pkg.symbol(node);
    if (symbol?.decl !== node || symbol.kind !== "var" || symbol.func === undefined) continue;
    if (!shared.has(symbol) && isPlain(symbol)) own.add(symbol);
  }
  return own;
}

const plainKinds: ReadonlySet<string> = new Set(["basic", "pointer", "slice", "map", "chan", "interface", "func"]);

function isPlain({ type }: GoSymbol): boolean {
  return (
    type !== undefined &&
    (plainKinds.has(type.kind) || (type.kind === "named" && type.underlying?.kind === "interface"))
  );
}

function lowerFunction(
  pkg: GoPackage,
  node: NodeId,
  outer: Lowering | undefined,
  own: ReadonlySet<GoSymbol>,
): FuncCode {
  const symbol = pkg.funcSymbol(node);
  const func: FuncCode = {
    name: symbol?.name ?? "",
    node,
    symbol,
    outer: outer?.func,
    code: [],
    params: [],
    variadic: false,
    results: [],
    resultTypes: [],
    captures: [],
    registers: 0,
    spawns: false,
  };
  const lowering: Lowering = {
    pkg,
    func,
    outer,
    variables: new Map(),
    targets: [],
    labels: new Map(),
    gotos: [],
    own,
    pendingLabel: undefined,
    visit: { operand: lowerOperand, statement: lowerStatement, literal: lowerLiteral },
  };
  const isVariadic = lowerSignature(lowering, node);
  const body = pkg.tree.body(node);
  if (body !== undefined) block(lowering, pkg.tree.stmts(body));
  emit(lowering, "return", node, { values: [] });
  for (const { at, label } of lowering.gotos) patch(lowering, at, lowering.labels.get(label) ?? here(lowering) - 1);
  const stray = here(lowering) - 1;
  for (const instruction of func.code) {
    if (instruction.op === "jump" && instruction.target === -1) instruction.target = stray;
  }
  return isVariadic ? { ...func, variadic: true } : func;
}

function lowerLiteral(around: Lowering, literal: NodeId): FuncCode {
  const inner = lowerFunction(around.pkg, literal, around, around.own);
  if (inner.spawns) around.func.spawns = true;
  return inner;
}

/** Parameters come as values and become variables; named results are variables from the start. */
function lowerSignature(l: Lowering, node: NodeId): boolean {
  const { pkg } = l;
  const { tree } = pkg;
  const signature = tree.type(node);
  const receiver = tree.child(node, Role.Recv);
  const params = signature === undefined ? undefined : tree.child(signature, Role.Params);
  const results = signature === undefined ? undefined : tree.child(signature, Role.Results);
  let isVariadic = false;
  for (const list of [receiver, params]) {
    for (const field of list === undefined ? [] : tree.list(list, Role.Field)) {
      const type = tree.type(field);
      if (type !== undefined && tree.kind(type) === Kind.Ellipsis) isVariadic = true;
      const names = tree.list(field, Role.Name);
      for (const name of names.length === 0 ? [undefined] : names) parameter(l, name);
    }
  }
  for (const field of results === undefined ? [] : tree.list(results, Role.Field)) {
    const typeNode = tree.type(field);
    const type = typeNode === undefined ? undefined : pkg.typeOf(typeNode);
    const names = tree.list(field, Role.Name);
    for (const name of names) l.func.results.push(result(l, name));
    l.func.resultTypes = [...l.func.resultTypes, ...(names.length === 0 ? [type] : names.map(() => type))];
  }
  return isVariadic;
}

function parameter(l: Lowering, name: NodeId | undefined): void {
  const from = register(l);
  l.func.params.push(from);
  const symbol = name === undefined ? undefined : l.pkg.symbol(name);
  if (name === undefined || symbol === undefined) return;
  const to = register(l);
  emit(l, "declare", name, { to, symbol, type: symbol.type, from, isOwn: l.own.has(symbol) });
  l.variables.set(symbol, to);
}

function result(l: Lowering, name: NodeId): number {
  const symbol = l.pkg.symbol(name);
  const to = register(l);
  emit(l, "declare", name, {
    to,
    symbol,
    type: symbol?.type,
    from: -1,
    isOwn: symbol !== undefined && l.own.has(symbol),
  });
  if (symbol !== undefined) l.variables.set(symbol, to);
  return to;
}
