/** YAML from strangers: read with positions, within bounds of size, depth and count, and never expanded. */

import type * as Yaml from "yaml";
import type { Document, Node, Pair, Scalar, YAMLMap } from "yaml";
import { readPlainYaml } from "./plain-yaml.ts";
import { type YamlEntry, type YamlNode, type YamlStyle, emptyScalar } from "./yaml-node.ts";

export interface YamlProblem {
  readonly offset: number;
  readonly reason: string;
}

export interface YamlFile {
  /** One for each document that has content. */
  readonly documents: readonly YamlNode[];
  /** What kept parts of the file from being understood. */
  readonly problems: readonly YamlProblem[];
}

export const yamlLimits = {
  /** Larger pipelines and manifests are generated, and take a second of their own. */
  textChars: 1 << 19,
  nodes: 200_000,
  depth: 60,
  /** Brackets that are open at once; scripts leave a few unbalanced. */
  brackets: 100,
  documents: 500,
} as const;

/** GitLab's; an unknown tag on a list would lose its items. */
const customTags = [{ tag: "!reference", collection: "seq" } as const];

type YamlPackage = typeof Yaml;

interface Reading {
  readonly yaml: YamlPackage;
  readonly anchors: Map<string, YamlNode>;
  readonly problems: YamlProblem[];
  nodesLeft: number;
}

const none: ReadonlyMap<string, YamlEntry> = new Map();

/** Loads the parser; the reader that it returns is synchronous. */
export async function loadYamlReader(): Promise<(text: string) => YamlFile> {
  const yaml = await import("yaml");
  return (text) => readPlain(text) ?? readYaml(yaml, text);
}

/** The full parser alone, for the test that both give the same. */
export async function loadFullReader(): Promise<(text: string) => YamlFile> {
  const yaml = await import("yaml");
  return (text) => readYaml(yaml, text);
}

function readPlain(text: string): YamlFile | undefined {
  const root = text.length > yamlLimits.textChars ? undefined : readPlainYaml(text);
  return root === undefined ? undefined : { documents: [root], problems: [] };
}

function readYaml(yaml: YamlPackage, text: string): YamlFile {
  const refusal = refuse(text);
  if (refusal !== undefined) return { documents: [], problems: [refusal] };
  try {
    const options = {
      schema: "failsafe",
      customTags,
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: "silent",
    } as const;
    const parsed = yaml.parseAllDocuments(text, options);
    const documents = (Array.isArray(parsed) ? parsed : []) as unknown as Document.Parsed[];
    return convertDocuments(yaml, documents);
  } catch (cause) {
    // The parser recurses; what nests deeper than the stack ends here, and whatever else it throws is no YAML to us.
    return { documents: [], problems: [{ offset: 0, reason: `not readable as YAML: ${firstLine(cause)}` }] };
  }
}

function firstLine(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split("\n", 1)[0] ?? "";
}

/** What is refused before the parser sees it, because the parser's time or stack is not bounded by the size. */
function refuse(text: string): YamlProblem | undefined {
  if (text.length > yamlLimits.textChars) {
    return { offset: 0, reason: `larger than ${yamlLimits.textChars >> 10} Ki characters` };
  }
  const nested = new RegExp(`(?:[-?:][ \\t]+){${yamlLimits.depth},}`).exec(text);
  if (nested !== null) return { offset: nested.index, reason: `nested deeper than ${yamlLimits.depth} levels` };
  // Each tag or anchor before one value makes the parser copy those before it.
  const stacked = /(?:[!&][^\s]*[ \t\n]+){9,}/.exec(text);
  if (stacked !== null) return { offset: stacked.index, reason: "more than eight tags or anchors on one value" };
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x5b || code === 0x7b) depth++;
    else if ((code === 0x5d || code === 0x7d) && depth > 0) depth--;
    if (depth > yamlLimits.brackets) {
      return { offset: index, reason: `nested deeper than ${yamlLimits.brackets} levels` };
    }
  }
  return undefined;
}

