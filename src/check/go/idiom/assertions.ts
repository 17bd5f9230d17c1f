/** Type assertions that panic when they are wrong, and what makes them right. */

import { Kind, Role } from "../kinds.ts";
import type { GoPackage } from "../program.ts";
import type { NodeId } from "../tree.ts";
import { endsIn, within } from "./control.ts";
import { outer, rootOf, wrapped } from "./variables.ts";

/** A bare assertion `x.(T)`. */
export interface Assertion {
  readonly node: NodeId;
  readonly x: NodeId;
  readonly type: NodeId;
}

/** The package's assertions with one result: not `v, ok := x.(T)`, not `switch x.(type)`. */
export function bareAssertions(pkg: GoPackage): readonly Assertion[] {
  return pkg.memo("idiom.bareAssertions", () =>
    pkg.tree.all(Kind.TypeAssertExpr).flatMap((node) => {
      const [x, type] = [pkg.tree.x(node), pkg.tree.type(node)];
      return x === undefined || type === undefined || hasOk(pkg, node) ? [] : [{ node, x: pkg.tree.unparen(x), type }];
    }),
  );
}

/** Whether an assertion's second result is taken. */
export function hasOk(pkg: GoPackage, node: NodeId): boolean {
  const { tree } = pkg;
  const parent = outer(tree, node);
  if (parent === undefined) return false;
  const role = tree.role(wrapped(tree, node));
  if (tree.kind(parent) === Kind.AssignStmt && role === Role.Rhs) {
    return tree.lhs(parent).length === 2 && tree.rhs(parent).length === 1;
  }
  if (tree.kind(parent) === Kind.ValueSpec && role === Role.Value) return tree.list(parent, Role.Name).length === 2;
  return false;
}

/**
 * Whether something around an assertion, or an early return before it, looks at the same value: a check of its type,
 * or of a tag beside it. What is looked at is the variable at the root, so `t.kind == word` guards `t.value.(string)`.
 */
export function isGuarded(pkg: GoPackage, { node, x }: Assertion): boolean {
  const { tree } = pkg;
  const text = pkg.text(x);
  const root = rootOf(pkg, x);
  const isPart = tree.kind(x) === Kind.SelectorExpr;
  const looksAt = (condition: NodeId): boolean =>
    asksForType(pkg, condition, text) ||
    (isPart && root !== undefined && pkg.uses(root).some((use) => tree.contains(condition, use)));
  for (let at = node, parent = tree.parent(at); parent !== undefined; at = parent, parent = tree.parent(at)) {
    const kind = tree.kind(parent);
    if (kind === Kind.FuncDecl || kind === Kind.FuncLit) return false;
    if (guardsOf(pkg, parent, at).some(looksAt)) return true;
    if (
      tree.role(at) === Role.Stmt &&
      tree.stmts(parent).some((stmt) => stmt < at && isEarlyReturn(pkg, stmt, looksAt))
    ) {
      return true;
    }
  }
  return false;
}

/** Whether a condition has a type assertion on the value, or errors.As. */
function asksForType(pkg: GoPackage, condition: NodeId, text: string): boolean {
  const { tree } = pkg;
  return within(tree, condition).some((node) => {
    const x = tree.kind(node) === Kind.TypeAssertExpr ? tree.x(node) : undefined;
    if (x !== undefined) return pkg.text(x) === text;
    return (
      tree.kind(node) === Kind.CallExpr &&
      /^errors\.As\w*$/u.test(pkg.text(tree.callee(node))) &&
      pkg.text(tree.args(node)[0] ?? node) === text
    );
  });
}

/** The conditions that decide whether `child` of `parent` runs. */
function guardsOf(pkg: GoPackage, parent: NodeId, child: NodeId): NodeId[] {
  const { tree } = pkg;
  const role = tree.role(child);
  switch (tree.kind(parent)) {
    case Kind.IfStmt:
      if (role !== Role.Body && role !== Role.Else) return [];
      return [tree.child(parent, Role.Init), tree.child(parent, Role.Cond)].filter((part) => part !== undefined);
    case Kind.CaseClause:
      return tree.list(parent, Role.Expr);
    case Kind.SwitchStmt:
      return [tree.child(parent, Role.Init), tree.child(parent, Role.Tag)].filter((part) => part !== undefined);
    case Kind.TypeSwitchStmt:
      return [tree.child(parent, Role.Assign)].filter((part) => part !== undefined);
    case Kind.BinaryExpr:
      return role === Role.Y && (tree.op(parent) === "&&" || tree.op(parent) === "||") ? [parent + 1] : [];
    case Kind.ForStmt:
      return role === Role.Body ? [tree.child(parent, Role.Cond)].filter((part) => part !== undefined) : [];
    default:
      return [];
  }
}

function isEarlyReturn(pkg: GoPackage, stmt: NodeId, looksAt: (condition: NodeId) => boolean): boolean {
  const { tree } = pkg;
  if (tree.kind(stmt) !== Kind.IfStmt) {
    return within(tree, stmt).some((node) => tree.kind(node) === Kind.TypeAssertExpr && looksAt(node));
  }
  const [init, condition, body] = [tree.child(stmt, Role.Init), tree.child(stmt, Role.Cond), tree.body(stmt)];
  if (condition === undefined || body === undefined || !endsIn(pkg, body)) return false;
  return looksAt(condition) || (init !== undefined && looksAt(init));
}
