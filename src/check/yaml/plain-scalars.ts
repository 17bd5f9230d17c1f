/** Quoted scalars and flow collections that begin and end on one line. */

import { type YamlEntry, type YamlNode, emptyScalar } from "./yaml-node.ts";

/** Thrown when the text needs the full parser. */
export class NotPlain extends Error {}

export function refuse(): never {
  throw new NotPlain("not plain");
}

interface Found {
  readonly node: YamlNode;
  /** After its last letter. */
  readonly end: number;
}

const escapes: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  '"': '"',
  "\\": "\\",
  "/": "/",
  " ": " ",
  r: "\r",
  "0": "\0",
};

/** A scalar in quotes that ends before `limit`. */
export function quotedScalar(text: string, at: number, limit: number): Found {
  const quote = text[at];
  let value = "";
  for (let index = at + 1; index < limit; index++) {
    const char = text[index] ?? "";
    if (char === quote) {
      if (quote === "'" && text[index + 1] === "'") {
        value += "'";
        index++;
        continue;
      }
      const end = index + 1;
      return { node: { ...emptyScalar(at), text: value, style: "quoted", end }, end };
    }
    if (char === "\\" && quote === '"') {
      index++;
      value += escapes[text[index] ?? ""] ?? refuse();
    } else value += char;
  }
  return refuse();
}

/** `[a, b]` or `{a: b}` that ends before `limit`. */
export function flowNode(text: string, at: number, limit: number, depth = 0): Found {
  if (depth > 20) refuse();
  return text[at] === "[" ? flowList(text, at, limit, depth) : flowMap(text, at, limit, depth);
}

function flowList(text: string, at: number, limit: number, depth: number): Found {
  const items: YamlNode[] = [];
  let index = skipBlanks(text, at + 1, limit);
  while (text[index] !== "]") {
    const item = flowItem(text, index, limit, depth);
    items.push(item.node);
    index = afterItem(text, item.end, limit, "]");
  }
  return { node: { ...emptyScalar(at), kind: "list", items, end: index + 1 }, end: index + 1 };
}

function flowMap(text: string, at: number, limit: number, depth: number): Found {
  const entries = new Map<string, YamlEntry>();
  let index = skipBlanks(text, at + 1, limit);
  while (text[index] !== "}") {
    const key = flowItem(text, index, limit, depth);
    const colon = skipBlanks(text, key.end, limit);
    if (text[colon] !== ":" || key.node.kind !== "scalar" || key.node.text === "<<") refuse();
    const from = skipBlanks(text, colon + 1, limit);
    if (from === colon + 1 && key.node.style !== "quoted") refuse();
    if (",}".includes(text[from] ?? ",")) refuse();
    const value = flowItem(text, from, limit, depth);
    entries.set(key.node.text, { key: key.node, value: value.node, start: key.node.start, end: value.node.end });
    index = afterItem(text, value.end, limit, "}");
  }
  return { node: { ...emptyScalar(at), kind: "map", entries, end: index + 1 }, end: index + 1 };
}

/** The next item's place, or that of the closing bracket. */
function afterItem(text: string, end: number, limit: number, close: string): number {
  const index = skipBlanks(text, end, limit);
  if (text[index] === close) return index;
  if (text[index] !== ",") refuse();
  return skipBlanks(text, index + 1, limit);
}

function skipBlanks(text: string, from: number, limit: number): number {
  let index = from;
  while (index < limit && text[index] === " ") index++;
  return index < limit ? index : refuse();
}

function flowItem(text: string, at: number, limit: number, depth: number): Found {
  const char = text[at] ?? "";
  if (char === "[" || char === "{") return flowNode(text, at, limit, depth + 1);
  if (char === '"' || char === "'") return quotedScalar(text, at, limit);
  const written = /^[^,[\]{}#&*!|>%@`"'\s?-](?:[^,[\]{}:#\t\n]|:(?![ ,[\]{}]))*/
    .exec(text.slice(at, limit))?.[0]
    .trimEnd();
  if (written === undefined || written === "" || written.endsWith(":")) return refuse();
  const end = at + written.length;
  return { node: { ...emptyScalar(at), text: written, end }, end };
}
