/** The files that a check may look at, by path below the checked folder, with `/` between names. */

import type { AreaRequest } from "./area.ts";

export interface SourceTree {
  readonly paths: readonly string[];
  /** A file's text, or `undefined` when it is not there, is no text, or is larger than what is read. */
  read(path: string): string | undefined;
}

/** The tree of an engine's request: the files that are checked; any other may be read. Each is read once at most. */
export function treeOf({ files, readText }: AreaRequest): SourceTree {
  const texts = new Map<string, string | undefined>();
  const read = (path: string): string | undefined => {
    if (!texts.has(path)) texts.set(path, readText(path));
    return texts.get(path);
  };
  return { paths: files.map(({ path }) => path), read };
}

/** A tree that is held in memory: a fixture, an example. */
export function memoryTree(files: Readonly<Record<string, string>>): SourceTree {
  return { paths: Object.keys(files), read: (path) => files[path] };
}
