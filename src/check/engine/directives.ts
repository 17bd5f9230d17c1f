/** Comments that keep a finding out of the report: `//ballast:ignore RULE reason`, `# ballast: ignore RULE reason`. */

import type { FileKind } from "../area.ts";
import type { Range } from "../finding.ts";
import { createSourceText, lineText, rangeAt } from "../source-text.ts";
import type { SourceText } from "../source-text.ts";

export interface Directive {
  /** The comment itself. */
  readonly range: Range;
  readonly path: string;
  /** Rule ids as written; empty when none is. */
  readonly rules: readonly string[];
  /** Empty when there is none. */
  readonly reason: string;
  /** Lines whose findings it is about, both inclusive. */
  readonly fromLine: number;
  readonly toLine: number;
}

interface Comment {
  readonly start: number;
  readonly end: number;
}

const slashed: ReadonlySet<FileKind> = new Set(["go", "go-module", "groovy", "bake"]);
const form = /^(?:\/\/|#)\s*ballast:\s*ignore(?:\s+(.*))?$/;
const ruleList = /^[a-z0-9-]+\/[A-Za-z0-9-]+(?:,[a-z0-9-]+\/[A-Za-z0-9-]+)*$/;

/** All directives of a file, in their order. */
export function findDirectives(path: string, kind: FileKind, text: string): Directive[] {
  if (!/ballast:\s*ignore/.test(text)) return [];
  const source = createSourceText(path, text);
  const comments = kind === "go" ? goComments(text) : lineComments(source, slashed.has(kind) ? "//" : "#");
  return comments.flatMap((comment) => readDirective(source, kind, comment) ?? []);
}

function readDirective(source: SourceText, kind: FileKind, { start, end }: Comment): Directive | undefined {
  const words = form.exec(source.text.slice(start, end).trimEnd());
  if (words === null) return undefined;
  const [, first = "", reason = ""] = /^(\S*)\s*(.*)$/.exec((words[1] ?? "").trim()) ?? [];
  const range = rangeAt(source, start, end);
  const target = targetOf(source, kind, range.line, start);
  const isList = ruleList.test(first);
  return {
    range,
    path: source.path,
    rules: isList ? first.split(",") : [],
    reason: isList ? reason : "",
    ...target,
  };
}

/** Its own line if there is code on it, else the next line that is neither blank nor a comment. */
function targetOf(
  source: SourceText,
  kind: FileKind,
  line: number,
  start: number,
): { readonly fromLine: number; readonly toLine: number } {
  const isAlone = source.text.slice(source.lineStarts[line - 1] ?? 0, start).trim() === "";
  const from = isAlone ? nextCodeLine(source, line) : line;
  return { fromLine: from, toLine: kind === "docker" ? lastContinued(source, from) : from };
}

function nextCodeLine(source: SourceText, line: number): number {
  for (let next = line + 1; next <= source.lineStarts.length; next++) {
    const text = lineText(source, next).trim();
    if (text !== "" && !text.startsWith("#") && !text.startsWith("//")) return next;
  }
  return line;
}

/** A Dockerfile's instruction goes on after a backslash, and over comments in between. */
function lastContinued(source: SourceText, line: number): number {
  let last = line;
  while (last < source.lineStarts.length && /\\\s*$|^\s*#/.test(lineText(source, last))) last += 1;
  return last;
}

/** Comments that begin a line or follow a blank. A `#` in a quoted string passes for one; it would have to hold the words. */
function lineComments(source: SourceText, mark: "#" | "//"): Comment[] {
  const pattern = mark === "#" ? /(?<=^|\s)#[^\n]*/g : /(?<=^|\s)\/\/[^\n]*/g;
  return [...source.text.matchAll(new RegExp(pattern.source, "gm"))].map(({ index, 0: found }) => ({
    start: index,
    end: index + found.replace(/\r$/, "").length,
  }));
}

/** The `//` comments of Go source; not what looks like one in a string. */
function goComments(text: string): Comment[] {
  const tokens = /\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)|`[^`]*(?:`|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?/g;
  return [...text.matchAll(tokens)]
    .filter(({ 0: found }) => found.startsWith("//"))
    .map(({ index, 0: found }) => ({ start: index, end: index + found.replace(/\r$/, "").length }));
}
