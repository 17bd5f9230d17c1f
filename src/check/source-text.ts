/** A file's text, and places in it: offsets count UTF-16 units, columns count bytes of UTF-8, as Go does. */

import type { Range } from "./finding.ts";

/** The text of a file's bytes. A byte order mark stays in it, so that offsets hold; bytes that are no UTF-8 become U+FFFD. */
export function decodeText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

export interface SourceText {
  readonly path: string;
  readonly text: string;
  /** Where each line begins. A line ends after `\n`; a `\r` before it belongs to the line. */
  readonly lineStarts: readonly number[];
}

/** Indexes a text by lines. */
export function createSourceText(path: string, text: string): SourceText {
  const lineStarts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  return { path, text, lineStarts };
}

/** The range between two offsets; what lies outside of the text is taken to its nearest end. */
export function rangeAt(source: SourceText, start: number, end: number): Range {
  const from = positionAt(source, start);
  const to = positionAt(source, Math.max(start, end));
  return { line: from.line, column: from.column, endLine: to.line, endColumn: to.column };
}

/** Line and column, both from 1, of an offset. */
export function positionAt(source: SourceText, offset: number): { readonly line: number; readonly column: number } {
  const at = Math.min(Math.max(offset, 0), source.text.length);
  const line = lineIndexAt(source.lineStarts, at);
  const start = source.lineStarts[line] ?? 0;
  return { line: line + 1, column: Buffer.byteLength(source.text.slice(start, at)) + 1 };
}

/** The offset of a line and a column in bytes, both from 1. */
export function offsetAt(source: SourceText, line: number, column: number): number {
  const start = source.lineStarts[line - 1];
  if (start === undefined) return source.text.length;
  let [offset, bytes] = [start, 1];
  const end = source.lineStarts[line] ?? source.text.length;
  while (offset < end && bytes < column) {
    const point = source.text.codePointAt(offset) ?? 0;
    bytes += byteLengthOf(point);
    offset += point > 0xffff ? 2 : 1;
  }
  return offset;
}

/** The text of a line, counted from 1, without its end. */
export function lineText({ text, lineStarts }: SourceText, line: number): string {
  const start = lineStarts[line - 1];
  if (start === undefined) return "";
  return text.slice(start, lineStarts[line] ?? text.length).replace(/\r?\n$/, "");
}

function byteLengthOf(point: number): number {
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point < 0x1_0000 ? 3 : 4;
}

/** The last line that begins at or before `offset`, by halving. */
function lineIndexAt(lineStarts: readonly number[], offset: number): number {
  let [low, high] = [0, lineStarts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
