/** Which packages there are, of which files, in which order. */

import type { Partial } from "../../finding.ts";
import { folderOf } from "../../go-module.ts";
import type { SourceTree } from "../../source-tree.ts";
import { unquote } from "../constant-value.ts";
import { Kind, Role } from "../kinds.ts";
import { NameTable } from "../syntax/names.ts";
import { parseFile } from "../syntax/parse-file.ts";
import { TreeBuilder } from "../syntax/tree-builder.ts";
import { GoTree } from "../tree.ts";
import { isInBuild, type BuildContext } from "./build-constraint.ts";
import type { ModuleLayout } from "./module-layout.ts";

export interface PlannedPackage {
  /** Import path; of an external test package with `_test` at its end. */
  readonly path: string;
  readonly goVersion: string;
  readonly files: readonly string[];
}

export interface PackagePlan {
  /** A package comes after those of the program that it imports. */
  readonly packages: readonly PlannedPackage[];
  readonly partial: readonly Partial[];
}

interface FileHead {
  readonly path: string;
  readonly packageName: string;
  readonly imports: readonly string[];
}

interface Draft extends PlannedPackage {
  readonly imports: Set<string>;
  readonly files: string[];
}

/** Reads the head of each Go file of the tree. */
export function planPackages(tree: SourceTree, layout: ModuleLayout, context: BuildContext): PackagePlan {
  const partial: Partial[] = [];
  const build = new TreeBuilder(new NameTable());
  const drafts = new Map<string, Draft>();
  for (const path of tree.paths) {
    if (!path.endsWith(".go")) continue;
    const text = tree.read(path);
    if (text === undefined) {
      partial.push({ path, line: 1, reason: "not read" });
      continue;
    }
    if (!isInBuild(path, constraintOf(text), context)) continue;
    addFile(drafts, readHead(path, text, build), layout);
  }
  return { packages: inOrder(drafts), partial };
}

/** The `//go:build` line, which stands before the package clause. */
function constraintOf(text: string): string {
  const line = /^\/\/go:build (.*)$/m.exec(text.slice(0, 65_536));
  if (line === null) return "";
  const clause = /^package\s/m.exec(text);
  return clause !== null && clause.index < line.index ? "" : (line[1] ?? "").trim();
}

function readHead(path: string, text: string, build: TreeBuilder): FileHead {
  const tree = new GoTree(build.finish(parseFile(text, build, true).root));
  const name = tree.child(0, Role.Name);
  const imports = tree.all(Kind.ImportSpec).map((spec) => unquote(tree.name(tree.child(spec, Role.Path) ?? 0)) ?? "");
  return { path, packageName: name === undefined ? "" : tree.name(name), imports };
}

function addFile(drafts: Map<string, Draft>, head: FileHead, layout: ModuleLayout): void {
  const folder = folderOf(head.path);
  const isTest = head.path.endsWith("_test.go");
  const isExternal = isTest && head.packageName.endsWith("_test");
  const { importPath, goVersion } = layout.placeOf(folder);
  const path = isExternal ? `${importPath}_test` : importPath;
  // A folder may hold files of more than one package where build tags keep them apart; here both may be in the build.
  const key = `${path} ${head.packageName}`;
  let draft = drafts.get(key);
  if (draft === undefined) {
    draft = { path, goVersion, files: [], imports: new Set() };
    drafts.set(key, draft);
  }
  draft.files.push(head.path);
  for (const imported of head.imports) draft.imports.add(imported);
  if (isExternal) draft.imports.add(importPath);
}

/** Depth first over imports; a circle, which Go refuses, is cut where it closes. */
function inOrder(drafts: ReadonlyMap<string, Draft>): PlannedPackage[] {
  const byPath = new Map<string, Draft[]>();
  for (const draft of drafts.values()) byPath.set(draft.path, [...(byPath.get(draft.path) ?? []), draft]);
  const ordered: PlannedPackage[] = [];
  const seen = new Set<Draft>();
  for (const first of drafts.values()) {
    const stack = [{ draft: first, isLeaving: false }];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      if (top.isLeaving) ordered.push(top.draft);
      if (top.isLeaving || seen.has(top.draft)) continue;
      seen.add(top.draft);
      stack.push({ draft: top.draft, isLeaving: true });
      for (const path of top.draft.imports) {
        for (const draft of byPath.get(path) ?? []) stack.push({ draft, isLeaving: false });
      }
    }
  }
  return ordered;
}
