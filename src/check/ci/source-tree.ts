/** The files of a repository as the model asks for them. */

export interface SourceTree {
  /** Paths with slashes, relative to the root; everything that is checked, not only pipelines. */
  readonly paths: readonly string[];
  /** The text of a file; undefined when it is absent, no text, or too large. */
  read(path: string): string | undefined;
}

/** A tree that is held in memory: fixtures, examples, a pipeline with fixes applied. */
export function memoryTree(files: ReadonlyMap<string, string>): SourceTree {
  return { paths: [...files.keys()], read: (path) => files.get(path) };
}

/** `base` with some files replaced. */
export function overlayTree(base: SourceTree, files: ReadonlyMap<string, string>): SourceTree {
  return { paths: base.paths, read: (path) => files.get(path) ?? base.read(path) };
}
