/** Short ways to write the parts of a document. */

import type { DocumentBlock, DocumentSection } from "./document.ts";

export function sectionOf(title: string, ...blocks: readonly DocumentBlock[]): DocumentSection {
  return { title, blocks };
}

export function textBlock(text: string): DocumentBlock {
  return { kind: "text", text };
}

export function linesBlock(lines: readonly string[]): DocumentBlock {
  return { kind: "lines", lines };
}

export function tableBlock(columns: readonly string[], rows: readonly (readonly string[])[]): DocumentBlock {
  return { kind: "table", columns, rows };
}

/** `one binary`, `4 binaries`. */
export function counted(number: number, one: string, many: string): string {
  return number === 1 ? `one ${one}` : `${number} ${many}`;
}
