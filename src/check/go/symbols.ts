/** What identifiers and expressions stand for: symbols and types, the same from both front ends. */

import type { NodeId } from "./tree.ts";

/** "unknown": a member of a package that was not read; only its `key` is known. */
export type SymbolKind = "var" | "const" | "func" | "type" | "pkg" | "label" | "builtin" | "nil" | "unknown";

/**
 * Where it is declared. `param`, `result`, `recv` and `local` are variables (constants, types) of a function; `field` is a
 * struct's field and `method` a method, of a type or an interface.
 */
export type SymbolScope =
  | "universe"
  | "file"
  | "package"
  | "field"
  | "method"
  | "param"
  | "result"
  | "recv"
  | "local"
  | "typeparam";

/** A declared thing. Inside one package there is one object for it: compare with `===`. Across packages compare `key`. */
export interface GoSymbol {
  readonly kind: SymbolKind;
  readonly scope: SymbolScope;
  readonly name: string;
  /** Import path of the package that declares it; "" for the universe. For kind "pkg": of the package it names. */
  readonly pkgPath: string;
  /**
   * The same in every package and in both front ends: `path.Name`, `path.Type.Method`, `path.Type.field`. `undefined` for what
   * no other package can name: locals, parameters, labels, fields of types without a name.
   */
  readonly key: string | undefined;
  /** The identifier that declares it, if that is in this package. */
  readonly decl: NodeId | undefined;
  /** The FuncDecl or FuncLit of this package in which it is declared: of `param`, `result`, `recv`, `local`, labels. */
  readonly func: NodeId | undefined;
  /** Of variables, constants, functions; for kind "type" the type itself. `undefined` where it is not known. */
  readonly type: GoType | undefined;
  /** Of constants, where it is known. */
  readonly constant: ConstantValue | undefined;
  readonly exported: boolean;
  /** Of a field: the embedded kind. */
  readonly embedded: boolean;
  /** Of a method: whether its receiver is a pointer. `undefined` for other symbols and for methods of interfaces. */
  readonly pointerReceiver: boolean | undefined;
}

/** A number is exact; what a number cannot hold exactly is a bigint, or unknown if it is no integer. */
export type ConstantValue = boolean | string | number | bigint;

export type TypeKind =
  | "basic"
  | "named"
  | "pointer"
  | "slice"
  | "array"
  | "map"
  | "chan"
  | "struct"
  | "func"
  | "interface"
  | "tuple"
  | "typeparam"
  | "union";

export interface GoField {
  readonly name: string;
  readonly type: GoType | undefined;
  readonly embedded: boolean;
  readonly tag: string;
  /** The symbol's key, for fields of named types. */
  readonly key: string | undefined;
  /** Its symbol, if it is declared in a type without a name of the package at hand. */
  readonly symbol?: GoSymbol | undefined;
}

export interface GoMethod {
  readonly name: string;
  /** The method symbol's key, for instance `sync.Mutex.Lock`. */
  readonly key: string;
  /** Of kind "func", without receiver. */
  readonly type: GoType | undefined;
  /** Whether only a pointer has it. */
  readonly pointerReceiver: boolean;
  /** Its symbol, if it is of an interface without a name of the package at hand. */
  readonly symbol?: GoSymbol | undefined;
}

/**
 * A type. One object for identical types in all packages of one program: compare with `===`. Parts that are not known
 * are `undefined`; an alias is what it stands for.
 */
export interface GoType {
  readonly kind: TypeKind;
  /** Unique, with full paths: `*sync.Mutex`, `map[string]example.com/a/b.T[int]`, `chan<- int`, `struct{…}`. */
  readonly text: string;
  /** Of basic and named types and type parameters: the name alone, `Mutex`. "untyped int" and "untyped nil" are basic. */
  readonly name: string;
  /** Of named types: the declaring package's path. "" otherwise; `error` is named and has "". */
  readonly pkgPath: string;
  /** Of pointer, slice, array, map, chan: what it holds. */
  readonly elem: GoType | undefined;
  /** Of map. */
  readonly key: GoType | undefined;
  /** Of array, where known. */
  readonly length: number | undefined;
  /** Of chan: what can be done with it. */
  readonly direction: "both" | "send" | "receive" | undefined;
  /** Of func; also the parts of a tuple are `results`. */
  readonly params: readonly (GoType | undefined)[];
  readonly results: readonly (GoType | undefined)[];
  readonly variadic: boolean;
  /** Of named types with arguments. */
  readonly typeArgs: readonly (GoType | undefined)[];
  /** Of a named type: the type it was declared as, itself never named. Of others: the type itself. */
  readonly underlying: GoType | undefined;
  /** Of struct types, and of named types whose underlying type is one; `undefined` where not known. */
  readonly fields: readonly GoField[] | undefined;
  /**
   * The methods declared on a named type (not those that embedding brings; `lookup` finds these), or all methods of an
   * interface; `undefined` where not known.
   */
  readonly methods: readonly GoMethod[] | undefined;
}

/** What a selector expression `x.sel` selects. */
export interface Selection {
  /** `methodExpr`: T.Method; `qualified`: pkg.Name. */
  readonly kind: "field" | "method" | "methodExpr" | "qualified";
  /** The field, the method, or the package's member. */
  readonly symbol: GoSymbol;
  /** The embedded fields on the way from x to it, in order; empty when it is x's own. */
  readonly path: readonly GoSymbol[];
  /** Of methods: declared in an interface, so that what runs depends on the value. */
  readonly isInterface: boolean;
  /** Of the selected field, method (without receiver) or member, with the type arguments of x. */
  readonly type: GoType | undefined;
}

/** What a CallExpr does. */
export type CallTarget =
  /** A declared function or method: `symbol.key`, `symbol.decl`. */
  | { readonly kind: "static"; readonly symbol: GoSymbol }
  /** A literal: called in place, or a variable that holds this literal and is never assigned again. */
  | { readonly kind: "closure"; readonly func: NodeId }
  /** A method of an interface, with the methods of this program's types seen so far that it may be. */
  | { readonly kind: "interface"; readonly symbol: GoSymbol; readonly implementations: readonly string[] }
  | { readonly kind: "builtin"; readonly name: string }
  | { readonly kind: "conversion"; readonly type: GoType | undefined }
  /** A function value that is not known: a parameter, a field, a result. */
  | { readonly kind: "dynamic"; readonly symbol: GoSymbol | undefined };

/** A type without the pointer around it, if there is one. */
export function pointee(type: GoType | undefined): GoType | undefined {
  return type?.kind === "pointer" ? type.elem : type;
}

/** Whether a type is `path.Name`, also behind one pointer: `isNamed(type, "sync.Mutex")`. */
export function isNamed(type: GoType | undefined, ...keys: readonly string[]): boolean {
  const named = pointee(type);
  return named?.kind === "named" && keys.includes(keyOfNamed(named));
}

/** `path.Name` of a named type, without type arguments. */
export function keyOfNamed(type: GoType): string {
  return type.pkgPath === "" ? type.name : `${type.pkgPath}.${type.name}`;
}
