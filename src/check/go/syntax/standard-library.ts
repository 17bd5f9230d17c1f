/** The standard library as declarations without bodies, read package by package when a program names one. */

import type { ProgramIndex } from "../program-index.ts";
import text from "./generated/standard-library.txt" with { type: "text" };
import { makeSyntaxWorkshop, parsePackage, type SyntaxWorkshop } from "./parse-package.ts";

/** Reads a package into the index if it is one of the standard library. */
export type StandardLibrary = (path: string, index: ProgramIndex) => void;

export function makeStandardLibrary(): StandardLibrary {
  let parts: Map<string, string> | undefined;
  let workshop: SyntaxWorkshop | undefined;
  return (path, index) => {
    parts ??= splitParts(text);
    const source = parts.get(path);
    if (source === undefined) return;
    // Once: what is being read must not be read again by what it imports.
    parts.delete(path);
    workshop ??= makeSyntaxWorkshop();
    const files = [{ path: `${path}/standard.go`, text: source }];
    parsePackage({ path, files, goVersion: "1.26", isOwn: false }, index, workshop);
  };
}

/** A part begins with a line `-- path`. */
function splitParts(all: string): Map<string, string> {
  const parts = new Map<string, string>();
  for (const part of all.split(/^-- /m).slice(1)) {
    const end = part.indexOf("\n");
    parts.set(part.slice(0, end), part.slice(end + 1));
  }
  return parts;
}
