/**
 * Blocks that cannot have come from one source and one toolchain: Go cuts a file into blocks that share no byte, so two
 * that overlap tell of two sources, or of two toolchains.
 */

import type { CoverBlock, CoverProfile } from "./profile.ts";

export interface Overlap {
  readonly file: string;
  readonly first: CoverBlock;
  readonly second: CoverBlock;
}

/** The first overlap of each file that has one. */
export function overlapsOf({ files }: CoverProfile): Overlap[] {
  return [...files].flatMap(([file, blocks]) => {
    const found = firstOverlap(blocks);
    return found === undefined ? [] : [{ file, ...found }];
  });
}

/** @param blocks in the order of the source */
function firstOverlap(blocks: readonly CoverBlock[]): Pick<Overlap, "first" | "second"> | undefined {
  let last: CoverBlock | undefined;
  for (const block of blocks) {
    if (last !== undefined && isBefore(block.startLine, block.startColumn, last.endLine, last.endColumn)) {
      return { first: last, second: block };
    }
    if (last === undefined || isBefore(last.endLine, last.endColumn, block.endLine, block.endColumn)) last = block;
  }
  return undefined;
}

function isBefore(line: number, column: number, otherLine: number, otherColumn: number): boolean {
  return line < otherLine || (line === otherLine && column < otherColumn);
}
