/**
 * Takes nodes in the order in which a parser finishes them, and puts them in preorder at the end. A node can be wrapped
 * after it was made (`a` becomes the left side of `a + b`), which arrays in preorder could not take.
 */

import { literalBit, type TreeArrays } from "../tree.ts";
import { Kind, type Role } from "../kinds.ts";
import type { NameTable } from "./names.ts";

/** A node that is not in its final place yet. 0 is none. */
export type RawNode = number;

/** `a + b + c …` nests as deeply as it is long; 4,000 levels leave a reader about 2 kB of stack for each. */
const treeDepthMax = 4000;

const stride = 8;
/** 4 MB: what packages of 20,000 lines take. */
const keptCells = 1 << 20;
const kindAt = 0;
const opAt = 1;
const fromAt = 2;
const toAt = 3;
const nameAt = 4;
const firstAt = 5;
const lastAt = 6;
const nextAt = 7;
const roleShift = 8;

export class TreeBuilder {
  readonly names: NameTable;
  /** The nodes of the tree that `finish` made last whose inside was left out, because readers go down recursively. */
  tooDeep: number[] = [];
  #cells = new Int32Array(stride * 4096);
  #count = 1;
  #literals: string[] = [];

  constructor(names: NameTable) {
    this.names = names;
  }

  /** A node without children yet. */
  node(kind: Kind, from: number, to: number, op = 0, name = 0): RawNode {
    const at = this.#count * stride;
    if (at + stride > this.#cells.length) this.#grow();
    const cells = this.#cells;
    cells[at] = kind;
    cells[at + opAt] = op;
    cells[at + fromAt] = from;
    cells[at + toAt] = to;
    cells[at + nameAt] = name;
    cells[at + firstAt] = 0;
    cells[at + lastAt] = 0;
    cells[at + nextAt] = 0;
    return this.#count++;
  }

  /** A literal's text, as a node's name. Texts of literals live no longer than the package. */
  literal(text: string): number {
    this.#literals.push(text);
    return literalBit + this.#literals.length - 1;
  }

  /** Appends `child`, which has no parent yet, and reaches `parent` to its end. */
  add(parent: RawNode, child: RawNode, role: Role): void {
    if (child === 0) return;
    const cells = this.#cells;
    const last = cells[parent * stride + lastAt] ?? 0;
    cells[(last === 0 ? parent * stride + firstAt : last * stride + nextAt) | 0] = child;
    cells[parent * stride + lastAt] = child;
    cells[child * stride + kindAt] = ((cells[child * stride] ?? 0) & 0xff) | (role << roleShift);
    const to = cells[child * stride + toAt] ?? 0;
    if (to > (cells[parent * stride + toAt] ?? 0)) cells[parent * stride + toAt] = to;
  }

  /** Takes a node out of a parent that is dropped, so that it can get another. */
  detach(node: RawNode): RawNode {
    this.#cells[node * stride + nextAt] = 0;
    return node;
  }

  kind(node: RawNode): Kind {
    return ((this.#cells[node * stride] ?? 0) & 0xff) as Kind;
  }

  op(node: RawNode): number {
    return this.#cells[node * stride + opAt] ?? 0;
  }

  from(node: RawNode): number {
    return this.#cells[node * stride + fromAt] ?? 0;
  }

  to(node: RawNode): number {
    return this.#cells[node * stride + toAt] ?? 0;
  }

  first(node: RawNode): RawNode {
    return this.#cells[node * stride + firstAt] ?? 0;
  }

  next(node: RawNode): RawNode {
    return this.#cells[node * stride + nextAt] ?? 0;
  }

  setOp(node: RawNode, op: number): void {
    this.#cells[node * stride + opAt] = op;
  }

  setFrom(node: RawNode, from: number): void {
    this.#cells[node * stride + fromAt] = from;
  }

  setTo(node: RawNode, to: number): void {
    this.#cells[node * stride + toAt] = to;
  }

  /** The subtree of `root` in preorder. The builder is empty afterwards, its memory kept for the next package. */
  finish(root: RawNode): TreeArrays {
    const arrays = emptyArrays(this.#count - 1, this.names.texts, this.#literals);
    const size = this.#number(root, arrays);
    this.#count = 1;
    this.#literals = [];
    // One huge package must not hold its room for all that come after it.
    if (this.#cells.length > keptCells) this.#cells = new Int32Array(stride * 4096);
    // Nodes that recovery from an error left behind are in no tree.
    return size === arrays.kinds.length ? arrays : shorten(arrays, size);
  }

  /** Walks without recursion: the parent of the node at hand is on the stack. */
  #number(root: RawNode, arrays: TreeArrays): number {
    this.tooDeep = [];
    const cells = this.#cells;
    const open: { raw: RawNode; id: number }[] = [];
    let id = 0;
    let node = root;
    for (;;) {
      const at = node * stride;
      const kind = cells[at] ?? 0;
      arrays.kinds[id] = kind & 0xff;
      arrays.roles[id] = kind >>> roleShift;
      arrays.ops[id] = cells[at + opAt] ?? 0;
      arrays.from[id] = cells[at + fromAt] ?? 0;
      arrays.to[id] = cells[at + toAt] ?? 0;
      arrays.names[id] = cells[at + nameAt] ?? 0;
      arrays.parents[id] = open.at(-1)?.id ?? 0;
      open.push({ raw: node, id });
      id += 1;
      let next = cells[at + firstAt] ?? 0;
      if (open.length > treeDepthMax && next !== 0) {
        next = 0;
        arrays.kinds[id - 1] = Kind.Bad;
        this.tooDeep.push(id - 1);
      }
      while (next === 0) {
        const done = open.pop();
        if (done === undefined) return id;
        arrays.ends[done.id] = id;
        if (open.length === 0) return id;
        next = cells[done.raw * stride + nextAt] ?? 0;
      }
      node = next;
    }
  }

  #grow(): void {
    const larger = new Int32Array(this.#cells.length * 2);
    larger.set(this.#cells);
    this.#cells = larger;
  }
}

function emptyArrays(size: number, texts: readonly string[], literals: readonly string[]): TreeArrays {
  return {
    kinds: new Uint8Array(size),
    roles: new Uint8Array(size),
    ops: new Uint8Array(size),
    parents: new Uint32Array(size),
    ends: new Uint32Array(size),
    from: new Uint32Array(size),
    to: new Uint32Array(size),
    names: new Uint32Array(size),
    texts,
    literals,
  };
}

function shorten(arrays: TreeArrays, size: number): TreeArrays {
  return {
    kinds: arrays.kinds.slice(0, size),
    roles: arrays.roles.slice(0, size),
    ops: arrays.ops.slice(0, size),
    parents: arrays.parents.slice(0, size),
    ends: arrays.ends.slice(0, size),
    from: arrays.from.slice(0, size),
    to: arrays.to.slice(0, size),
    names: arrays.names.slice(0, size),
    texts: arrays.texts,
    literals: arrays.literals,
  };
}
