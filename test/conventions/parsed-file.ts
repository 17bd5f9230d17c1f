/** A TypeScript file as the conventions see it: its imports, its functions, its `defineErrors` keys, its comments. */

import { parseSync, visitorKeys } from "oxc-parser";

export interface Import {
  /** What is written between the quotes; undefined when it is computed. */
  readonly specifier: string | undefined;
  readonly line: number;
  /** `import()`: loaded when that line runs. */
  readonly isDynamic: boolean;
  /** Only types: erased, so it costs nothing at run time. */
  readonly isTypeOnly: boolean;
}

export interface FunctionSpan {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
}

export interface ParsedFile {
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  readonly functions: readonly FunctionSpan[];
  /** The keys of each object literal given to `defineErrors`. */
  readonly errorCodes: readonly { readonly code: string; readonly line: number }[];
  readonly comments: readonly { readonly text: string; readonly line: number }[];
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

const functionTypes = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}

function* childrenOf(node: Node): Generator<Node> {
  for (const key of visitorKeys[node.type] ?? []) {
    const child = node[key];
    for (const one of Array.isArray(child) ? (child as unknown[]) : [child]) if (isNode(one)) yield one;
  }
}

function* walk(node: Node, parent?: Node): Generator<{ node: Node; parent: Node | undefined }> {
  yield { node, parent };
  for (const child of childrenOf(node)) yield* walk(child, node);
}

function nameOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  const name = node["name"] ?? node["value"];
  return typeof name === "string" ? name : undefined;
}

function literalOf(node: unknown): string | undefined {
  return isNode(node) && typeof node["value"] === "string" ? node["value"] : undefined;
}

function functionName(node: Node, parent: Node | undefined): string {
  return nameOf(node["id"]) ?? nameOf(parent?.["key"]) ?? nameOf(parent?.["id"]) ?? "(anonymous)";
}

function errorKeys(node: Node): readonly { key: string; start: number }[] {
  if (node.type !== "CallExpression" || nameOf(node["callee"]) !== "defineErrors") return [];
  const [table] = node["arguments"] as readonly unknown[];
  if (!isNode(table)) return [];
  return [...childrenOf(table)].flatMap((property) => {
    const key = nameOf(property["key"]);
    return key === undefined ? [] : [{ key, start: property.start }];
  });
}

/** Parses `source`. Throws when it is not TypeScript. */
export function parseFile(path: string, source: string): ParsedFile {
  const result = parseSync(path, source);
  const [problem] = result.errors;
  if (problem !== undefined) throw new Error(`${path}: ${problem.message}`);
  const lineStarts = [...source.matchAll(/\n/g)].map((found) => found.index + 1);
  const lineAt = (offset: number): number => lineStarts.filter((start) => start <= offset).length + 1;
  const nodes = [...walk(result.program as unknown as Node)];
  const functions = nodes
    .filter(({ node }) => functionTypes.has(node.type))
    .map(({ node, parent }) => {
      const line = lineAt(node.start);
      return { name: functionName(node, parent), line, lines: lineAt(node.end) - line + 1 };
    });
  return {
    path,
    lines: source.split("\n").length - (source.endsWith("\n") ? 1 : 0),
    imports: readImports(
      nodes.map(({ node }) => node),
      lineAt,
    ),
    functions,
    errorCodes: nodes.flatMap(({ node }) =>
      errorKeys(node).map(({ key, start }) => ({ code: key, line: lineAt(start) })),
    ),
    comments: result.comments.map((comment) => ({ text: comment.value, line: lineAt(comment.start) })),
  };
}

function readImports(nodes: readonly Node[], lineAt: (offset: number) => number): readonly Import[] {
  return nodes.flatMap((node): readonly Import[] => {
    const isDynamic = node.type === "ImportExpression";
    const isStatic = /^(Import|ExportNamed|ExportAll)Declaration$/.test(node.type);
    if (!isDynamic && (!isStatic || !isNode(node["source"]))) return [];
    return [
      { specifier: literalOf(node["source"]), line: lineAt(node.start), isDynamic, isTypeOnly: isTypeOnly(node) },
    ];
  });
}

/** `verbatimModuleSyntax` keeps `import { type A } from` as a load of the module: only the whole statement counts. */
function isTypeOnly(node: Node): boolean {
  return node["importKind"] === "type" || node["exportKind"] === "type";
}
