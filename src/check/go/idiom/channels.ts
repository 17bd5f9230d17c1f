/** Channels that one function makes and keeps to itself and the goroutines that it starts. */

import { Kind, Role } from "../kinds.ts";
import type { GoPackage } from "../program.ts";
import type { GoSymbol } from "../symbols.ts";
import type { NodeId } from "../tree.ts";
import { calleeName } from "./calls.ts";
import { parameters } from "./surroundings.ts";
import { outer, takers, wrapped } from "./variables.ts";

export interface Operation {
  /** The SendStmt, the `<-c`, the RangeStmt or the close call. */
  readonly node: NodeId;
  /** The same place in the making function: `node`, or the call of the function that does it. */
  readonly at: NodeId;
  /** The go statement of the making function that leads there; `undefined`: it is done by that function itself. */
  readonly goroutine: NodeId | undefined;
  /** The CommClause whose communication it is. */
  readonly clause: NodeId | undefined;
}

/** A channel in a local variable of which all uses are known. */
export interface LocalChannel {
  readonly symbol: GoSymbol;
  /** The function that makes it. */
  readonly func: NodeId;
  readonly isBuffered: boolean;
  readonly sends: readonly Operation[];
  readonly receives: readonly Operation[];
  readonly ranges: readonly Operation[];
  readonly closes: readonly Operation[];
}

/** The package's channels that no other function gets to see. */
export function localChannels(pkg: GoPackage): readonly LocalChannel[] {
  return pkg.memo("idiom.localChannels", () =>
    pkg.tree.all(Kind.ChanType).flatMap((type) => {
      const channel = channelMadeOf(pkg, type);
      return channel === undefined ? [] : [channel];
    }),
  );
}

/** The channel of `c := make(chan T)`, given its `chan T`. */
function channelMadeOf(pkg: GoPackage, type: NodeId): LocalChannel | undefined {
  const { tree } = pkg;
  const call = tree.parent(type);
  if (call === undefined || tree.kind(call) !== Kind.CallExpr || calleeName(pkg, call) !== "make") return undefined;
  const [, capacity] = tree.args(call);
  const [taker] = takers(tree, call);
  const symbol = taker === undefined ? undefined : pkg.symbol(taker);
  if (
    taker === undefined ||
    symbol?.kind !== "var" ||
    symbol.scope !== "local" ||
    symbol.decl !== taker ||
    symbol.func === undefined
  ) {
    return undefined;
  }
  const isBuffered = capacity !== undefined && pkg.constant(capacity) !== 0 && pkg.text(capacity) !== "0";
  return withOperations(pkg, symbol, symbol.func, isBuffered);
}

export type OperationKind = "sends" | "receives" | "ranges" | "closes";

function withOperations(pkg: GoPackage, symbol: GoSymbol, func: NodeId, isBuffered: boolean): LocalChannel | undefined {
  const found: Record<OperationKind, Operation[]> = { sends: [], receives: [], ranges: [], closes: [] };
  for (const { node: use, site } of namesOf(pkg, symbol, undefined, maximumDepth)) {
    const operation = operationOf(pkg, use);
    if (operation === "nothing") continue;
    const goroutine = operation === undefined ? "unknown" : goroutineOf(pkg, use, site, func);
    if (operation === undefined || goroutine === "unknown") return undefined;
    const { kind, node } = operation;
    found[kind].push({ node, at: site ?? node, goroutine, clause: clauseOf(pkg, node) });
  }
  return { symbol, func, isBuffered, ...found };
}

/** How many calls deep a channel is followed. */
const maximumDepth = 3;

interface Name {
  /** The identifier that stands for the channel. */
  readonly node: NodeId;
  /** The call in the making function through which another function has it. */
  readonly site: NodeId | undefined;
}

/** The uses of a channel's variable, and of the parameters of functions of this package that it is passed to. */
function namesOf(pkg: GoPackage, symbol: GoSymbol, site: NodeId | undefined, depth: number): Name[] {
  return pkg.uses(symbol).flatMap((node) => {
    if (node === symbol.decl) return [];
    const passed = depth === 0 ? undefined : passedTo(pkg, node);
    if (passed === undefined || passed.parameter === symbol) return [{ node, site }];
    return namesOf(pkg, passed.parameter, site ?? passed.site, depth - 1);
  });
}

