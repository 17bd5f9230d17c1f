/** What happens to the values of variables: who assigns them, where they go. */

import { Kind, Role } from "../kinds.ts";
import type { GoPackage } from "../program.ts";
import type { GoSymbol } from "../symbols.ts";
import type { GoTree, NodeId } from "../tree.ts";
import { endsIn } from "./control.ts";

/** What one use of a variable does with its value. */
export type Use =
  | "assigned" // on the left of an assignment, or declared
  | "selected" // x.name
  | "argument"
  | "returned"
  | "stored" // into a field, an element, a literal, a channel, another variable
  | "address" // &x
  | "other"; // compared, indexed, ranged over, dereferenced

/** The nearest parent that is no pair of parentheses. */
export function outer(tree: GoTree, node: NodeId): NodeId | undefined {
  let parent = tree.parent(node);
  while (parent !== undefined && tree.kind(parent) === Kind.ParenExpr) parent = tree.parent(parent);
  return parent;
}

/** `node`, or the parentheses around it: the child of `outer(tree, node)`. */
export function wrapped(tree: GoTree, node: NodeId): NodeId {
  let at = node;
  for (let parent = tree.parent(at); parent !== undefined; parent = tree.parent(at)) {
    if (tree.kind(parent) !== Kind.ParenExpr) return at;
    at = parent;
  }
  return at;
}

const useByRole: ReadonlyMap<Role, Use> = new Map<Role, Use>([
  [Role.Lhs, "assigned"],
  [Role.Name, "assigned"],
  [Role.Rhs, "stored"],
  [Role.Arg, "argument"],
  [Role.Result, "returned"],
  [Role.Elt, "stored"],
]);

/** What the expression's value is used for where it stands. */
export function useOf(tree: GoTree, node: NodeId): Use {
  const parent = outer(tree, node);
  if (parent === undefined) return "other";
  const role = tree.role(wrapped(tree, node));
  const kind = tree.kind(parent);
  if (kind === Kind.SelectorExpr) return "selected";
  if (kind === Kind.UnaryExpr) return tree.op(parent) === "&" ? "address" : "other";
  if (role === Role.Value) {
    return kind === Kind.SendStmt || kind === Kind.KeyValueExpr || kind === Kind.ValueSpec ? "stored" : "assigned";
  }
  if (role === Role.Key) return kind === Kind.RangeStmt ? "assigned" : "other";
  return useByRole.get(role) ?? "other";
}

/**
 * The identifiers that take the results of a call, in order: of `a, b := f()`, `var a, b = f()`, also with plain
 * assignment. Empty if the call's results go elsewhere.
 */
export function takers(tree: GoTree, call: NodeId): NodeId[] {
  const parent = outer(tree, call);
  if (parent === undefined) return [];
  const kind = tree.kind(parent);
  const at = wrapped(tree, call);
  if (kind === Kind.AssignStmt && tree.role(at) === Role.Rhs) return paired(tree.lhs(parent), tree.rhs(parent), at);
  if (kind === Kind.ValueSpec && tree.role(at) === Role.Value) {
    return paired(tree.list(parent, Role.Name), tree.list(parent, Role.Value), at);
  }
  return [];
}

function paired(left: NodeId[], right: NodeId[], value: NodeId): NodeId[] {
  if (right.length === 1) return left;
  const taker = left[right.indexOf(value)];
  return taker === undefined ? [] : [taker];
}

/** The variable of a function that an identifier stands for; not a field, not a package's variable. */
export function localVariable(pkg: GoPackage, node: NodeId | undefined): GoSymbol | undefined {
  if (node === undefined || pkg.tree.kind(node) !== Kind.Ident) return undefined;
  const symbol = pkg.symbol(node);
  return symbol?.kind === "var" && symbol.scope === "local" ? symbol : undefined;
}

