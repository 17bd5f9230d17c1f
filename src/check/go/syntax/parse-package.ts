/** A package at syntax depth: parsed, bound, and made known to the packages after it. */

import type { Partial } from "../../finding.ts";
import { Kind, Role } from "../kinds.ts";
import { ownType } from "../own-type.ts";
import { PackageModel } from "../package-model.ts";
import type { ProgramIndex } from "../program-index.ts";
import { SourceFile, type SourceText } from "../source-file.ts";
import { SymbolRecord } from "../symbol-record.ts";
import { GoTree, type NodeId } from "../tree.ts";
import { bindPackage } from "./binder.ts";
import { collectDeclarations } from "./declarations.ts";
import { unquote } from "../constant-value.ts";
import { NameTable } from "./names.ts";
import { parseFile, type ParsedFile } from "./parse-file.ts";
import { Resolver } from "./resolver.ts";
import { Scope } from "./scope.ts";
import { TreeBuilder } from "./tree-builder.ts";

export interface PackageSource {
  /** Import path. */
  readonly path: string;
  readonly files: readonly SourceText[];
  /** go.mod's language version. */
  readonly goVersion: string;
  /** Whether the program's rules run on it; a standard library's stub only gives declarations. */
  readonly isOwn: boolean;
}

/** Keeps what one package's parsing can leave to the next one's. */
export interface SyntaxWorkshop {
  readonly build: TreeBuilder;
}

export function makeSyntaxWorkshop(): SyntaxWorkshop {
  return { build: new TreeBuilder(new NameTable()) };
}

interface Parsed {
  readonly tree: GoTree;
  readonly files: readonly SourceFile[];
  readonly partial: readonly Partial[];
}

export interface MadePackage {
  readonly pkg: PackageModel;
  /** Lets go of what the program still holds of the package's tree. */
  release(): void;
}

/** Parses and binds a package, and makes its declarations known to the packages after it. */
export function parsePackage(source: PackageSource, index: ProgramIndex, workshop: SyntaxWorkshop): MadePackage {
  const { tree, files, partial } = parseFiles(source, workshop.build);
  const universe = new Scope(undefined);
  for (const symbol of index.universe.values()) universe.declare(symbol);
  const resolver = new Resolver(tree, index, source.path, (origin) =>
    collectDeclarations(tree, source.path, universe, origin),
  );
  const { declarations } = resolver;
  const imports = new Set<string>();
  const fileScope = (file: NodeId): Scope => importScope(tree, file, declarations.scope, index, imports);
  resolver.bind(bindPackage({ tree, pkgPath: source.path, declarations, fileScope, origin: resolver }));
  const name = tree.name(tree.child(files[0]?.node ?? 0, Role.Name) ?? 0);
  const pkg = new PackageModel({
    program: index,
    depth: "syntax",
    path: source.path,
    name,
    files,
    tree,
    partial,
    imports: [...imports],
    facts: resolver,
    declared: declarations.byKey,
    funcs: declarations.funcs,
  });
  publish(resolver, name, index, source.isOwn);
  return { pkg, release: () => resolver.release() };
}

function parseFiles(source: PackageSource, build: TreeBuilder): Parsed {
  const root = build.node(Kind.Package, 0, 0);
  const parsed = source.files.map(({ text }) => parseFile(text, build));
  for (const { root: file } of parsed) build.add(root, file, Role.File);
  const tree = new GoTree(build.finish(root));
  const nodes = tree.children(0);
  const files = source.files.map((file, at) => new SourceFile(file, nodes[at] ?? 0, source.goVersion));
  return { tree, files, partial: problemsOf(files, parsed, build.tooDeep, tree) };
}

function problemsOf(
  files: readonly SourceFile[],
  parsed: readonly ParsedFile[],
  tooDeep: readonly NodeId[],
  tree: GoTree,
): Partial[] {
  const partial = files.flatMap((file, at) =>
    (parsed[at]?.problems ?? []).map(({ offset, reason }) => {
      return { path: file.path, line: file.position(offset).line, reason: `not parsed: ${reason}` };
    }),
  );
  for (const node of tooDeep) {
    const file = files.findLast((each) => each.node <= node);
    if (file === undefined) continue;
    const { line } = file.position(tree.from(node));
    partial.push({ path: file.path, line, reason: "not parsed: nested too deeply" });
  }
  return partial;
}

/** The scope of a file: its imports, in the package's scope. */
function importScope(tree: GoTree, file: NodeId, pkgScope: Scope, index: ProgramIndex, imports: Set<string>): Scope {
  const scope = new Scope(pkgScope);
  for (const declaration of tree.list(file, Role.Decl)) {
    if (tree.kind(declaration) !== Kind.GenDecl || tree.op(declaration) !== "import") continue;
    for (const spec of tree.list(declaration, Role.Spec)) {
      const path = unquote(tree.name(tree.child(spec, Role.Path) ?? 0)) ?? "";
      imports.add(path);
      const decl = tree.child(spec, Role.Name);
      const name = decl === undefined ? (index.nameOf(path) ?? nameFromPath(path)) : tree.name(decl);
      if (name === "_") continue;
      if (name === ".") declareAll(scope, index, path);
      else scope.declare(new SymbolRecord({ kind: "pkg", scope: "file", name, pkgPath: path, decl }, undefined));
    }
  }
  return scope;
}

function declareAll(scope: Scope, index: ProgramIndex, path: string): void {
  for (const symbol of index.membersOf(path)?.values() ?? []) if (symbol.exported) scope.declare(symbol);
}

/** The name that a package most likely has: the last part of its path that is not a version. */
function nameFromPath(path: string): string {
  const parts = path.split("/");
  const last = parts.at(-1) ?? "";
  const named = /^v\d+$/.test(last) && parts.length > 1 ? (parts.at(-2) ?? last) : last;
  return named
    .replace(/\.v\d+$/, "")
    .replace(/^go-|[-.]go$/g, "")
    .replaceAll("-", "_");
}

/**
 * Makes what the package declares known to those after it. An own package's types and symbols are settled at once, because the
 * tree behind them is dropped when the package is done; the standard library's are not, because most are never asked for.
 */
function publish(resolver: Resolver, name: string, index: ProgramIndex, isOwn: boolean): void {
  const { declarations, bound } = resolver;
  const members = new Map<string, SymbolRecord>();
  const others: SymbolRecord[] = [];
  for (const symbol of declarations.byKey.values()) {
    const sealed = isOwn ? symbol.seal() : symbol.asForeign();
    if (symbol.scope === "package") members.set(symbol.name, sealed);
    else others.push(sealed);
    const type = isOwn && symbol.kind === "type" ? ownType(symbol.type) : undefined;
    if (type?.kind !== "named" || type.pkgPath !== resolver.pkgPath) continue;
    for (const method of type.methods ?? type.underlying?.methods ?? []) void method.type;
    index.addOwnType(type);
  }
  if (!isOwn) return index.addPackage(resolver.pkgPath, name, members, others);
  const keyed = [...bound.members.values()].flat().filter((member) => member.key !== undefined);
  for (const member of keyed) if (member instanceof SymbolRecord) others.push(member.seal());
  return index.addPackage(resolver.pkgPath, name, members, others);
}
