/** The repository's own files, as the conventions read them. */

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseFile, type ParsedFile } from "./parsed-file.ts";

export const root = resolve(import.meta.dir, "../..");

/** Paths under `root` that match, sorted; without installed packages and without what is built. */
export function findFiles(...patterns: readonly string[]): readonly string[] {
  return [...new Set(patterns.flatMap((pattern) => [...new Bun.Glob(pattern).scanSync({ cwd: root, dot: false })]))]
    .filter((file) => !/(^|\/)(node_modules|\.ballast|dist)\//.test(file))
    .toSorted();
}

export function readText(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

const parsed = new Map<string, ParsedFile>();

export function parsedFile(path: string): ParsedFile {
  const known = parsed.get(path) ?? parseFile(path, readText(path));
  parsed.set(path, known);
  return known;
}

/** Every parsed file of the product, tests beside it included. */
export function sourceFiles(): readonly ParsedFile[] {
  return findFiles("src/**/*.ts").map(parsedFile);
}
