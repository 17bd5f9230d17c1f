/** Writes a profile in the text form that Go's tools read: each place once. */

import type { CoverBlock, CoverProfile } from "./profile.ts";

/** The profile in pieces of some kilobytes, each of whole lines. */
export function* profileText({ mode, files }: CoverProfile): Iterable<string> {
  yield `mode: ${mode}\n`;
  for (const [name, blocks] of files) yield blocks.map((block) => blockLine(name, block)).join("");
}

function blockLine(name: string, block: CoverBlock): string {
  const { startLine, startColumn, endLine, endColumn, statements, count } = block;
  return `${name}:${startLine}.${startColumn},${endLine}.${endColumn} ${statements} ${count}\n`;
}
