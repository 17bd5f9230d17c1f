/** All packages of a tree at syntax depth, one after another: only one package's tree is in memory at a time. */

import type { Partial } from "../../finding.ts";
import type { SourceTree } from "../../source-tree.ts";
import type { GoPackage } from "../program.ts";
import { ProgramIndex } from "../program-index.ts";
import { makeSyntaxWorkshop, parsePackage } from "../syntax/parse-package.ts";
import { makeStandardLibrary } from "../syntax/standard-library.ts";
import type { BuildContext } from "./build-constraint.ts";
import { readLayout } from "./module-layout.ts";
import { planPackages } from "./package-plan.ts";

export interface LoadedPackages {
  /** In dependency order. A package may be used until the next one is asked for. */
  readonly packages: Iterable<GoPackage>;
  /** Of the files as a whole; what a package could not read is in the package. */
  readonly partial: readonly Partial[];
}

/** Plans the packages of a tree; each is parsed when the iteration comes to it. */
export function loadSyntax(tree: SourceTree, context: BuildContext): LoadedPackages {
  const plan = planPackages(tree, readLayout(tree), context);
  const index = new ProgramIndex(makeStandardLibrary());
  for (const { path } of plan.packages) index.packagePaths.add(path);
  function* packages(): Generator<GoPackage> {
    const workshop = makeSyntaxWorkshop();
    for (const { path, goVersion, files } of plan.packages) {
      const sources = files.map((file) => ({ path: file, text: tree.read(file) ?? "" }));
      const { pkg, release } = parsePackage({ path, files: sources, goVersion, isOwn: true }, index, workshop);
      yield pkg;
      release();
    }
  }
  return { packages: packages(), partial: plan.partial };
}
