/** Type parameters and what stands for them. */

import { MethodRecord } from "./method-record.ts";
import { ownType } from "./own-type.ts";
import type { GoField, GoMethod, GoType } from "./symbols.ts";
import type { Type, TypeTable } from "./type-table.ts";

export type Substitution = ReadonlyMap<GoType, Type | undefined>;

/** Types nested deeper than this are taken for unknown. */
const depthMax = 20;

/** The type with its parameters replaced. */
export function substitute(types: TypeTable, type: Type | undefined, by: Substitution, depth = 0): Type | undefined {
  if (type === undefined || by.size === 0 || depth > depthMax) return depth > depthMax ? undefined : type;
  if (by.has(type)) return by.get(type);
  const inside = (part: Type | undefined): Type | undefined => substitute(types, part, by, depth + 1);
  switch (type.kind) {
    case "pointer":
      return types.pointer(inside(type.elem));
    case "slice":
      return types.slice(inside(type.elem));
    case "array":
      return types.array(inside(type.elem), type.length);
    case "map":
      return types.map(inside(type.key), inside(type.elem));
    case "chan":
      return types.chan(inside(type.elem), type.direction ?? "both");
    case "func":
      return types.func(type.params.map(inside), type.results.map(inside), type.variadic);
    case "tuple":
      return types.tuple(type.results.map(inside));
    case "named":
      return type.origin === undefined ? type : instantiate(types, type.origin, type.typeArgs.map(inside));
    case "struct":
      return types.struct((type.fields ?? []).map((field) => substituteField(types, field, by)));
    default:
      return type;
  }
}

function substituteField(types: TypeTable, field: GoField, by: Substitution): GoField {
  return { ...field, type: substitute(types, ownType(field.type), by) };
}

function substituteMethod(types: TypeTable, method: GoMethod, by: Substitution): GoMethod {
  const find = (): Type | undefined => substitute(types, ownType(method.type), by);
  return new MethodRecord(method.name, method.key, method.pointerReceiver, find);
}

/** A generic type with arguments. */
export function instantiate(types: TypeTable, origin: Type, args: readonly (Type | undefined)[]): Type {
  const instance = types.instance(origin, args);
  instance.setDefinition(() => {
    const by = new Map(origin.typeParams.map((param, at) => [param, args[at]] as const));
    const underlying = substitute(types, origin.underlying, by);
    return {
      underlying,
      fields: origin.fields?.map((field) => substituteField(types, field, by)),
      methods: origin.methods?.map((method) => substituteMethod(types, method, by)),
    };
  });
  return instance;
}

/** What the parameters of a generic function must be, from the types of its arguments; those that these do not say are absent. */
export function infer(params: readonly (Type | undefined)[], args: readonly (Type | undefined)[]): Map<GoType, Type> {
  const found = new Map<GoType, Type>();
  for (const [at, param] of params.entries()) match(param, args[at], found, 0);
  return found;
}

function match(param: Type | undefined, arg: Type | undefined, found: Map<GoType, Type>, depth: number): void {
  if (param === undefined || arg === undefined || depth > depthMax) return;
  if (param.kind === "typeparam") {
    // An untyped constant decides only what nothing else does, by its default; that is left unknown.
    if (!found.has(param) && !arg.name.startsWith("untyped")) found.set(param, arg);
    return;
  }
  const actual = param.kind === "named" || arg.kind !== "named" ? arg : arg.underlying;
  if (actual === undefined || actual.kind !== param.kind) return;
  match(param.elem, actual.elem, found, depth + 1);
  match(param.key, actual.key, found, depth + 1);
  if (param.kind === "named" && param.origin !== actual.origin) return;
  for (const [at, each] of param.typeArgs.entries()) match(each, actual.typeArgs[at], found, depth + 1);
  for (const [at, each] of param.params.entries()) match(each, actual.params[at], found, depth + 1);
  for (const [at, each] of param.results.entries()) match(each, actual.results[at], found, depth + 1);
}

/** Whether a type parameter is left in it. */
export function hasTypeParam(type: Type | undefined, depth = 0): boolean {
  if (type === undefined || depth > depthMax) return false;
  if (type.kind === "typeparam") return true;
  const parts = [type.elem, type.key, ...type.params, ...type.results, ...type.typeArgs];
  return parts.some((part) => hasTypeParam(part, depth + 1));
}
