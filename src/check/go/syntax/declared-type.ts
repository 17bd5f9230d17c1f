/** What declarations say of their symbols: the type of a variable, of a function, of a named type. */

import { Kind, Role } from "../kinds.ts";
import { MethodRecord } from "../method-record.ts";
import { ownType } from "../own-type.ts";
import type { SymbolRecord } from "../symbol-record.ts";
import { substitute } from "../substitution.ts";
import type { GoMethod, GoType } from "../symbols.ts";
import type { NodeId } from "../tree.ts";
import type { Type } from "../type-table.ts";
import { defaultType, rangeTypes, tupleOf } from "./value-types.ts";
import { receiverBase } from "./declarations.ts";
import type { Facts } from "./facts.ts";

export function declaredType(f: Facts, symbol: SymbolRecord): Type | undefined {
  const { tree } = f;
  const { decl } = symbol;
  if (decl === undefined) return undefined;
  if (symbol.clause !== undefined) return clauseType(f, symbol.clause);
  if (symbol.scope === "typeparam") return typeParam(f, symbol, decl);
  const holder = tree.parent(decl) ?? 0;
  switch (tree.kind(holder)) {
    case Kind.TypeSpec:
      return namedType(f, symbol, holder);
    case Kind.ValueSpec:
      return valueType(f, holder, decl);
    case Kind.AssignStmt:
      return assignedType(f, tree.lhs(holder).indexOf(decl), tree.rhs(holder));
    case Kind.RangeStmt: {
      const x = tree.x(holder);
      const types = x === undefined ? [] : rangeTypes(f.index.types, f.typeOf(x));
      return types[tree.role(decl) === Role.Key ? 0 : 1];
    }
    case Kind.FuncDecl: {
      const type = tree.type(holder);
      return type === undefined ? undefined : f.denoted(type);
    }
    default:
      return fieldType(f, decl);
  }
}

/** Fields, parameters, results, methods of interfaces: the declaring identifier lies in a Field. */
function fieldType(f: Facts, decl: NodeId): Type | undefined {
  const field = f.tree.enclosing(decl, Kind.Field);
  const type = field === undefined ? undefined : f.tree.type(field);
  return type === undefined ? undefined : f.denoted(type);
}

function valueType(f: Facts, spec: NodeId, decl: NodeId): Type | undefined {
  const { tree } = f;
  const type = tree.type(spec);
  if (type !== undefined) return f.denoted(type);
  const at = tree.list(spec, Role.Name).indexOf(decl);
  const values = tree.list(spec, Role.Value);
  if (tree.op(tree.parent(spec) ?? 0) !== "const") return assignedType(f, at, values);
  const source = constantSource(f, spec);
  const sourceType = source === undefined ? undefined : tree.type(source);
  if (sourceType !== undefined) return f.denoted(sourceType);
  const value = source === undefined ? undefined : tree.list(source, Role.Value)[at];
  return value === undefined ? undefined : f.typeOf(value);
}

/** The specification whose values a constant's one repeats: its own, or the last one before it that has some. */
export function constantSource(f: Facts, spec: NodeId): NodeId | undefined {
  const { tree } = f;
  const specs = tree.list(tree.parent(spec) ?? 0, Role.Spec);
  for (let at = specs.indexOf(spec); at >= 0; at--) {
    const candidate = specs[at];
    if (candidate !== undefined && tree.child(candidate, Role.Value) !== undefined) return candidate;
  }
  return undefined;
}

/** The type of the variable at this place on the left of an assignment. */
function assignedType(f: Facts, at: number, values: readonly NodeId[]): Type | undefined {
  const { types } = f.index;
  const own = values[at];
  if (values.length > 1 || at === 0) {
    const value = own === undefined ? undefined : f.typeOf(own);
    return defaultType(types, value?.kind === "tuple" ? value.results[at] : value);
  }
  const only = values[0];
  return only === undefined ? undefined : defaultType(types, tupleOf(f, only)[at]);
}

function clauseType(f: Facts, clause: NodeId): Type | undefined {
  const { tree } = f;
  const listed = tree.list(clause, Role.Expr);
  const only = listed[0];
  if (only !== undefined && listed.length === 1 && f.symbol(only)?.kind !== "nil") return f.denoted(only);
  const guard = tree.child(tree.enclosing(clause, Kind.TypeSwitchStmt) ?? 0, Role.Assign);
  const assertion = guard === undefined ? undefined : tree.rhs(guard)[0];
  return assertion === undefined ? undefined : f.typeOf(assertion + 1);
}

function typeParam(f: Facts, symbol: SymbolRecord, decl: NodeId): Type {
  const type = f.index.types.typeParam(symbol.name, `#${f.pkgPath}#${decl}`);
  const field = f.tree.enclosing(decl, Kind.Field);
  f.holdsTree(type);
  const isReceiver = f.tree.role(decl) === Role.Index;
  const constraint = field === undefined || isReceiver ? undefined : f.tree.type(field);
  type.setDefinition(() => {
    const bound = constraint === undefined ? undefined : f.denoted(constraint)?.underlying;
    return { underlying: bound, methods: bound?.methods, fields: undefined };
  });
  return type;
}

function namedType(f: Facts, symbol: SymbolRecord, spec: NodeId): Type | undefined {
  const { tree, index } = f;
  const node = tree.type(spec);
  if (node === undefined) return undefined;
  if (tree.op(spec) === "=") return f.denoted(node);
  const mark = symbol.scope === "package" ? "" : `#${f.pkgPath}#${symbol.decl ?? 0}`;
  const type = index.types.named(f.pkgPath, symbol.name, mark);
  const params = tree.child(spec, Role.TypeParams);
  type.typeParams = params === undefined ? [] : typeParamsOf(f, params);
  f.holdsTree(type);
  type.setDefinition(() => {
    const declared = f.denoted(node);
    const underlying = declared?.underlying;
    const methods = underlying?.kind === "interface" ? underlying.methods : methodsOf(f, type, mark === "");
    return { underlying, methods, fields: declared?.fields };
  });
  return type;
}

function typeParamsOf(f: Facts, list: NodeId): Type[] {
  const names = f.tree.list(list, Role.Field).flatMap((field) => f.tree.list(field, Role.Name));
  return names.map((name) => ownType(f.symbol(name)?.type) ?? f.index.types.typeParam("_", `#${f.pkgPath}#${name}`));
}

function methodsOf(f: Facts, type: Type, isPackageLevel: boolean): GoMethod[] {
  const symbols = isPackageLevel ? (f.declarations.methods.get(type.name) ?? []) : [];
  return symbols.map((symbol) => {
    const find = (): Type | undefined => ofGenericType(f, symbol, type);
    return new MethodRecord(symbol.name, symbol.key ?? "", symbol.pointerReceiver ?? false, find);
  });
}

/** A method names its receiver's type parameters as it likes; for others they are those of the type. */
function ofGenericType(f: Facts, symbol: SymbolRecord, type: Type): Type | undefined {
  if (type.typeParams.length === 0 || symbol.key === undefined) return symbol.type;
  const receiver = f.tree.child(f.declarations.funcs.get(symbol.key) ?? 0, Role.Recv);
  const own = receiver === undefined ? undefined : receiverBase(f.tree, receiver);
  const by = new Map<GoType, Type | undefined>();
  for (const [at, name] of (own?.typeParams ?? []).entries()) {
    const param = f.symbol(name)?.type;
    if (param !== undefined) by.set(param, type.typeParams[at]);
  }
  return substitute(f.index.types, symbol.type, by);
}
