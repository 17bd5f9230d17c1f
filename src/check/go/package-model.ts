/** The one implementation of GoPackage, over the facts that a front end has. */

import type { Partial } from "../finding.ts";
import { callTarget, soleLiteral } from "./call-target.ts";
import { Kind, Role } from "./kinds.ts";
import { findMember } from "./members.ts";
import type { GoFile, GoPackage, GoPlace, Member } from "./program.ts";
import type { ProgramIndex } from "./program-index.ts";
import type { SourceFile } from "./source-file.ts";
import type { CallTarget, ConstantValue, GoSymbol, GoType, Selection } from "./symbols.ts";
import type { GoTree, NodeId } from "./tree.ts";

/** What a front end knows of a package. */
export interface PackageFacts {
  symbol(node: NodeId): GoSymbol | undefined;
  typeOf(node: NodeId): GoType | undefined;
  isType(node: NodeId): boolean;
  constant(node: NodeId): ConstantValue | undefined;
  selection(node: NodeId): Selection | undefined;
}

export interface PackageParts {
  readonly program: ProgramIndex;
  readonly depth: "types" | "syntax";
  readonly path: string;
  readonly name: string;
  readonly files: readonly SourceFile[];
  readonly tree: GoTree;
  readonly partial: readonly Partial[];
  readonly imports: readonly string[];
  readonly facts: PackageFacts;
  readonly declared: ReadonlyMap<string, GoSymbol>;
  /** FuncDecls by the key of what they declare. */
  readonly funcs: ReadonlyMap<string, NodeId>;
}

export class PackageModel implements GoPackage {
  readonly program: ProgramIndex;
  readonly depth: "types" | "syntax";
  readonly path: string;
  readonly name: string;
  readonly files: readonly SourceFile[];
  readonly tree: GoTree;
  readonly partial: Partial[];
  readonly imports: readonly string[];
  readonly declared: ReadonlyMap<string, GoSymbol>;
  readonly #facts: PackageFacts;
  readonly #funcs: ReadonlyMap<string, NodeId>;
  readonly #memos = new Map<string, unknown>();
  readonly #calls = new Map<NodeId, CallTarget | undefined>();
  readonly #captures = new Map<NodeId, readonly GoSymbol[]>();
  readonly #closures = new Map<GoSymbol, NodeId | undefined>();
  #uses: Map<GoSymbol, NodeId[]> | undefined;
  #functions: readonly NodeId[] | undefined;

  constructor(parts: PackageParts) {
    this.program = parts.program;
    this.depth = parts.depth;
    this.path = parts.path;
    this.name = parts.name;
    this.files = parts.files;
    this.tree = parts.tree;
    this.partial = [...parts.partial];
    this.imports = parts.imports;
    this.declared = parts.declared;
    this.#facts = parts.facts;
    this.#funcs = parts.funcs;
  }

  fileOf(node: NodeId): GoFile {
    return this.#file(node);
  }

  #file(node: NodeId): SourceFile {
    let [low, high] = [0, this.files.length];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.files[middle]?.node ?? 0) <= node) low = middle;
      else high = middle;
    }
    const file = this.files[low];
    if (file === undefined) throw new Error(`node ${node} lies in no file of ${this.path}`);
    return file;
  }

  text(node: NodeId): string {
    return this.#file(node).text.slice(this.tree.from(node), this.tree.to(node));
  }

  place(node: NodeId, from = this.tree.from(node), to = this.tree.to(node)): GoPlace {
    const file = this.#file(node);
    const [start, end] = [file.position(from), file.position(to)];
    return { path: file.path, line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
  }

  symbol(node: NodeId): GoSymbol | undefined {
    return this.#facts.symbol(node);
  }

  uses(symbol: GoSymbol): readonly NodeId[] {
    if (this.#uses === undefined) {
      this.#uses = new Map();
      for (const node of this.tree.all(Kind.Ident)) {
        const used = this.#facts.symbol(node);
        if (used === undefined) continue;
        const nodes = this.#uses.get(used);
        if (nodes === undefined) this.#uses.set(used, [node]);
        else nodes.push(node);
      }
    }
    return this.#uses.get(symbol) ?? [];
  }

  funcDecl(symbol: GoSymbol): NodeId | undefined {
    return symbol.key === undefined ? undefined : this.#funcs.get(symbol.key);
  }

  get functions(): readonly NodeId[] {
    this.#functions ??= [...this.tree.all(Kind.FuncDecl), ...this.tree.all(Kind.FuncLit)]
      .filter((node) => this.tree.body(node) !== undefined)
      .toSorted((a, b) => a - b);
    return this.#functions;
  }

  funcSymbol(func: NodeId): GoSymbol | undefined {
    const name = this.tree.kind(func) === Kind.FuncDecl ? this.tree.child(func, Role.Name) : undefined;
    return name === undefined ? undefined : this.#facts.symbol(name);
  }

  captures(funcLit: NodeId): readonly GoSymbol[] {
    const known = this.#captures.get(funcLit);
    if (known !== undefined) return known;
    const found = new Set<GoSymbol>();
    const { kinds } = this.tree.arrays;
    for (let node = funcLit, end = this.tree.end(funcLit); node < end; node++) {
      if (kinds[node] !== Kind.Ident) continue;
      const symbol = this.#facts.symbol(node);
      if (symbol?.kind !== "var" || symbol.func === undefined || symbol.scope === "field") continue;
      if (!this.tree.contains(funcLit, symbol.func)) found.add(symbol);
    }
    const captures = [...found];
    this.#captures.set(funcLit, captures);
    return captures;
  }

  typeOf(node: NodeId): GoType | undefined {
    return this.#facts.typeOf(node);
  }

  isType(node: NodeId): boolean {
    return this.#facts.isType(node);
  }

  constant(node: NodeId): ConstantValue | undefined {
    return this.#facts.constant(node);
  }

  selection(node: NodeId): Selection | undefined {
    return this.#facts.selection(node);
  }

  callOf(call: NodeId): CallTarget | undefined {
    const known = this.#calls.get(call);
    if (known !== undefined || this.#calls.has(call)) return known;
    const target = this.tree.kind(call) === Kind.CallExpr ? callTarget(this, call) : undefined;
    this.#calls.set(call, target);
    return target;
  }

  closureOf(symbol: GoSymbol): NodeId | undefined {
    const known = this.#closures.get(symbol);
    if (known !== undefined || this.#closures.has(symbol)) return known;
    const literal = soleLiteral(this, symbol);
    this.#closures.set(symbol, literal);
    return literal;
  }

  lookup(type: GoType, name: string): Member | undefined {
    return findMember(type, name);
  }

  atLeast(node: NodeId, goVersion: string): boolean {
    return minorOf(this.#file(node).goVersion) >= minorOf(goVersion);
  }

  leaveOut(partial: Partial): void {
    this.partial.push(partial);
  }

  memo<T>(name: string, compute: (pkg: GoPackage) => T): T {
    if (!this.#memos.has(name)) this.#memos.set(name, compute(this));
    return this.#memos.get(name) as T;
  }
}

function minorOf(goVersion: string): number {
  const [, minor] = goVersion.split(".");
  return Number.parseInt(minor ?? "0", 10);
}