/** The variable at the root of `x`, `x.f`, `x[i]`, `&x`, `(*x).f`, `x[a:b]`. */
export function rootOf(pkg: GoPackage, node: NodeId): GoSymbol | undefined {
  const { tree } = pkg;
  let at = tree.unparen(node);
  for (;;) {
    const kind = tree.kind(at);
    if (kind === Kind.Ident) return pkg.symbol(at);
    const rooted =
      kind === Kind.SelectorExpr ||
      kind === Kind.IndexExpr ||
      kind === Kind.SliceExpr ||
      kind === Kind.StarExpr ||
      kind === Kind.UnaryExpr;
    const x = rooted ? tree.x(at) : undefined;
    if (x === undefined) return undefined;
    if (kind === Kind.SelectorExpr && pkg.symbol(x)?.kind === "pkg") return pkg.symbol(at);
    at = tree.unparen(x);
  }
}

/** The statement around a node: the child of a block or a clause. */
export function statementOf(tree: GoTree, node: NodeId): NodeId {
  let at = node;
  for (let parent = tree.parent(at); parent !== undefined; parent = tree.parent(at)) {
    const kind = tree.kind(parent);
    if (
      tree.role(at) === Role.Stmt &&
      (kind === Kind.BlockStmt || kind === Kind.CaseClause || kind === Kind.CommClause)
    ) {
      return at;
    }
    at = parent;
  }
  return at;
}

/** Whether an if's condition compares this variable with nil by `op`; `a != nil && …` counts for "!=", `a == nil || …` for "==". */
export function comparesWithNil(pkg: GoPackage, condition: NodeId, symbol: GoSymbol, op: "==" | "!="): boolean {
  const { tree } = pkg;
  const at = tree.unparen(condition);
  if (tree.kind(at) !== Kind.BinaryExpr) return false;
  const [x, y] = [tree.x(at), tree.y(at)];
  if (x === undefined || y === undefined) return false;
  const joins = op === "!=" ? "&&" : "||";
  if (tree.op(at) === joins) return comparesWithNil(pkg, x, symbol, op) || comparesWithNil(pkg, y, symbol, op);
  if (tree.op(at) !== op) return false;
  const sides = [tree.unparen(x), tree.unparen(y)];
  return sides.some((side) => isIdentOf(pkg, side, symbol)) && sides.some((side) => tree.name(side) === "nil");
}

function isIdentOf(pkg: GoPackage, node: NodeId, symbol: GoSymbol): boolean {
  return pkg.tree.kind(node) === Kind.Ident && pkg.symbol(node) === symbol;
}

/** Whether a node is only reached when the variable is not nil, by an if around it or an early return before it. */
export function knownNotNil(pkg: GoPackage, node: NodeId, symbol: GoSymbol): boolean {
  const { tree } = pkg;
  for (let at = node, parent = tree.parent(at); parent !== undefined; at = parent, parent = tree.parent(at)) {
    const kind = tree.kind(parent);
    if (kind === Kind.FuncDecl || kind === Kind.FuncLit) return false;
    const condition = kind === Kind.IfStmt ? tree.child(parent, Role.Cond) : undefined;
    if (condition !== undefined && tree.role(at) === Role.Body && comparesWithNil(pkg, condition, symbol, "!=")) {
      return true;
    }
    if (condition !== undefined && tree.role(at) === Role.Else && comparesWithNil(pkg, condition, symbol, "==")) {
      return true;
    }
    if (tree.role(at) === Role.Stmt && leftBefore(pkg, parent, at, symbol)) return true;
  }
  return false;
}

/** Whether a statement before `stmt` in the same block is `if symbol == nil { … return }`. */
function leftBefore(pkg: GoPackage, block: NodeId, stmt: NodeId, symbol: GoSymbol): boolean {
  const { tree } = pkg;
  return tree.stmts(block).some((earlier) => {
    if (earlier >= stmt || tree.kind(earlier) !== Kind.IfStmt) return false;
    const [condition, body] = [tree.child(earlier, Role.Cond), tree.body(earlier)];
    if (condition === undefined || body === undefined) return false;
    return comparesWithNil(pkg, condition, symbol, "==") && endsIn(pkg, body);
  });
}
