/** Channels in fields and variables that only their own package can see, with all that is done with them. */

import { Kind, Role } from "../kinds.ts";
import type { GoPackage } from "../program.ts";
import { pointee, type GoSymbol } from "../symbols.ts";
import type { NodeId } from "../tree.ts";
import { calleeName } from "./calls.ts";
import { clauseOf, operationOf, type OperationKind } from "./channels.ts";
import { outer, takers, useOf, wrapped } from "./variables.ts";

export interface HiddenOperation {
  readonly node: NodeId;
  /** The CommClause whose communication it is. */
  readonly clause: NodeId | undefined;
}

/** A channel of which every use is in this package, and known. */
export interface HiddenChannel {
  readonly symbol: GoSymbol;
  /** Whether some make gives it room. */
  readonly isBuffered: boolean;
  readonly operations: Readonly<Record<OperationKind, readonly HiddenOperation[]>>;
}

/** The package's unexported fields and package variables of channel type that are made here and never handed on. */
export function hiddenChannels(pkg: GoPackage): readonly HiddenChannel[] {
  return pkg.memo("idiom.hiddenChannels", () =>
    pkg.tree.all(Kind.ChanType).flatMap((type) => {
      const declaration = pkg.tree.parent(type);
      if (declaration === undefined) return [];
      if (pkg.tree.role(type) === Role.Type) {
        return pkg.tree.list(declaration, Role.Name).flatMap((name) => hidden(pkg, name));
      }
      return takers(pkg.tree, declaration).flatMap((name) => hidden(pkg, name));
    }),
  );
}

function hidden(pkg: GoPackage, name: NodeId): HiddenChannel[] {
  const symbol = pkg.symbol(name);
  if (
    symbol === undefined ||
    symbol.decl !== name ||
    symbol.exported ||
    (symbol.scope !== "field" && symbol.scope !== "package")
  ) {
    return [];
  }
  const operations: Record<OperationKind, HiddenOperation[]> = { sends: [], receives: [], ranges: [], closes: [] };
  if (unresolvedNames(pkg).has(symbol.name)) return [];
  const first = madeWith(pkg, name);
  let makes = first === undefined ? 0 : 1;
  let isBuffered = first === "some";
  for (const use of pkg.uses(symbol)) {
    if (use === name) continue;
    const capacity = madeWith(pkg, use);
    if (capacity !== undefined) {
      makes += 1;
      isBuffered ||= capacity === "some";
      continue;
    }
    const operation = operationOf(pkg, wholeOf(pkg, use));
    if (operation === undefined) return [];
    if (operation !== "nothing") {
      operations[operation.kind].push({ node: operation.node, clause: clauseOf(pkg, operation.node) });
    }
  }
  return makes === 0 ? [] : [{ symbol, isBuffered, operations }];
}

/** Names of selected fields of which it is not known whose they are: one of them may be the channel. */
function unresolvedNames(pkg: GoPackage): ReadonlySet<string> {
  return pkg.memo("idiom.unresolvedNames", () => {
    const { tree } = pkg;
    const selected = tree.all(Kind.SelectorExpr).map((selector) => tree.child(selector, Role.Sel));
    const unknown = selected.filter((sel) => sel !== undefined && pkg.symbol(sel) === undefined);
    return new Set(unknown.map((sel) => (sel === undefined ? "" : tree.name(sel))));
  });
}

/** Of a field's name in `s.in` the whole selector. */
function wholeOf(pkg: GoPackage, use: NodeId): NodeId {
  const parent = pkg.tree.parent(use);
  return parent !== undefined && pkg.tree.kind(parent) === Kind.SelectorExpr && pkg.tree.role(use) === Role.Sel
    ? parent
    : use;
}

/** Whether a use gives the channel a value by make, and with which capacity. */
function madeWith(pkg: GoPackage, use: NodeId): "none" | "some" | undefined {
  const { tree } = pkg;
  const whole = wholeOf(pkg, use);
  const parent = outer(tree, whole);
  if (parent === undefined) return undefined;
  const value = valueFor(pkg, parent, wrapped(tree, whole));
  if (value === undefined || tree.kind(value) !== Kind.CallExpr || calleeName(pkg, value) !== "make") return undefined;
  const [, capacity] = tree.args(value);
  return capacity === undefined || pkg.text(capacity) === "0" ? "none" : "some";
}

/** What is assigned to the channel: `s.in = v`, `T{in: v}`, `var in = v`. */
function valueFor(pkg: GoPackage, parent: NodeId, target: NodeId): NodeId | undefined {
  const { tree } = pkg;
  if (tree.kind(parent) === Kind.ValueSpec) {
    return tree.list(parent, Role.Value)[tree.list(parent, Role.Name).indexOf(target)];
  }
  if (tree.kind(parent) === Kind.KeyValueExpr) {
    return tree.role(target) === Role.Key ? tree.child(parent, Role.Value) : undefined;
  }
  if (tree.kind(parent) !== Kind.AssignStmt || useOf(tree, target) !== "assigned") return undefined;
  return tree.rhs(parent)[tree.lhs(parent).indexOf(target)];
}

/** `Queue.Close`: the method that ends the type whose method a node is in, if it has one. */
export function endingMethod(pkg: GoPackage, node: NodeId): string | undefined {
  const { tree } = pkg;
  let func = tree.func(node);
  while (func !== undefined && tree.kind(func) === Kind.FuncLit) func = tree.func(func);
  const receiver = func === undefined ? undefined : tree.child(func, Role.Recv);
  const field = receiver === undefined ? undefined : tree.child(receiver, Role.Field);
  const type = field === undefined ? undefined : tree.type(field);
  const named = type === undefined ? undefined : pointee(pkg.typeOf(type));
  const method = named?.methods?.find(({ name }) => /^(?:Close|Stop|Shutdown)$/u.test(name));
  return method === undefined || named === undefined ? undefined : `${named.name}.${method.name}`;
}
