/**
 * A package's syntax: all its files in one tree, as arrays. A node is a number, numbered in preorder: a parent comes
 * before its children, and the subtree of `n` is exactly the nodes `n` up to, not including, `end(n)`. So "is m inside n"
 * is two comparisons, and walking a subtree is counting.
 */

import { Kind, operators, Role, type Operator } from "./kinds.ts";

/** A node of a package's tree. Node 0 is the package; its children are the files. */
export type NodeId = number;

/** From here on, a name's number counts in `literals`. */
export const literalBit = 0x4000_0000;

/** The arrays, each with one element per node. */
export interface TreeArrays {
  readonly kinds: Uint8Array;
  readonly roles: Uint8Array;
  readonly ops: Uint8Array;
  readonly parents: Uint32Array;
  /** The node after the subtree. */
  readonly ends: Uint32Array;
  /** Offsets in UTF-16 units into the file's text. */
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  /** Index into `texts`, or `literalBit` plus an index into `literals`; 0 is the empty text. */
  readonly names: Uint32Array;
  readonly texts: readonly string[];
  readonly literals: readonly string[];
}

/** Read access to the arrays. Accessors that find no such child return `undefined`. */
export class GoTree {
  readonly arrays: TreeArrays;
  /** How many nodes there are. */
  readonly size: number;

  constructor(arrays: TreeArrays) {
    this.arrays = arrays;
    this.size = arrays.kinds.length;
  }

  kind(n: NodeId): Kind {
    return (this.arrays.kinds[n] ?? Kind.Bad) as Kind;
  }

  /** The role that `n` has in its parent. */
  role(n: NodeId): Role {
    return (this.arrays.roles[n] ?? Role.None) as Role;
  }

  /** The operator, keyword or kind of literal, as the table of kinds says; "" where it has none. */
  op(n: NodeId): Operator {
    return operators[this.arrays.ops[n] ?? 0] ?? "";
  }

  /** An identifier's name or a literal's text as written; "" for others. */
  name(n: NodeId): string {
    const number = this.arrays.names[n] ?? 0;
    return (number < literalBit ? this.arrays.texts[number] : this.arrays.literals[number - literalBit]) ?? "";
  }

  /** Offset of the first character in the file's text, in UTF-16 units. */
  from(n: NodeId): number {
    return this.arrays.from[n] ?? 0;
  }

  /** Offset after the last character. */
  to(n: NodeId): number {
    return this.arrays.to[n] ?? 0;
  }

  /** `undefined` for the package only. */
  parent(n: NodeId): NodeId | undefined {
    return n === 0 ? undefined : this.arrays.parents[n];
  }

  /** The node after the subtree of `n`. */
  end(n: NodeId): NodeId {
    return this.arrays.ends[n] ?? n + 1;
  }

  /** Whether `inner` is `outer` or lies in it. */
  contains(outer: NodeId, inner: NodeId): boolean {
    return outer <= inner && inner < this.end(outer);
  }

  firstChild(n: NodeId): NodeId | undefined {
    return n + 1 < this.end(n) ? n + 1 : undefined;
  }

  nextSibling(n: NodeId): NodeId | undefined {
    const next = this.end(n);
    return n !== 0 && next < this.end(this.arrays.parents[n] ?? 0) ? next : undefined;
  }

  children(n: NodeId): NodeId[] {
    const found: NodeId[] = [];
    for (let child = n + 1, end = this.end(n); child < end; child = this.end(child)) found.push(child);
    return found;
  }

  /** The first child with that role. */
  child(n: NodeId, role: Role): NodeId | undefined {
    const { roles } = this.arrays;
    for (let child = n + 1, end = this.end(n); child < end; child = this.end(child)) {
      if (roles[child] === role) return child;
    }
    return undefined;
  }

  /** All children with that role, in the order of the source. */
  list(n: NodeId, role: Role): NodeId[] {
    const { roles } = this.arrays;
    const found: NodeId[] = [];
    for (let child = n + 1, end = this.end(n); child < end; child = this.end(child)) {
      if (roles[child] === role) found.push(child);
    }
    return found;
  }

  /** All nodes of that kind in the subtree of `n`, `n` included, in preorder; into function literals too. */
  all(kind: Kind, n: NodeId = 0): NodeId[] {
    const { kinds } = this.arrays;
    const found: NodeId[] = [];
    for (let node = n, end = this.end(n); node < end; node++) if (kinds[node] === kind) found.push(node);
    return found;
  }

  /** The nearest node of one of these kinds around `n`, not `n` itself. */
  enclosing(n: NodeId, ...kinds: readonly Kind[]): NodeId | undefined {
    for (let node = this.parent(n); node !== undefined; node = this.parent(node)) {
      if (kinds.includes(this.kind(node))) return node;
    }
    return undefined;
  }

  /** The FuncDecl or FuncLit that `n` is in: its body, its parameters or its results. `undefined` at package level. */
  func(n: NodeId): NodeId | undefined {
    return this.enclosing(n, Kind.FuncLit, Kind.FuncDecl);
  }

  /** `n` without parentheses around it. */
  unparen(n: NodeId): NodeId {
    let node = n;
    while (this.kind(node) === Kind.ParenExpr) node += 1;
    return node;
  }

  /** What a call calls, without parentheses. */
  callee(call: NodeId): NodeId {
    return this.unparen(call + 1);
  }

  args(call: NodeId): NodeId[] {
    return this.list(call, Role.Arg);
  }

  /** Of functions, literals, loops, if, switch, select. */
  body(n: NodeId): NodeId | undefined {
    return this.child(n, Role.Body);
  }

  /** The statements of a block or a clause. */
  stmts(n: NodeId): NodeId[] {
    return this.list(n, Role.Stmt);
  }

  /** The single operand, or the left one. */
  x(n: NodeId): NodeId | undefined {
    return this.child(n, Role.X);
  }

  y(n: NodeId): NodeId | undefined {
    return this.child(n, Role.Y);
  }

  lhs(n: NodeId): NodeId[] {
    return this.list(n, Role.Lhs);
  }

  rhs(n: NodeId): NodeId[] {
    return this.list(n, Role.Rhs);
  }

  /** The type expression of a declaration, field, literal, conversion or function. */
  type(n: NodeId): NodeId | undefined {
    return this.child(n, Role.Type);
  }
}
