/** What a package's names and expressions stand for, at syntax depth: found when first asked for, and kept. */

import { binaryValue, literalValue, unaryValue } from "../constant-value.ts";
import { Kind, Role } from "../kinds.ts";
import { findMember, type FoundMember } from "../members.ts";
import { ownType } from "../own-type.ts";
import type { ProgramIndex } from "../program-index.ts";
import type { SymbolOrigin, SymbolRecord } from "../symbol-record.ts";
import type { ConstantValue, GoField, GoSymbol, Selection } from "../symbols.ts";
import type { GoTree, NodeId } from "../tree.ts";
import type { Type } from "../type-table.ts";
import type { Bound } from "./binder.ts";
import { constantSource, declaredType } from "./declared-type.ts";
import type { PackageDeclarations } from "./declarations.ts";
import { denotedType } from "./denoted-type.ts";
import { expressionType } from "./expression-type.ts";
import type { Facts } from "./facts.ts";

const unasked = null;

/** Expressions that depend on each other through more steps than this are not followed. */
const depthMax = 1500;

export class Resolver implements Facts, SymbolOrigin {
  readonly tree: GoTree;
  readonly index: ProgramIndex;
  readonly pkgPath: string;
  readonly declarations: PackageDeclarations;
  readonly #types: (Type | undefined | typeof unasked)[];
  readonly #denoted = new Map<NodeId, Type | undefined>();
  readonly #constants = new Map<NodeId, ConstantValue | undefined>();
  readonly #selections = new Map<NodeId, Selection | undefined>();
  #bound: Bound | undefined;
  #fields: Map<string, GoSymbol> | undefined;
  readonly #holders: Type[] = [];
  #depth = 0;

  constructor(
    tree: GoTree,
    index: ProgramIndex,
    pkgPath: string,
    declare: (origin: SymbolOrigin) => PackageDeclarations,
  ) {
    this.tree = tree;
    this.index = index;
    this.pkgPath = pkgPath;
    this.#types = Array.from({ length: tree.size }, () => unasked);
    this.declarations = declare(this);
  }

  /** The binder's result, which needs the declarations first. */
  bind(bound: Bound): void {
    this.#bound = bound;
  }

  holdsTree(type: Type): void {
    this.#holders.push(type);
  }

  /** What was never asked of the package's types stays unknown. */
  release(): void {
    for (const type of this.#holders) type.endDefinition();
  }

  get bound(): Bound {
    return this.#bound ?? { symbols: [], members: new Map() };
  }

  symbol(n: NodeId): GoSymbol | undefined {
    const { tree } = this;
    switch (tree.kind(n)) {
      case Kind.Ident:
        return this.#identifier(n);
      case Kind.SelectorExpr:
        return this.selection(n)?.symbol;
      case Kind.ParenExpr:
        return this.symbol(n + 1);
      case Kind.IndexExpr:
        return this.symbol(n + 1)?.kind === "func" ? this.symbol(n + 1) : undefined;
      default:
        return undefined;
    }
  }

  #identifier(n: NodeId): GoSymbol | undefined {
    const { tree } = this;
    const role = tree.role(n);
    if (role === Role.Sel) return this.selection(tree.parent(n) ?? 0)?.symbol;
    const parent = tree.parent(n) ?? 0;
    if (role === Role.Key && tree.kind(parent) === Kind.KeyValueExpr) return this.#key(n, tree.parent(parent) ?? 0);
    return this.bound.symbols[n];
  }

