/** Code that writes code: what a package prints into files that say "Code generated … DO NOT EDIT." */

import { Kind } from "../kinds.ts";
import type { GoPackage } from "../program.ts";
import type { NodeId } from "../tree.ts";

/** The string literals of the package that say "Code generated". */
export function generatedHeaders(pkg: GoPackage): readonly NodeId[] {
  return pkg.memo("idiom.generatedHeaders", () =>
    pkg.tree
      .all(Kind.BasicLit)
      .filter((literal) => pkg.tree.op(literal) === "STRING" && /code generated\b[^\n]*/iu.test(pkg.tree.name(literal)))
      .filter((literal) => !pkg.fileOf(literal).isTest),
  );
}

/** Whether the package writes generated code: one of its literals is such a header. */
export function isGenerator(pkg: GoPackage): boolean {
  return generatedHeaders(pkg).some(
    (literal) => /do not edit/iu.test(pkg.tree.name(literal)) || /code generated\./iu.test(pkg.tree.name(literal)),
  );
}