function convertDocuments(yaml: YamlPackage, parsed: readonly Document.Parsed[]): YamlFile {
  const problems: YamlProblem[] = [];
  const documents: YamlNode[] = [];
  for (const document of parsed.slice(0, yamlLimits.documents)) {
    for (const error of document.errors.slice(0, 3)) {
      problems.push({ offset: error.pos[0], reason: `not readable as YAML: ${firstLine(error)}` });
    }
    if (document.contents === null) continue;
    const reading: Reading = { yaml, anchors: new Map(), problems, nodesLeft: yamlLimits.nodes };
    documents.push(convert(reading, document.contents, 0));
  }
  if (parsed.length > yamlLimits.documents) problems.push({ offset: 0, reason: "too many documents in one file" });
  return { documents, problems };
}

function convert(reading: Reading, node: Node | null, depth: number): YamlNode {
  const [start, end] = node?.range ?? [0, 0];
  reading.nodesLeft--;
  if (node === null || reading.nodesLeft <= 0 || depth > yamlLimits.depth) {
    if (node !== null) reading.problems.push({ offset: start, reason: "nested or repeated too often to be followed" });
    return emptyScalar(start);
  }
  if (reading.yaml.isAlias(node)) return reading.anchors.get(node.source) ?? unknownAlias(reading, node.source, start);
  const converted = convertOwn(reading, node, start, end, depth);
  const anchor = (node as Scalar).anchor;
  if (anchor !== undefined) reading.anchors.set(anchor, converted);
  return converted;
}

function unknownAlias(reading: Reading, name: string, start: number): YamlNode {
  reading.problems.push({ offset: start, reason: `*${name} names no anchor above it` });
  return emptyScalar(start);
}

function convertOwn(reading: Reading, node: Node, start: number, end: number, depth: number): YamlNode {
  const { yaml } = reading;
  const base = { text: "", style: "plain" as YamlStyle, entries: none, items: [], tag: tagOf(node), start, end };
  if (yaml.isMap(node)) return { ...base, kind: "map", entries: convertEntries(reading, node, depth) };
  if (yaml.isSeq(node)) {
    return { ...base, kind: "list", items: node.items.map((item) => convert(reading, item as Node, depth + 1)) };
  }
  const scalar = node as Scalar;
  return { ...base, kind: "scalar", text: textOf(scalar), style: styleOf(scalar) };
}

function textOf(scalar: Scalar): string {
  return typeof scalar.value === "string" ? scalar.value : (scalar.source ?? "");
}

function tagOf(node: Node): string | undefined {
  return typeof node.tag === "string" && !node.tag.startsWith("tag:yaml.org") ? node.tag : undefined;
}

function styleOf(scalar: Scalar): YamlStyle {
  if (scalar.type === "BLOCK_LITERAL") return "literal";
  if (scalar.type === "BLOCK_FOLDED") return "folded";
  return scalar.type === "QUOTE_SINGLE" || scalar.type === "QUOTE_DOUBLE" ? "quoted" : "plain";
}

function convertEntries(reading: Reading, map: YAMLMap, depth: number): ReadonlyMap<string, YamlEntry> {
  const merged = new Map<string, YamlEntry>();
  const own = new Map<string, YamlEntry>();
  for (const pair of map.items as Pair<Node, Node | null>[]) {
    const key = convert(reading, pair.key, depth + 1);
    const value = pair.value === null ? emptyScalar(key.end) : convert(reading, pair.value, depth + 1);
    if (key.text === "<<" && key.style === "plain") mergeInto(merged, value, reading);
    else own.set(key.text, { key, value, start: key.start, end: Math.max(key.end, value.end) });
  }
  for (const [name, entry] of own) merged.set(name, entry);
  return merged;
}

function mergeInto(target: Map<string, YamlEntry>, value: YamlNode, reading: Reading): void {
  const sources = value.kind === "list" ? value.items : [value];
  for (const source of sources) {
    for (const [name, entry] of source.entries) {
      reading.nodesLeft--;
      if (reading.nodesLeft <= 0) return;
      if (!target.has(name)) target.set(name, entry);
    }
  }
}
