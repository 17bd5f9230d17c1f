/** The types of one program: each identical type is one object, made by one of the constructors here. */

import type { GoField, GoMethod, GoType, TypeKind } from "./symbols.ts";

/** What a named type was declared as, found when first asked for. */
export interface Definition {
  readonly underlying: Type | undefined;
  readonly methods: readonly GoMethod[] | undefined;
  /** The struct's fields with their keys. */
  readonly fields: readonly GoField[] | undefined;
}

type Parts = Partial<
  Pick<
    Type,
    "name" | "pkgPath" | "elem" | "key" | "length" | "direction" | "params" | "results" | "variadic" | "typeArgs"
  >
>;

/** The one implementation of GoType. Made by TypeTable only. */
export class Type implements GoType {
  readonly kind: TypeKind;
  readonly text: string;
  readonly name: string;
  readonly pkgPath: string;
  readonly elem: Type | undefined;
  readonly key: Type | undefined;
  readonly length: number | undefined;
  readonly direction: "both" | "send" | "receive" | undefined;
  readonly params: readonly (Type | undefined)[];
  readonly results: readonly (Type | undefined)[];
  readonly variadic: boolean;
  readonly typeArgs: readonly (Type | undefined)[];
  /** Of a generic type that is not instantiated: its parameters. */
  typeParams: readonly Type[] = [];
  /** Of an instance: the generic type. */
  origin: Type | undefined;
  /** What members.ts found by name; most types are never asked. */
  memberMemo: Map<string, unknown> | undefined;
  #definition: Definition | undefined;
  #define: (() => Definition) | undefined;
  #isBeingDefined = false;

  constructor(kind: TypeKind, text: string, parts: Parts) {
    this.kind = kind;
    this.text = text;
    this.name = parts.name ?? "";
    this.pkgPath = parts.pkgPath ?? "";
    this.elem = parts.elem;
    this.key = parts.key;
    this.length = parts.length;
    this.direction = parts.direction;
    this.params = parts.params ?? noTypes;
    this.results = parts.results ?? noTypes;
    this.variadic = parts.variadic ?? false;
    this.typeArgs = parts.typeArgs ?? noTypes;
  }

  /** Says what it is; the first to say so is believed, which is the result. `define` runs when it is needed, once. */
  setDefinition(define: () => Definition): boolean {
    if (this.isDefined) return false;
    this.#define = define;
    return true;
  }

  /** What was not asked for until now stays unknown. */
  endDefinition(): void {
    this.#define = undefined;
  }

  /** What it is may be said anew. */
  forgetDefinition(): void {
    this.#define = undefined;
    this.#definition = undefined;
    this.memberMemo = undefined;
  }

  /** Whether somebody said what it is. */
  get isDefined(): boolean {
    return this.#definition !== undefined || this.#define !== undefined;
  }

  get underlying(): Type | undefined {
    return this.kind === "named" || this.kind === "typeparam" ? this.#defined()?.underlying : this;
  }

  get fields(): readonly GoField[] | undefined {
    return this.#defined()?.fields;
  }

  get methods(): readonly GoMethod[] | undefined {
    return this.#defined()?.methods;
  }

  #defined(): Definition | undefined {
    if (this.#definition !== undefined || this.#define === undefined || this.#isBeingDefined) return this.#definition;
    this.#isBeingDefined = true;
    this.#definition = this.#define();
    this.#define = undefined;
    this.#isBeingDefined = false;
    return this.#definition;
  }
}

const noTypes: readonly Type[] = [];

/** Makes types. Where a part is not known, the type is an object of its own: nobody knows whether it is identical to another. */
export class TypeTable {
  readonly #types = new Map<string, Type>();

  basic(name: string): Type {
    return this.#intern(name, "basic", { name });
  }

  /** A named type, `path.Name`; `mark` tells apart those that functions declare. */
  named(pkgPath: string, name: string, mark = ""): Type {
    return this.#intern(`${pkgPath === "" ? "" : `${pkgPath}.`}${name}${mark}`, "named", { name, pkgPath });
  }

