/** What the readers of all platforms share while a model is made: the tree, parsed files, and what stayed unclear. */

import type { Partial } from "../finding.ts";
import type { YamlFile } from "../yaml/read-yaml.ts";
import type { YamlNode } from "../yaml/yaml-node.ts";
import type { CiPlace, CiText } from "./model.ts";
import type { SourceTree } from "../source-tree.ts";

export interface ParsedYaml {
  readonly path: string;
  readonly source: string;
  readonly documents: readonly YamlNode[];
}

export interface ReadContext {
  readonly tree: SourceTree;
  readonly parse: (text: string) => YamlFile;
  readonly partial: Partial[];
  readonly parsed: Map<string, ParsedYaml | undefined>;
  readonly checked: Set<string>;
  /** Jobs and steps that may still be read; a bound for matrices and files that include each other. */
  budget: number;
}

export const readLimits = { jobs: 4000, matrix: 48, steps: 40_000, includeDepth: 10 } as const;

/** The YAML of a file of the tree, parsed once; undefined when the tree does not have it. */
export function yamlOf(context: ReadContext, path: string): ParsedYaml | undefined {
  if (context.parsed.has(path)) return context.parsed.get(path);
  const source = context.tree.read(path);
  const parsed = source === undefined ? undefined : parseFile(context, path, source);
  context.parsed.set(path, parsed);
  return parsed;
}

function parseFile(context: ReadContext, path: string, source: string): ParsedYaml {
  const { documents, problems } = context.parse(source);
  context.checked.add(path);
  for (const { offset, reason } of problems) addPartial(context, { path, start: offset, end: offset }, reason);
  return { path, source, documents };
}

/** Says that something at `place` was not understood. */
export function addPartial(context: ReadContext, place: CiPlace, reason: string): void {
  if (context.partial.length >= 1000) return;
  const source = context.parsed.get(place.path)?.source ?? context.tree.read(place.path) ?? "";
  const line = source.slice(0, place.start).split("\n").length;
  const isKnown = context.partial.some((one) => one.path === place.path && one.line === line && one.reason === reason);
  if (!isKnown) context.partial.push({ path: place.path, line, reason });
}

export function placeOf(path: string, node: { readonly start: number; readonly end: number }): CiPlace {
  return { path, start: node.start, end: node.end };
}

export function textAt(path: string, node: YamlNode, text: string = node.text): CiText {
  return { text, place: placeOf(path, node) };
}

/** The folder that a platform's file counts as the root of the repository: the one that holds `.github`. */
export function repositoryRoot(path: string): string {
  const at = path.indexOf(".github/");
  return at < 0 ? folderPrefix(path) : path.slice(0, at);
}

function folderPrefix(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}