/** The parameter that takes the channel: of a literal called in place, or of a function declared here. */
function passedTo(pkg: GoPackage, use: NodeId): { parameter: GoSymbol; site: NodeId | undefined } | undefined {
  const { tree } = pkg;
  const call = outer(tree, use);
  const argument = wrapped(tree, use);
  if (call === undefined || tree.kind(call) !== Kind.CallExpr || tree.role(argument) !== Role.Arg) return undefined;
  const callee = tree.callee(call);
  const isLiteral = tree.kind(callee) === Kind.FuncLit;
  const target = isLiteral ? undefined : pkg.callOf(call);
  const func = isLiteral ? callee : target?.kind === "static" && pkg.funcDecl(target.symbol);
  if (func === undefined || func === false || tree.body(func) === undefined) return undefined;
  const found = parameters(pkg, func)[tree.args(call).indexOf(argument)];
  const parameter = found === undefined || tree.kind(found.type) === Kind.Ellipsis ? undefined : pkg.symbol(found.name);
  return parameter === undefined ? undefined : { parameter, site: isLiteral ? undefined : call };
}

/** What a use of a channel does; `undefined` where it gets out of sight. */
export function operationOf(
  pkg: GoPackage,
  use: NodeId,
): { kind: OperationKind; node: NodeId } | "nothing" | undefined {
  const { tree } = pkg;
  const parent = outer(tree, use);
  if (parent === undefined) return undefined;
  const role = tree.role(wrapped(tree, use));
  switch (tree.kind(parent)) {
    case Kind.SendStmt:
      return role === Role.Chan ? { kind: "sends", node: parent } : undefined;
    case Kind.UnaryExpr:
      return tree.op(parent) === "<-" ? { kind: "receives", node: parent } : undefined;
    case Kind.RangeStmt:
      return role === Role.X ? { kind: "ranges", node: parent } : undefined;
    case Kind.CallExpr: {
      const name = calleeName(pkg, parent);
      if (name === "close") return { kind: "closes", node: parent };
      return name === "len" || name === "cap" ? "nothing" : undefined;
    }
    default:
      return undefined;
  }
}

/** The go statement of `func` that a node runs in: `undefined` for `func` itself, "unknown" in any other literal. */
function goroutineOf(
  pkg: GoPackage,
  node: NodeId,
  site: NodeId | undefined,
  func: NodeId,
): NodeId | undefined | "unknown" {
  const { tree } = pkg;
  if (site === undefined) return goroutineIn(pkg, node, func);
  const inner = tree.func(node);
  if (inner === undefined || tree.kind(inner) !== Kind.FuncDecl) return "unknown";
  const statement = tree.parent(site);
  return statement !== undefined && tree.kind(statement) === Kind.GoStmt && tree.func(site) === func
    ? statement
    : goroutineIn(pkg, site, func);
}

function goroutineIn(pkg: GoPackage, node: NodeId, func: NodeId): NodeId | undefined | "unknown" {
  const { tree } = pkg;
  let at = tree.func(node);
  if (at === func) return undefined;
  let started: NodeId | undefined;
  for (; at !== undefined && at !== func; at = tree.func(at)) {
    const call = outer(tree, at);
    const statement = call === undefined ? undefined : tree.parent(call);
    if (statement === undefined) return "unknown";
    const kind = tree.kind(statement);
    if (kind === Kind.GoStmt) started = statement;
    else if (kind !== Kind.DeferStmt) return "unknown";
  }
  return at === undefined ? "unknown" : started;
}

/** The clause of a select whose communication holds the node. */
export function clauseOf(pkg: GoPackage, node: NodeId): NodeId | undefined {
  const { tree } = pkg;
  const clause = tree.enclosing(node, Kind.CommClause);
  const comm = clause === undefined ? undefined : tree.child(clause, Role.Comm);
  return comm !== undefined && tree.contains(comm, node) ? clause : undefined;
}
