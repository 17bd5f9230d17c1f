/**
 * The Go model that all rules read. There is one, and two front ends fill it: `syntax/` from the source alone, `typed/`
 * from what Go's own type checker says. A rule reads only what is here, in tree.ts (the syntax), symbols.ts (what names and
 * expressions stand for) and flow/ (what runs after what); so it works at both depths.
 *
 * - What is not known is `undefined`. At syntax depth much is known all the same: everything declared in the module,
 *   and the parts of the standard library that rules care about. Nothing is ever guessed.
 * - Packages come in dependency order: when a rule sees a package, it has seen those of the program that it imports.
 *   Keep what later packages need in `program.store(name)`, under symbol keys; a package's tree is dropped when its rules are done.
 * - What several rules need of one package is computed once by `pkg.memo(name, compute)`.
 */

import type { Partial, Range } from "../finding.ts";
import type { CallTarget, ConstantValue, GoMethod, GoSymbol, GoType, Selection } from "./symbols.ts";
import type { GoTree, NodeId } from "./tree.ts";

/** A place in a source file, for reports. Get one from `pkg.place`; it stays valid when the package is dropped. */
export interface GoPlace extends Range {
  /** Relative to the folder that is checked, with slashes. */
  readonly path: string;
}

/** A comment, with its markers. */
export interface GoComment {
  readonly text: string;
  /** Offset in the file's text, in UTF-16 units. */
  readonly from: number;
  readonly to: number;
}

export interface GoFile {
  /** As in GoPlace. */
  readonly path: string;
  /** The file's node in the package's tree. */
  readonly node: NodeId;
  readonly text: string;
  /** Ends in `_test.go`. */
  readonly isTest: boolean;
  /** Has the line `// Code generated … DO NOT EDIT.` */
  readonly isGenerated: boolean;
  /** `import "C"`. */
  readonly usesCgo: boolean;
  /** The language version that holds for this file, `1.21`: go.mod's, or a `//go:build go1.N` line's. */
  readonly goVersion: string;
  /** The `//go:build` line's expression, "" without one. */
  readonly buildConstraint: string;
  /** In the order of the source. Found when first asked for. */
  readonly comments: readonly GoComment[];
}

export interface GoPackage {
  readonly program: GoProgram;
  /** "types": from Go's type checker. "syntax": from the source alone, so more is unknown. */
  readonly depth: "types" | "syntax";
  /** Import path. An external test package ends in `_test`. */
  readonly path: string;
  readonly name: string;
  /** The package's files, its own `_test.go` files included. Files that the build tags leave out are not here. */
  readonly files: readonly GoFile[];
  readonly tree: GoTree;
  /** What could not be parsed or resolved, and what an analysis left out so far. */
  readonly partial: readonly Partial[];
  /** Import paths, each once. */
  readonly imports: readonly string[];

  fileOf(node: NodeId): GoFile;
  /** The source text of a node. */
  text(node: NodeId): string;
  /** The range of a node, or of the part of its file between two offsets. */
  place(node: NodeId, from?: number, to?: number): GoPlace;

  /** What an Ident declares or refers to. Also of a SelectorExpr (its `sel`'s symbol) and of parentheses around them. */
  symbol(node: NodeId): GoSymbol | undefined;
  /** Every Ident that declares or uses the symbol in this package, in the order of the source. */
  uses(symbol: GoSymbol): readonly NodeId[];
  /** Package-level variables, constants, functions, types and methods that this package declares, by key. */
  readonly declared: ReadonlyMap<string, GoSymbol>;
  /** The FuncDecl of a function or method that this package declares. */
  funcDecl(symbol: GoSymbol): NodeId | undefined;
  /** All functions of the package, FuncDecls with a body and FuncLits, in preorder. */
  readonly functions: readonly NodeId[];
  /** The symbol of a FuncDecl; `undefined` for a FuncLit. */
  funcSymbol(func: NodeId): GoSymbol | undefined;
  /** The variables declared outside of a function literal, in functions, that it uses; package variables are not captured. */
  captures(funcLit: NodeId): readonly GoSymbol[];

  /** The type of an expression; of a type expression the type that it denotes. */
  typeOf(node: NodeId): GoType | undefined;
  /** Whether an expression denotes a type. */
  isType(node: NodeId): boolean;
  /** The value of a constant expression. */
  constant(node: NodeId): ConstantValue | undefined;
  /** Of a SelectorExpr. */
  selection(node: NodeId): Selection | undefined;
  /** Of a CallExpr. `undefined`: not known what the callee even is. */
  callOf(call: NodeId): CallTarget | undefined;
  /** Whether a variable of this package holds one function literal only, and which. */
  closureOf(symbol: GoSymbol): NodeId | undefined;
  /** A field or method of a type by name, through embedding and pointers. */
  lookup(type: GoType, name: string): Member | undefined;
  /** Whether the version of a file is at least this: `atLeast(node, "1.22")` decides a loop variable's meaning. */
  atLeast(node: NodeId, goVersion: string): boolean;

  /** Notes that an analysis did not look at something: it is reported as partly checked. */
  leaveOut(partial: Partial): void;
  /** Computed at the first call under this name, then the same object, until the package is dropped. */
  memo<T>(name: string, compute: (pkg: GoPackage) => T): T;
}

/** What `lookup` found: a field's type or a method, with the embedded fields on the way. */
export interface Member {
  readonly kind: "field" | "method";
  readonly name: string;
  readonly key: string | undefined;
  readonly type: GoType | undefined;
  readonly method: GoMethod | undefined;
  /** Names of the embedded fields on the way. */
  readonly path: readonly string[];
  /** The method is of an interface. */
  readonly isInterface: boolean;
}

/** Everything that is checked together: the packages of one or more modules. */
export interface GoProgram {
  /** Import paths of the program's own packages. */
  readonly packagePaths: ReadonlySet<string>;
  /** A named type by `path.Name`, of the packages seen so far and of the standard library as far as it is known. */
  typeByKey(key: string): GoType | undefined;
  /** Keys of the methods that a call of this interface method may run, in the types of the program seen so far. */
  implementations(interfaceType: GoType, method: string): readonly string[];
  /**
   * What an analysis keeps across packages: one map for each name, from keys of a package's own symbols to summaries. Entries are
   * only added, while the package of their key is checked: they are kept with its result, and put back without it.
   */
  store<T extends StoredValue>(name: string): Map<string, T>;
}

/** A place in a store: the fields of an interface could be more than JSON can hold. */
export type StoredPlace = { readonly [Field in keyof GoPlace]: GoPlace[Field] };

/** What JSON can hold. */
export type StoredValue =
  | string
  | number
  | boolean
  | readonly StoredValue[]
  | { readonly [name: string]: StoredValue | undefined };
