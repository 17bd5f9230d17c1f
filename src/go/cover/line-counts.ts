/** What blocks say of whole lines, for formats that know nothing finer. */

import type { CoverBlock } from "./profile.ts";

/** A block of a million lines is no source. */
const blockLinesMax = 1_000_000;

/** How often each line that holds a part of a block ran: the most of its blocks. In the order of the lines. */
export function lineCounts(blocks: readonly CoverBlock[]): readonly (readonly [line: number, count: number])[] {
  const counts = new Map<number, number>();
  for (const block of blocks) {
    if (block.statements === 0) continue;
    const last = Math.min(lastLine(block), block.startLine + blockLinesMax);
    for (let line = block.startLine; line <= last; line++) {
      counts.set(line, Math.max(counts.get(line) ?? 0, block.count));
    }
  }
  return [...counts].toSorted(([a], [b]) => a - b);
}

/** Go 1.27 ends a block at the first column of the line behind it. */
function lastLine({ startLine, endLine, endColumn }: CoverBlock): number {
  return endColumn === 1 && endLine > startLine ? endLine - 1 : endLine;
}
