/** Lines of a repository's files, for excerpts and fingerprints; each file is read and indexed once. */

import { createSourceText, lineText } from "../source-text.ts";
import type { SourceText } from "../source-text.ts";
import { readTextFile } from "./snapshot.ts";

export type LineReader = (path: string, line: number) => string | undefined;

/** Reads lines, counted from 1, below `root`; `undefined` where there is no such file or line. */
export function createLineReader(root: string): LineReader {
  const sources = new Map<string, SourceText | undefined>();
  return (path, line) => {
    if (!sources.has(path)) {
      const text = readTextFile(root, path);
      sources.set(path, text === undefined ? undefined : createSourceText(path, text));
    }
    const source = sources.get(path);
    return source === undefined || line > source.lineStarts.length ? undefined : lineText(source, line);
  };
}
