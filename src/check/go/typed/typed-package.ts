/** A package of the model from a record of the probe. */

import { relative } from "node:path";

import type { Partial } from "../../finding.ts";
import type { SourceTree } from "../../source-tree.ts";
import { Kind, Role } from "../kinds.ts";
import { ownType } from "../own-type.ts";
import { PackageModel } from "../package-model.ts";
import type { ProgramIndex } from "../program-index.ts";
import { SourceFile } from "../source-file.ts";
import type { SymbolRecord } from "../symbol-record.ts";
import { GoTree, type NodeId } from "../tree.ts";
import type { PackageRecord } from "./record.ts";
import { TypedFacts } from "./typed-facts.ts";

export interface TypedPackage {
  readonly pkg: PackageModel;
  /** Lets go of what the program still holds of the record. */
  release(): void;
}

/** Where the record's absolute paths lie: `root` is the folder that `tree` reads. */
export interface TypedSource {
  readonly root: string;
  readonly tree: SourceTree;
}

export function makeTypedPackage(record: PackageRecord, index: ProgramIndex, source: TypedSource): TypedPackage {
  const { head, header } = record;
  const tree = new GoTree(record.arrays);
  const facts = new TypedFacts(record, tree, index);
  const files = header.files.map(({ path, node, goVersion }) => {
    const shown = relative(source.root, path);
    return new SourceFile({ path: shown, text: source.tree.read(shown) ?? "" }, node, minorVersion(goVersion));
  });
  const { declared, funcs } = declarationsOf(tree, facts);
  const pkg = new PackageModel({
    program: index,
    depth: "types",
    path: head.path,
    name: header.name,
    files,
    tree,
    partial: header.problems.map((problem): Partial => ({ ...problem, path: relative(source.root, problem.path) })),
    imports: head.imports,
    facts,
    declared,
    funcs,
  });
  index.packagePaths.add(head.path);
  publish(pkg, declared, index);
  return { pkg, release: () => facts.types.release(head.path) };
}

function minorVersion(goVersion: string): string {
  return /^\d+\.\d+/.exec(goVersion)?.[0] ?? "1.26";
}

interface Declarations {
  readonly declared: ReadonlyMap<string, SymbolRecord>;
  readonly funcs: ReadonlyMap<string, NodeId>;
}

function declarationsOf(tree: GoTree, facts: TypedFacts): Declarations {
  const declared = new Map<string, SymbolRecord>();
  const funcs = new Map<string, NodeId>();
  const add = (name: NodeId | undefined): string | undefined => {
    const symbol = name === undefined ? undefined : (facts.symbol(name) as SymbolRecord | undefined);
    if (symbol?.key !== undefined) declared.set(symbol.key, symbol);
    return symbol?.key;
  };
  for (const file of tree.children(0)) {
    for (const declaration of tree.list(file, Role.Decl)) {
      if (tree.kind(declaration) === Kind.FuncDecl) {
        const key = add(tree.child(declaration, Role.Name));
        if (key !== undefined) funcs.set(key, declaration);
        continue;
      }
      for (const spec of tree.list(declaration, Role.Spec)) {
        if (tree.kind(spec) !== Kind.ImportSpec) for (const name of tree.list(spec, Role.Name)) add(name);
      }
    }
  }
  return { declared, funcs };
}

/** Makes what the package declares known to those after it; its own types are settled, because the record goes. */
function publish(pkg: PackageModel, declared: ReadonlyMap<string, SymbolRecord>, index: ProgramIndex): void {
  const members = new Map<string, SymbolRecord>();
  const others: SymbolRecord[] = [];
  for (const symbol of declared.values()) {
    const sealed = symbol.seal();
    if (symbol.scope === "package") members.set(symbol.name, sealed);
    else others.push(sealed);
    const type = symbol.kind === "type" ? ownType(symbol.type) : undefined;
    if (type?.kind !== "named" || type.pkgPath !== pkg.path) continue;
    for (const method of type.methods ?? []) void method.type;
    index.addOwnType(type);
  }
  index.addPackage(pkg.path, pkg.name, members, others);
}
