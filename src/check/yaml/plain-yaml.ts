/**
 * A reader for the plain YAML that nearly all pipelines are: block maps and lists, scalars on one line, literal blocks,
 * flow collections on one line. It gives the same nodes as the full parser, which needs 430 ms of a cold start for the
 * 125 Go workflows among 1,500. Whatever it is not sure of it leaves to that parser, by giving nothing.
 */

import { flowNode, quotedScalar, refuse, NotPlain } from "./plain-scalars.ts";
import { type YamlEntry, type YamlNode, emptyScalar } from "./yaml-node.ts";

interface Line {
  readonly index: number;
  /** Of the first letter that is no blank. */
  readonly start: number;
  readonly end: number;
  readonly indent: number;
}

interface Reading {
  readonly text: string;
  readonly lineStarts: readonly number[];
  /** The line that is read next. */
  at: number;
}

const none: ReadonlyMap<string, YamlEntry> = new Map();
const depthLimit = 40;

/** The only document of `text`; undefined when it needs the full parser. */
export function readPlainYaml(text: string): YamlNode | undefined {
  if (/\r|^\uFEFF|^%|\n(?:---|\.\.\.|%)/.test(text)) return undefined;
  const lineStarts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  const reading: Reading = { text, lineStarts, at: /^---[ ]*(?:\n|$)/.test(text) ? 1 : 0 };
  try {
    const first = nextLine(reading);
    if (first === undefined || first.indent > 0) return undefined;
    const root = readBlock(reading, first, 0);
    return nextLine(reading) === undefined ? root : undefined;
  } catch (cause) {
    if (cause instanceof NotPlain) return undefined;
    throw cause;
  }
}

/** The next line with content, which stays the next one. */
function nextLine(reading: Reading): Line | undefined {
  const { text, lineStarts } = reading;
  for (; reading.at < lineStarts.length; reading.at++) {
    const begin = lineStarts[reading.at] ?? 0;
    const end = reading.at + 1 < lineStarts.length ? (lineStarts[reading.at + 1] ?? 0) - 1 : text.length;
    let start = begin;
    while (start < end && text[start] === " ") start++;
    if (start < end && text[start] !== "#") return { index: reading.at, start, end, indent: start - begin };
  }
  return undefined;
}

function isDash(text: string, at: number): boolean {
  return text[at] === "-" && (text[at + 1] === " " || text[at + 1] === "\n" || at + 1 === text.length);
}

function readBlock(reading: Reading, line: Line, depth: number): YamlNode {
  if (depth > depthLimit) refuse();
  return isDash(reading.text, line.start)
    ? readList(reading, line, depth)
    : readMap(reading, line, line.start, line.indent, depth);
}

function readList(reading: Reading, first: Line, depth: number): YamlNode {
  const items: YamlNode[] = [];
  let line: Line | undefined = first;
  while (line !== undefined && line.indent === first.indent && isDash(reading.text, line.start)) {
    items.push(readItem(reading, line, depth));
    line = nextLine(reading);
  }
  if (line !== undefined && line.indent > first.indent) refuse();
  const end = items.at(-1)?.end ?? first.end;
  return { kind: "list", text: "", style: "plain", entries: none, items, tag: undefined, start: first.start, end };
}

function readItem(reading: Reading, line: Line, depth: number): YamlNode {
  const { text } = reading;
  let at = line.start + 1;
  while (at < line.end && text[at] === " ") at++;
  if (at >= line.end || text[at] === "#") {
    reading.at = line.index + 1;
    const next = nextLine(reading);
    return next !== undefined && next.indent > line.indent ? readBlock(reading, next, depth + 1) : emptyScalar(at);
  }
  if (isDash(text, at)) refuse();
  if (keyEnd(text, at, line.end) !== undefined) {
    return readMap(reading, line, at, at - line.start + line.indent, depth + 1);
  }
  return readInline(reading, line, at, line.indent);
}

function readMap(reading: Reading, first: Line, start: number, indent: number, depth: number): YamlNode {
  if (depth > depthLimit) refuse();
  const entries = new Map<string, YamlEntry>();
  let line: Line | undefined = first;
  let at = start;
  let end = start;
  while (line !== undefined) {
    const entry = readEntry(reading, line, at, indent, depth);
    entries.set(entry.key.text, entry);
    end = Math.max(end, entry.end);
    line = nextLine(reading);
    if (line === undefined || line.indent < indent) break;
    if (line.indent > indent || isDash(reading.text, line.start)) refuse();
    at = line.start;
  }
  return { kind: "map", text: "", style: "plain", entries, items: [], tag: undefined, start, end };
}

