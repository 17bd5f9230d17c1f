/** A package from source text alone, at syntax depth: for tests, documentation examples and fixtures. */

import type { GoPackage } from "../program.ts";
import { ProgramIndex } from "../program-index.ts";
import { makeStandardLibrary } from "./standard-library.ts";
import { makeSyntaxWorkshop, parsePackage } from "./parse-package.ts";

export interface SourceOptions {
  /** Import path; `example.com/p` when absent. */
  readonly path?: string;
  /** Language version; `1.26` when absent. */
  readonly goVersion?: string;
  /** Of the program that the package joins, after the packages it imports; a new one when absent. */
  readonly program?: ProgramIndex;
}

/** The package that these files make, by their names; a string alone is `p.go`. Nothing is reported, `partial` is in the package. */
export function packageFromSource(
  sources: string | Readonly<Record<string, string>>,
  options: SourceOptions = {},
): GoPackage {
  const named = typeof sources === "string" ? { "p.go": sources } : sources;
  const files = Object.entries(named).map(([path, text]) => ({ path, text }));
  const { path = "example.com/p", goVersion = "1.26", program = new ProgramIndex(makeStandardLibrary()) } = options;
  program.packagePaths.add(path);
  return parsePackage({ path, files, goVersion, isOwn: true }, program, makeSyntaxWorkshop()).pkg;
}
