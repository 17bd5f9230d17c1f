/** Names for fields, package variables and locks that are the same in all runs, whichever object they are of. */

import { Kind } from "../kinds.ts";
import type { GoPackage } from "../program.ts";
import { keyOfNamed } from "../symbols.ts";
import type { NodeId } from "../tree.ts";
import type { Cell } from "./machine/value.ts";

export interface MemberName {
  /** Unique: `path.Type.field`, or a package variable's key. */
  readonly key: string;
  /** For messages: `Type.field`, `variable`. */
  readonly text: string;
}

/** A field of a named struct type, or a package variable; `undefined` for everything else. */
export function memberName(cell: Cell): MemberName | undefined {
  const { parent, key } = cell;
  if (parent === undefined) {
    const symbol = cell.origin?.kind === "global" ? cell.origin.symbol : undefined;
    return symbol?.key === undefined ? undefined : { key: symbol.key, text: symbol.name };
  }
  if (typeof key !== "string") return undefined;
  const { type } = parent;
  if (type?.kind === "named") return { key: `${keyOfNamed(type)}.${key}`, text: `${type.name}.${key}` };
  const around = memberName(parent);
  return around === undefined || type?.kind !== "struct"
    ? undefined
    : { key: `${around.key}.${key}`, text: `${around.text}.${key}` };
}

/** A lock's name as a guard of something: of the same object, or a package variable. Other things' locks guard nothing here. */
export function lockName(lock: Cell, target: Cell): string | undefined {
  const isGlobal = rootOf(lock).origin?.kind === "global";
  const isBeside = lock.parent !== undefined && isAround(lock.parent, target);
  return isGlobal || isBeside ? memberName(lock)?.text : undefined;
}

function isAround(outer: Cell, inner: Cell): boolean {
  for (let cell: Cell | undefined = inner; cell !== undefined; cell = cell.parent) if (cell === outer) return true;
  return false;
}

function rootOf(cell: Cell): Cell {
  let root = cell;
  while (root.parent !== undefined) root = root.parent;
  return root;
}

/** `mu` of `mu.Lock()`, `c` of `<-c`, `c <- v` and `close(c)`, `m` of `delete(m, k)`, `n` of `n++` and `atomic.AddInt64(&n, 1)`. */
export function objectName(pkg: GoPackage, node: NodeId): string {
  const { tree } = pkg;
  const kind = tree.kind(node);
  if (kind === Kind.SendStmt || kind === Kind.IncDecStmt) return pkg.text(node + 1);
  const call =
    kind === Kind.DeferStmt || kind === Kind.GoStmt || kind === Kind.ExprStmt ? tree.unparen(node + 1) : node;
  if (tree.kind(call) !== Kind.CallExpr) return pkg.text(node).replace(/^<-\s*/, "");
  const callee = tree.callee(call);
  const isMethod = tree.kind(callee) === Kind.SelectorExpr && pkg.symbol(tree.unparen(callee + 1))?.kind !== "pkg";
  const [first] = tree.args(call);
  if (isMethod) return pkg.text(callee + 1);
  return first === undefined ? pkg.text(node) : pkg.text(first).replace(/^&/, "");
}
