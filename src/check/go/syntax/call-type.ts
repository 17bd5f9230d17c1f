/** The type of a call: of a conversion, a built-in function, a function, a generic one. */

import { Kind } from "../kinds.ts";
import { hasTypeParam, infer, substitute } from "../substitution.ts";
import type { NodeId } from "../tree.ts";
import type { Type } from "../type-table.ts";
import type { Facts } from "./facts.ts";
import { defaultType, singleResult } from "./value-types.ts";

export function callType(f: Facts, call: NodeId): Type | undefined {
  const callee = f.tree.callee(call);
  if (f.isType(callee)) return f.denoted(callee);
  const symbol = f.symbol(callee);
  if (symbol?.kind === "builtin") {
    const args = f.tree.args(call);
    return symbol.pkgPath === "unsafe" ? unsafeType(f, symbol.name, args) : builtinType(f, symbol.name, args);
  }
  const { types } = f.index;
  const func = f.typeOf(callee)?.underlying;
  if (func?.kind !== "func") return undefined;
  const result = singleResult(types, func.results);
  // Only a generic function's own parameters may be inferred; in a generic method the receiver's are what they are.
  if (symbol?.scope === "local" || !hasTypeParam(result) || isInsideScopeOf(f, call, func)) return result;
  const args = f.tree.args(call).map((arg) => f.typeOf(arg));
  const inferred = substitute(types, result, infer(paramsFor(f, call, func, args.length), args));
  return hasTypeParam(inferred) ? undefined : inferred;
}

/** The parameter for each argument: a variadic one takes many, unless they are spread. */
function paramsFor(f: Facts, call: NodeId, func: Type, count: number): readonly (Type | undefined)[] {
  if (!func.variadic || f.tree.op(call) === "...") return func.params;
  const fixed = func.params.length - 1;
  const elem = func.params[fixed]?.elem;
  return Array.from({ length: count }, (_, at) => (at < fixed ? func.params[at] : elem));
}

/** Whether the parameters in this signature belong to a function around the call: then they stand for themselves. */
function isInsideScopeOf(f: Facts, call: NodeId, func: Type): boolean {
  const around = f.tree.enclosing(call, Kind.FuncDecl);
  if (around === undefined) return false;
  const own = `#${f.pkgPath}#`;
  return markedParams([...func.params, ...func.results]).some((text) => {
    const at = text.lastIndexOf(own);
    return at >= 0 && f.tree.contains(around, Number(text.slice(at + own.length)));
  });
}

function markedParams(parts: readonly (Type | undefined)[], depth = 0): string[] {
  return parts.flatMap((part) => {
    if (part === undefined || depth > 8) return [];
    if (part.kind === "typeparam") return [part.text];
    return markedParams([part.elem, part.key, ...part.params, ...part.results, ...part.typeArgs], depth + 1);
  });
}

function builtinType(f: Facts, name: string, args: readonly NodeId[]): Type | undefined {
  const { types } = f.index;
  const first = args[0];
  switch (name) {
    case "len":
    case "cap":
    case "copy":
      return types.basic("int");
    case "append":
      return first === undefined ? undefined : f.typeOf(first);
    case "max":
    case "min":
      return first === undefined ? undefined : extremeType(f, args);
    case "make":
      return first === undefined ? undefined : f.denoted(first);
    case "new":
      return first === undefined ? undefined : types.pointer(newType(f, first));
    case "recover":
      return types.interface("any", () => []);
    case "print":
    case "println":
    case "panic":
    case "close":
    case "delete":
    case "clear":
      return types.tuple([]);
    default:
      return undefined;
  }
}

function unsafeType(f: Facts, name: string, args: readonly NodeId[]): Type | undefined {
  const { types } = f.index;
  const first = args[0] === undefined ? undefined : f.typeOf(args[0])?.underlying?.elem;
  switch (name) {
    case "Add":
      return types.named("unsafe", "Pointer");
    case "Slice":
      return types.slice(first);
    case "SliceData":
      return types.pointer(first);
    case "String":
      return types.basic("string");
    case "StringData":
      return types.pointer(types.basic("uint8"));
    default:
      return types.basic("uintptr");
  }
}

/** Since Go 1.26 `new` takes a value too. */
function newType(f: Facts, arg: NodeId): Type | undefined {
  return f.isType(arg) ? f.denoted(arg) : defaultType(f.index.types, f.typeOf(arg));
}

function extremeType(f: Facts, args: readonly NodeId[]): Type | undefined {
  const all = args.map((arg) => f.typeOf(arg));
  return all.find((type) => type !== undefined && !type.name.startsWith("untyped")) ?? all[0];
}
