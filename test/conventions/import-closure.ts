/** What is loaded when a module starts: its static imports, and theirs. */

import type { ParsedFile } from "./parsed-file.ts";
import { resolveImport } from "./floors.ts";

export interface Closure {
  /** Files of the repository. */
  readonly files: ReadonlySet<string>;
  /** Everything else, by its specifier, with the file that imports it. */
  readonly packages: ReadonlyMap<string, string>;
}

/** Follows static imports that survive to run time, from `start`. `parse` is asked for TypeScript files only. */
export function staticClosure(start: string, parse: (path: string) => ParsedFile): Closure {
  const files = new Set<string>();
  const packages = new Map<string, string>();
  const open = [start];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (files.has(path)) continue;
    files.add(path);
    if (!path.endsWith(".ts")) continue;
    for (const { specifier, isDynamic, isTypeOnly } of parse(path).imports) {
      if (isDynamic || isTypeOnly || specifier === undefined) continue;
      const target = resolveImport(path, specifier);
      if (target === undefined) packages.set(specifier, path);
      else open.push(target);
    }
  }
  return { files, packages };
}

/** Whether `specifier` is part of Bun: `bun`, `bun:sqlite`, `node:fs`. */
function isBuiltIn(specifier: string): boolean {
  return specifier === "bun" || specifier.startsWith("bun:") || specifier.startsWith("node:");
}

/** Why the closure of the helper's command is too large; empty when it is as it should be. */
export function findHotPathViolations(closure: Closure): readonly string[] {
  const packages = [...closure.packages]
    .filter(([specifier]) => !isBuiltIn(specifier))
    .map(
      ([specifier, from]) => `${from} loads the package ${specifier} when the helper starts: import() it when needed`,
    );
  const files = [...closure.files]
    .filter((file) => file.startsWith("src/cache/node/") || file.startsWith("src/server/"))
    .map((file) => `${file} is loaded when the helper starts: the helper never needs the server, find who imports it`);
  return [...packages, ...files];
}
