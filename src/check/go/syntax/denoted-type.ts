/** Type expressions: what they denote. */

import { Kind, Role } from "../kinds.ts";
import { ownType } from "../own-type.ts";
import { instantiate } from "../substitution.ts";
import type { GoField, GoMethod } from "../symbols.ts";
import type { NodeId } from "../tree.ts";
import type { Type } from "../type-table.ts";
import { unquote } from "../constant-value.ts";
import type { Facts } from "./facts.ts";

export function denotedType(f: Facts, n: NodeId): Type | undefined {
  const { tree, index } = f;
  const { types } = index;
  switch (tree.kind(n)) {
    case Kind.Ident:
    case Kind.SelectorExpr: {
      const symbol = f.symbol(n);
      return symbol?.kind === "type" ? ownType(symbol.type) : undefined;
    }
    case Kind.ParenExpr:
      return f.denoted(n + 1);
    case Kind.StarExpr:
      return types.pointer(f.denoted(n + 1));
    case Kind.ArrayType:
      return arrayType(f, n);
    case Kind.Ellipsis:
      return types.slice(child(f, n, Role.Elem));
    case Kind.MapType:
      return types.map(child(f, n, Role.Key), child(f, n, Role.Value));
    case Kind.ChanType:
      return types.chan(child(f, n, Role.Elem), directions[tree.op(n)] ?? "both");
    case Kind.FuncType:
      return signature(f, n);
    case Kind.StructType:
      return types.struct(structFields(f, n));
    case Kind.InterfaceType:
      return interfaceType(f, n);
    case Kind.IndexExpr:
      return instance(f, n);
    case Kind.UnaryExpr:
    case Kind.BinaryExpr:
      return types.union(`union#${n}`);
    default:
      return undefined;
  }
}

const directions: Readonly<Record<string, "both" | "send" | "receive">> = {
  chan: "both",
  "chan<-": "send",
  "<-chan": "receive",
};

function child(f: Facts, n: NodeId, role: Role): Type | undefined {
  const node = f.tree.child(n, role);
  return node === undefined ? undefined : f.denoted(node);
}

function arrayType(f: Facts, n: NodeId): Type {
  const { types } = f.index;
  const length = f.tree.child(n, Role.Len);
  const elem = child(f, n, Role.Elem);
  if (length === undefined) return types.slice(elem);
  const count = f.tree.kind(length) === Kind.Ellipsis ? undefined : f.constant(length);
  return types.array(elem, typeof count === "number" ? count : undefined);
}

function instance(f: Facts, n: NodeId): Type | undefined {
  const origin = f.denoted(n + 1);
  if (origin === undefined || origin.kind !== "named") return undefined;
  const args = f.tree.list(n, Role.Index).map((arg) => f.denoted(arg));
  return instantiate(f.index.types, origin, args);
}

function signature(f: Facts, n: NodeId): Type {
  const { tree } = f;
  const [params, results] = [tree.child(n, Role.Params), tree.child(n, Role.Results)];
  const last = params === undefined ? undefined : tree.list(params, Role.Field).at(-1);
  const lastType = last === undefined ? undefined : tree.type(last);
  const isVariadic = lastType !== undefined && tree.kind(lastType) === Kind.Ellipsis;
  return f.index.types.func(listTypes(f, params), listTypes(f, results), isVariadic);
}

/** The types of a list of fields, one for each name. */
function listTypes(f: Facts, list: NodeId | undefined): (Type | undefined)[] {
  if (list === undefined) return [];
  return f.tree.list(list, Role.Field).flatMap((field) => {
    const type = child(f, field, Role.Type);
    return Array.from({ length: Math.max(1, f.tree.list(field, Role.Name).length) }, () => type);
  });
}

function structFields(f: Facts, n: NodeId): GoField[] {
  const { tree } = f;
  return (f.bound.members.get(n) ?? []).map((symbol) => {
    const field = tree.enclosing(symbol.decl ?? n, Kind.Field) ?? n;
    const tag = tree.child(field, Role.Tag);
    const text = tag === undefined ? "" : tree.name(tag);
    const { name, embedded, key } = symbol;
    return {
      name,
      embedded,
      key,
      tag: tagText(text),
      type: symbol.type,
      symbol: key === undefined ? symbol : undefined,
    };
  });
}

function tagText(text: string): string {
  return text.startsWith("`") ? text.slice(1, -1) : (unquote(text) ?? "");
}

/** Its own methods and those of what it embeds; unknown if one of these is. */
function interfaceType(f: Facts, n: NodeId): Type {
  const { tree } = f;
  const fields = tree.list(n + 1, Role.Field);
  if (fields.length === 0) return f.index.types.interface("any", () => []);
  const prefix = `interface#${f.pkgPath}#${n}`;
  const type = f.index.types.interface(prefix, () => interfaceMethods(f, n, fields));
  f.holdsTree(type);
  return type;
}

function interfaceMethods(f: Facts, n: NodeId, fields: readonly NodeId[]): GoMethod[] | undefined {
  const { tree } = f;
  const methods: GoMethod[] = (f.bound.members.get(n) ?? []).map((symbol) => ({
    name: symbol.name,
    key: symbol.key ?? `interface.${symbol.name}`,
    type: symbol.type,
    pointerReceiver: false,
    symbol: symbol.key === undefined ? symbol : undefined,
  }));
  for (const field of fields) {
    if (tree.child(field, Role.Name) !== undefined) continue;
    const type = tree.type(field);
    const kind = type === undefined ? Kind.Bad : tree.kind(type);
    if (kind === Kind.UnaryExpr || kind === Kind.BinaryExpr) continue;
    const embedded = type === undefined ? undefined : f.denoted(type)?.underlying;
    if (embedded === undefined) return undefined;
    if (embedded.kind === "interface" && embedded.methods === undefined) return undefined;
    methods.push(...(embedded.kind === "interface" ? (embedded.methods ?? []) : []));
  }
  return methods;
}
