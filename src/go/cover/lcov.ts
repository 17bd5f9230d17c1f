/** A profile in LCOV's form (`man geninfo`), which editors and hosted services read. */

import { lineCounts } from "./line-counts.ts";
import type { CoverProfile } from "./profile.ts";

/** @param pathOf the file's path as the reader of the report knows it */
export function* lcovText({ files }: CoverProfile, pathOf: (file: string) => string): Iterable<string> {
  for (const [file, blocks] of files) {
    const lines = lineCounts(blocks);
    const data = lines.map(([line, count]) => `DA:${line},${count}\n`).join("");
    const hit = lines.filter(([, count]) => count > 0).length;
    // A path is the rest of a line.
    yield `TN:\nSF:${pathOf(file).replace(/[\r\n]/g, " ")}\n${data}LF:${lines.length}\nLH:${hit}\nend_of_record\n`;
  }
}