/** Where the key that begins at `at` ends: its colon; undefined when there is none on the line. */
function keyEnd(text: string, at: number, end: number): number | undefined {
  const quote = text[at];
  let from = at;
  if (quote === '"' || quote === "'") {
    const close = text.indexOf(quote, at + 1);
    if (close < 0 || close >= end) return undefined;
    from = close + 1;
    return text[from] === ":" && (from + 1 >= end || text[from + 1] === " ") ? from : undefined;
  }
  const comment = text.indexOf(" #", at);
  for (let colon = text.indexOf(":", from); colon >= 0 && colon < end; colon = text.indexOf(":", colon + 1)) {
    if (comment >= 0 && comment < colon) return undefined;
    if (colon + 1 === end || text[colon + 1] === " ") return colon;
  }
  return undefined;
}

function readEntry(reading: Reading, line: Line, at: number, indent: number, depth: number): YamlEntry {
  const { text } = reading;
  const colon = keyEnd(text, at, line.end);
  if (colon === undefined) return refuse();
  const key = readKey(text, at, colon);
  let from = colon + 1;
  while (from < line.end && text[from] === " ") from++;
  const value =
    from < line.end && text[from] !== "#"
      ? readInline(reading, line, from, indent)
      : readBelow(reading, line, from, indent, depth);
  return { key, value, start: key.start, end: Math.max(key.end, value.end) };
}

function readKey(text: string, at: number, colon: number): YamlNode {
  const written = text.slice(at, colon).trimEnd();
  if (/^["']/.test(written)) return quotedScalar(text, at, colon).node;
  if (/^[[\]{},#&*!|>%@`?]|^-[ ]|: /.test(written) || written === "" || written === "<<") refuse();
  return { ...emptyScalar(at), text: written, end: at + written.length };
}

/** The value of a key that has none on its line. */
function readBelow(reading: Reading, line: Line, from: number, indent: number, depth: number): YamlNode {
  reading.at = line.index + 1;
  const next = nextLine(reading);
  if (next === undefined || next.indent < indent) return emptyScalar(from);
  if (next.indent > indent) return readBlock(reading, next, depth + 1);
  return isDash(reading.text, next.start) ? readList(reading, next, depth + 1) : emptyScalar(from);
}

/** A value that begins on the line of its key or dash, which stands at `indent`. */
function readInline(reading: Reading, line: Line, at: number, indent: number): YamlNode {
  const { text } = reading;
  const char = text[at] ?? "";
  if (char === "|") return readLiteral(reading, line, at, indent);
  reading.at = line.index + 1;
  const found = "[{".includes(char) ? flowNode(text, at, line.end) : scalarAt(text, at, line.end);
  if (!/^(?: *| +#.*)$/.test(text.slice(found.end, line.end))) refuse();
  const next = nextLine(reading);
  // A scalar may go on in the next line.
  if (next !== undefined && next.indent > indent) refuse();
  return found.node;
}

function scalarAt(text: string, at: number, lineEnd: number): { readonly node: YamlNode; readonly end: number } {
  const char = text[at] ?? "";
  if (char === '"' || char === "'") return quotedScalar(text, at, lineEnd);
  const comment = text.slice(at, lineEnd).indexOf(" #");
  const written = text.slice(at, comment < 0 ? lineEnd : at + comment).trimEnd();
  if (/^[\]},#&*!>%@`]|^[-?:](?: |$)|:(?: |$)|\t/.test(written)) refuse();
  const end = at + written.length;
  return { node: { ...emptyScalar(at), text: written, end }, end };
}

/** `|` and `|-`, without an explicit indentation. */
function readLiteral(reading: Reading, line: Line, at: number, indent: number): YamlNode {
  const { text, lineStarts } = reading;
  const header = /^\|(-?) *(?:$| #)/.exec(text.slice(at, line.end));
  if (header === null) refuse();
  const lines: string[] = [];
  let width: number | undefined;
  let index = line.index + 1;
  let end = line.end;
  for (; index < lineStarts.length; index++) {
    const begin = lineStarts[index] ?? 0;
    const lineEnd = index + 1 < lineStarts.length ? (lineStarts[index + 1] ?? 0) - 1 : text.length;
    const content = text.slice(begin, lineEnd);
    const own = content.length - content.trimStart().length;
    const isBlank = /^ *$/.test(content);
    // A tab among the blanks before the first word has rules of its own.
    if (!isBlank && width === undefined && content.slice(0, own).includes("\t")) refuse();
    if (!isBlank && width === undefined) width = own;
    if (isBlank && width === undefined && content !== "") refuse();
    if (!isBlank && (width === undefined || width <= indent || !content.startsWith(" ".repeat(width)))) break;
    lines.push(content.slice(width ?? 0));
    if (!isBlank) end = Math.min(lineEnd + 1, text.length);
  }
  if (width !== undefined && width <= indent) refuse();
  reading.at = index;
  const body = lines.join("\n").replace(/\n*$/, "");
  const isEmpty = body.trim() === "";
  if (isEmpty) refuse();
  return { ...emptyScalar(at), style: "literal", text: header?.[1] === "-" ? body : `${body}\n`, end };
}