  /** In `T{name: v}` the key is a field if T is a struct, otherwise an expression. */
  #key(n: NodeId, literal: NodeId): GoSymbol | undefined {
    if (this.tree.kind(literal) !== Kind.CompositeLit) return this.bound.symbols[n];
    const type = this.typeOf(literal);
    const under = type?.underlying;
    const struct = under?.kind === "pointer" ? under.elem : type;
    if (struct?.underlying === undefined) return undefined;
    if (struct.underlying.kind !== "struct") return this.bound.symbols[n];
    const found = findMember(struct, this.tree.name(n));
    return found?.field === undefined ? undefined : this.#fieldSymbol(found.field);
  }

  typeOf(n: NodeId): Type | undefined {
    const known = this.#types[n];
    if (known !== unasked) return known;
    if (this.#depth > depthMax) return undefined;
    this.#depth += 1;
    this.#types[n] = undefined; // what depends on itself is unknown
    const type = expressionType(this, n);
    this.#types[n] = type;
    this.#depth -= 1;
    return type;
  }

  denoted(n: NodeId): Type | undefined {
    const known = this.#denoted.get(n);
    if (known !== undefined || this.#denoted.has(n) || this.#depth > depthMax) return known;
    this.#depth += 1;
    const type = denotedType(this, n);
    this.#depth -= 1;
    this.#denoted.set(n, type);
    return type;
  }

  isType(n: NodeId): boolean {
    switch (this.tree.kind(n)) {
      case Kind.Ident:
      case Kind.SelectorExpr:
        return this.symbol(n)?.kind === "type";
      case Kind.ParenExpr:
      case Kind.StarExpr:
      case Kind.IndexExpr:
        return this.isType(n + 1);
      case Kind.ArrayType:
      case Kind.StructType:
      case Kind.FuncType:
      case Kind.InterfaceType:
      case Kind.MapType:
      case Kind.ChanType:
      case Kind.Ellipsis:
        return true;
      default:
        return false;
    }
  }

  constant(n: NodeId): ConstantValue | undefined {
    if (this.#constants.has(n) || this.#depth > depthMax) return this.#constants.get(n);
    this.#depth += 1;
    this.#constants.set(n, undefined);
    const value = this.#evaluate(n, undefined);
    this.#depth -= 1;
    this.#constants.set(n, value);
    return value;
  }

  #evaluate(n: NodeId, iota: number | undefined): ConstantValue | undefined {
    const { tree } = this;
    switch (tree.kind(n)) {
      case Kind.BasicLit:
        return literalValue(tree.op(n), tree.name(n));
      case Kind.ParenExpr:
        return this.#evaluate(n + 1, iota);
      case Kind.UnaryExpr:
        return unaryValue(tree.op(n), this.#evaluate(n + 1, iota));
      case Kind.BinaryExpr: {
        const [x, y] = [this.#evaluate(n + 1, iota), this.#evaluate(tree.y(n) ?? 0, iota)];
        return binaryValue(tree.op(n), x, y, !this.#isFloat(n));
      }
      case Kind.Ident:
      case Kind.SelectorExpr: {
        const symbol = this.symbol(n);
        if (symbol?.scope === "universe" && symbol.name === "iota") return iota;
        return symbol?.kind === "const" ? symbol.constant : undefined;
      }
      case Kind.CallExpr:
        return this.#evaluateCall(n, iota);
      default:
        return undefined;
    }
  }

  #evaluateCall(n: NodeId, iota: number | undefined): ConstantValue | undefined {
    const callee = this.tree.callee(n);
    const arg = this.tree.args(n)[0];
    if (arg === undefined) return undefined;
    const value = this.#evaluate(arg, iota);
    if (this.isType(callee)) return this.#converted(callee, value);
    const isLength = this.symbol(callee)?.kind === "builtin" && this.tree.name(callee) === "len";
    return isLength && typeof value === "string" ? Buffer.byteLength(value) : undefined;
  }

  /** A constant of another basic type has the same value, but for `string(65)`. */
  #converted(type: NodeId, value: ConstantValue | undefined): ConstantValue | undefined {
    const under = this.denoted(type)?.underlying;
    if (under?.kind !== "basic") return undefined;
    return under.name === "string" && typeof value !== "string" ? undefined : value;
  }

  #isFloat(n: NodeId): boolean {
    return /float|complex/.test(this.typeOf(n)?.underlying?.name ?? "");
  }

  selection(n: NodeId): Selection | undefined {
    if (this.tree.kind(n) !== Kind.SelectorExpr) return undefined;
    if (this.#selections.has(n)) return this.#selections.get(n);
    const selection = this.#select(n);
    this.#selections.set(n, selection);
    return selection;
  }

  #select(n: NodeId): Selection | undefined {
    const { tree } = this;
    const x = n + 1;
    const name = tree.name(tree.child(n, Role.Sel) ?? n);
    const pkg = tree.kind(x) === Kind.Ident ? this.#identifier(x) : undefined;
    if (pkg?.kind === "pkg") return this.#qualified(pkg.pkgPath, name);
    const isMethodExpr = this.isType(x);
    const type = isMethodExpr ? this.denoted(x) : this.typeOf(x);
    const found = type === undefined ? undefined : findMember(type, name);
    const symbol = found === undefined ? undefined : this.#memberSymbol(found);
    if (found === undefined || symbol === undefined || type === undefined) return undefined;
    const path = found.steps.map((step) => this.#fieldSymbol(step));
    const kind = isMethodExpr && found.kind === "method" ? "methodExpr" : found.kind;
    return { kind, symbol, path, isInterface: found.isInterface, type: found.type };
  }

  #qualified(pkgPath: string, name: string): Selection | undefined {
    if (pkgPath === "C") return undefined;
    const members = this.index.membersOf(pkgPath);
    const symbol = members === undefined ? this.index.unknownMember(pkgPath, name) : members.get(name);
    if (symbol === undefined) return undefined;
    return { kind: "qualified", symbol, path: [], isInterface: false, type: symbol.type };
  }

  #memberSymbol(found: FoundMember): GoSymbol | undefined {
    if (found.field !== undefined) return this.#fieldSymbol(found.field);
    const { method } = found;
    if (method === undefined) return undefined;
    const own = method.symbol ?? this.declarations.byKey.get(method.key) ?? this.#ownFields().get(method.key);
    return own ?? this.index.methodSymbol(method, found.isInterface);
  }

  #fieldSymbol(field: GoField): GoSymbol {
    const key = field.key ?? `#${field.name}`;
    const own = field.symbol ?? this.#ownFields().get(key);
    if (own !== undefined) return own;
    const pkgPath = key.slice(0, Math.max(0, key.lastIndexOf(".", key.lastIndexOf(".") - 1)));
    return this.index.fieldSymbol(key, field.name, pkgPath, field.type, field.embedded);
  }

  /** Fields and interface methods of this package's named types, by key. */
  #ownFields(): Map<string, GoSymbol> {
    if (this.#fields === undefined) {
      this.#fields = new Map();
      for (const members of this.bound.members.values()) {
        for (const member of members) if (member.key !== undefined) this.#fields.set(member.key, member);
      }
    }
    return this.#fields;
  }

  typeOfSymbol(symbol: SymbolRecord): Type | undefined {
    if (this.#depth > depthMax) return undefined;
    this.#depth += 1;
    const type = declaredType(this, symbol);
    this.#depth -= 1;
    return ownType(type);
  }

  constantOfSymbol(symbol: SymbolRecord): ConstantValue | undefined {
    const { tree } = this;
    const spec = tree.parent(symbol.decl ?? 0) ?? 0;
    const source = constantSource(this, spec);
    if (source === undefined || symbol.decl === undefined) return undefined;
    const value = tree.list(source, Role.Value)[tree.list(spec, Role.Name).indexOf(symbol.decl)];
    const iota = tree.list(tree.parent(spec) ?? 0, Role.Spec).indexOf(spec);
    return value === undefined ? undefined : this.#evaluate(value, iota);
  }
}