  /** An instance of a generic type. Its definition is up to the caller. */
  instance(origin: Type, typeArgs: readonly (Type | undefined)[]): Type {
    const text = `${origin.text}[${listText(typeArgs, ",")}]`;
    const type = this.#of(text, "named", typeArgs, { name: origin.name, pkgPath: origin.pkgPath, typeArgs });
    type.origin ??= origin;
    return type;
  }

  typeParam(name: string, mark: string): Type {
    return this.#intern(`${name}${mark}`, "typeparam", { name });
  }

  pointer(elem: Type | undefined): Type {
    return this.#of(`*${textOf(elem)}`, "pointer", [elem], { elem });
  }

  slice(elem: Type | undefined): Type {
    return this.#of(`[]${textOf(elem)}`, "slice", [elem], { elem });
  }

  array(elem: Type | undefined, length: number | undefined): Type {
    const text = `[${length ?? "?"}]${textOf(elem)}`;
    if (length === undefined) return new Type("array", text, { elem });
    return this.#of(text, "array", [elem], { elem, length });
  }

  map(key: Type | undefined, elem: Type | undefined): Type {
    return this.#of(`map[${textOf(key)}]${textOf(elem)}`, "map", [key, elem], { key, elem });
  }

  chan(elem: Type | undefined, direction: "both" | "send" | "receive"): Type {
    const words = { both: "chan", send: "chan<-", receive: "<-chan" };
    // As Go prints it: without parentheses `chan <-chan T` would read otherwise.
    const inner = direction === "both" && elem?.direction === "receive" ? `(${elem.text})` : textOf(elem);
    return this.#of(`${words[direction]} ${inner}`, "chan", [elem], { elem, direction });
  }

  func(params: readonly (Type | undefined)[], results: readonly (Type | undefined)[], variadic: boolean): Type {
    const inside = params.map((type, at) =>
      variadic && at === params.length - 1 ? `...${textOf(type?.elem)}` : textOf(type),
    );
    const text = `func(${inside.join(", ")})${resultText(results)}`;
    return this.#of(text, "func", [...params, ...results], { params, results, variadic });
  }

  tuple(results: readonly (Type | undefined)[]): Type {
    return this.#of(`(${listText(results, ", ")})`, "tuple", results, { results });
  }

  union(text: string): Type {
    return new Type("union", text, {});
  }

  /** A struct type; only the empty one is shared. */
  struct(fields: readonly GoField[]): Type {
    const inside = fields.map((field) => {
      const tag = field.tag === "" ? "" : ` ${JSON.stringify(field.tag)}`;
      return `${field.embedded ? "" : `${field.name} `}${field.type?.text ?? "?"}${tag}`;
    });
    const text = `struct{${inside.join("; ")}}`;
    const type = fields.length === 0 ? this.#intern(text, "struct", {}) : new Type("struct", text, {});
    type.setDefinition(() => ({ underlying: type, fields, methods: [] }));
    return type;
  }

  /** An interface type; only the empty one is shared. `methods` is found when first asked for. */
  interface(text: string, methods: () => readonly GoMethod[] | undefined): Type {
    const isEmpty = text === "interface{}" || text === "any";
    const type = isEmpty ? this.#intern("any", "interface", {}) : new Type("interface", text, {});
    type.setDefinition(() => ({ underlying: type, fields: undefined, methods: isEmpty ? [] : methods() }));
    return type;
  }

  /** A type that is known by its text. */
  byText(text: string): Type | undefined {
    return this.#types.get(text);
  }

  #of(text: string, kind: TypeKind, parts: readonly (Type | undefined)[], given: Parts): Type {
    return parts.some((part) => part === undefined || part.text.includes("?"))
      ? new Type(kind, text, given)
      : this.#intern(text, kind, given);
  }

  #intern(text: string, kind: TypeKind, parts: Parts): Type {
    const known = this.#types.get(text);
    if (known !== undefined) return known;
    const type = new Type(kind, text, parts);
    this.#types.set(text, type);
    return type;
  }
}

function textOf(type: Type | undefined): string {
  return type?.text ?? "?";
}

function listText(types: readonly (Type | undefined)[], separator: string): string {
  return types.map((type) => textOf(type)).join(separator);
}

function resultText(results: readonly (Type | undefined)[]): string {
  if (results.length === 0) return "";
  return results.length === 1 ? ` ${textOf(results[0])}` : ` (${listText(results, ", ")})`;
}
