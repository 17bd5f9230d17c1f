/** Types of expressions, as far as declarations tell them. */

import { Kind, Role } from "../kinds.ts";
import { ownType } from "../own-type.ts";
import { substitute } from "../substitution.ts";
import type { NodeId } from "../tree.ts";
import type { Type } from "../type-table.ts";
import { callType } from "./call-type.ts";
import type { Facts } from "./facts.ts";
import { elementType } from "./value-types.ts";

export function expressionType(f: Facts, n: NodeId): Type | undefined {
  const { tree } = f;
  const { types } = f.index;
  switch (tree.kind(n)) {
    case Kind.Ident:
      return identifierType(f, n);
    case Kind.BasicLit:
      return types.basic(literalTypes[tree.op(n)] ?? "untyped int");
    case Kind.CompositeLit:
      return literalType(f, n);
    case Kind.FuncLit:
      return f.denoted(n + 1);
    case Kind.ParenExpr:
      return f.typeOf(n + 1);
    case Kind.SelectorExpr:
      return selectorType(f, n);
    case Kind.IndexExpr:
      return indexType(f, n);
    case Kind.SliceExpr:
      return sliceType(f, n);
    case Kind.TypeAssertExpr: {
      const type = tree.type(n);
      return type === undefined ? undefined : f.denoted(type);
    }
    case Kind.CallExpr:
      return callType(f, n);
    case Kind.StarExpr:
      return f.isType(n) ? f.denoted(n) : f.typeOf(n + 1)?.underlying?.elem;
    case Kind.UnaryExpr:
      return unaryType(f, n);
    case Kind.BinaryExpr:
      return binaryType(f, n);
    default:
      return f.isType(n) ? f.denoted(n) : undefined;
  }
}

const literalTypes: Readonly<Record<string, string>> = {
  INT: "untyped int",
  FLOAT: "untyped float",
  IMAG: "untyped complex",
  CHAR: "untyped rune",
  STRING: "untyped string",
};

function identifierType(f: Facts, n: NodeId): Type | undefined {
  return ownType(f.symbol(n)?.type);
}

function selectorType(f: Facts, n: NodeId): Type | undefined {
  const selection = f.selection(n);
  if (selection === undefined) return undefined;
  if (selection.kind === "qualified") return ownType(selection.symbol.type);
  const member = ownType(selection.type);
  if (selection.kind !== "methodExpr" || member === undefined) return member;
  const receiver = f.denoted(n + 1);
  return f.index.types.func([receiver, ...member.params], member.results, member.variadic);
}

/** The type of a literal; inside another literal it may be left out, and is then that one's element type. */
function literalType(f: Facts, n: NodeId): Type | undefined {
  const { tree } = f;
  const { types } = f.index;
  const written = tree.type(n);
  if (written === undefined) return elidedType(f, n);
  const length = tree.kind(written) === Kind.ArrayType ? tree.child(written, Role.Len) : undefined;
  if (length === undefined || tree.kind(length) !== Kind.Ellipsis) return f.denoted(written);
  const hasKeys = tree.list(n, Role.Elt).some((element) => tree.kind(element) === Kind.KeyValueExpr);
  const count = hasKeys ? undefined : tree.list(n, Role.Elt).length;
  return types.array(f.denoted(written)?.elem, count);
}

function elidedType(f: Facts, n: NodeId): Type | undefined {
  const { tree } = f;
  const parent = tree.parent(n) ?? 0;
  const isInPair = tree.kind(parent) === Kind.KeyValueExpr;
  const outer = f.typeOf(isInPair ? (tree.parent(parent) ?? 0) : parent)?.underlying;
  const literal = outer?.kind === "pointer" ? outer.elem?.underlying : outer;
  return isInPair && tree.role(n) === Role.Key ? literal?.key : literal?.elem;
}

function indexType(f: Facts, n: NodeId): Type | undefined {
  if (f.isType(n)) return f.denoted(n);
  const { types } = f.index;
  const x = f.typeOf(n + 1);
  if (x?.kind !== "func") return elementType(types, x);
  // A generic function with its arguments.
  const params = genericParams(f, n + 1);
  const args = f.tree.list(n, Role.Index).map((arg) => f.denoted(arg));
  return substitute(types, x, new Map(params.map((param, at) => [param, args[at]] as const)));
}

/** The type parameters of a function of this package, in their order. */
function genericParams(f: Facts, callee: NodeId): Type[] {
  const { tree } = f;
  const decl = f.symbol(callee)?.decl;
  const type = decl === undefined ? undefined : tree.type(tree.parent(decl) ?? 0);
  const list = type === undefined ? undefined : tree.child(type, Role.TypeParams);
  if (list === undefined) return [];
  const names = tree.list(list, Role.Field).flatMap((field) => tree.list(field, Role.Name));
  return names.flatMap((name) => ownType(f.symbol(name)?.type) ?? []);
}

function sliceType(f: Facts, n: NodeId): Type | undefined {
  const x = f.typeOf(n + 1);
  const under = x?.underlying;
  const array = under?.kind === "pointer" ? under.elem?.underlying : under;
  return array?.kind === "array" ? f.index.types.slice(array.elem) : x;
}

function unaryType(f: Facts, n: NodeId): Type | undefined {
  const x = f.typeOf(n + 1);
  switch (f.tree.op(n)) {
    case "&":
      return f.index.types.pointer(x);
    case "<-":
      return x?.underlying?.kind === "chan" ? x.underlying.elem : undefined;
    default:
      return x;
  }
}

const comparisons = new Set(["==", "!=", "<", "<=", ">", ">="]);
const shifts = new Set(["<<", ">>"]);

function binaryType(f: Facts, n: NodeId): Type | undefined {
  const { tree } = f;
  const op = tree.op(n);
  if (comparisons.has(op)) return f.index.types.basic("untyped bool");
  const x = f.typeOf(n + 1);
  const y = tree.y(n);
  if (shifts.has(op) || y === undefined || x?.kind !== "basic" || !x.name.startsWith("untyped")) return x;
  return f.typeOf(y) ?? x;
}
