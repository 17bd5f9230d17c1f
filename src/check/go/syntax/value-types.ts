/** Types that follow from other types: elements, results, defaults. */

import { Kind } from "../kinds.ts";
import type { NodeId } from "../tree.ts";
import type { Type, TypeTable } from "../type-table.ts";
import type { Facts } from "./facts.ts";

const defaults: Readonly<Record<string, string>> = {
  "untyped bool": "bool",
  "untyped int": "int",
  "untyped rune": "int32",
  "untyped float": "float64",
  "untyped complex": "complex128",
  "untyped string": "string",
};

/** The type that a variable gets from a value: an untyped constant's default. */
export function defaultType(types: TypeTable, type: Type | undefined): Type | undefined {
  if (type?.kind !== "basic") return type;
  if (type.name === "untyped nil") return undefined;
  const name = defaults[type.name];
  return name === undefined ? type : types.basic(name);
}

/** What an index into a value of this type gives. */
export function elementType(types: TypeTable, type: Type | undefined): Type | undefined {
  const under = type?.underlying;
  if (under === undefined) return undefined;
  if (under.kind === "pointer") {
    const pointed = under.elem?.underlying;
    return pointed?.kind === "array" ? pointed.elem : undefined;
  }
  if (under.kind === "basic") return under.name.endsWith("string") ? types.basic("uint8") : undefined;
  return under.kind === "chan" ? undefined : under.elem;
}

/** What `for k, v := range x` gives for an x of this type. */
export function rangeTypes(types: TypeTable, type: Type | undefined): (Type | undefined)[] {
  const under = type?.underlying;
  switch (under?.kind) {
    case "basic":
      if (under.name.endsWith("string")) return [types.basic("int"), types.basic("int32")];
      return [defaultType(types, type)];
    case "map":
      return [under.key, under.elem];
    case "chan":
      return [under.elem];
    case "slice":
    case "array":
    case "pointer":
      return [types.basic("int"), elementType(types, type)];
    case "func":
      return [...(under.params[0]?.underlying?.params ?? [])];
    default:
      return [];
  }
}

/** A call's type from its function's results. */
export function singleResult(types: TypeTable, results: readonly (Type | undefined)[]): Type | undefined {
  return results.length === 1 ? results[0] : types.tuple(results);
}

/** The types of `v, ok := x`, or of the results of a call. */
export function tupleOf(f: Facts, node: NodeId): readonly (Type | undefined)[] {
  const x = f.tree.unparen(node);
  const type = f.typeOf(x);
  if (type?.kind === "tuple") return type.results;
  switch (f.tree.kind(x)) {
    case Kind.TypeAssertExpr:
    case Kind.IndexExpr:
    case Kind.UnaryExpr:
      return [type, f.index.types.basic("bool")];
    default:
      return [type];
  }
}
