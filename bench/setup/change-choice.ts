/** Which packages a bench changes: one that only main imports, and one that a good part of the module imports. */

import type { GoPackage } from "./package-list.ts";

export interface ChosenPackage {
  readonly package: GoPackage;
  /** How many of the module's packages in this build depend on it, directly or through others. */
  readonly importers: number;
  /** That, over the module's other packages in this build. */
  readonly share: number;
}

export interface ChosenPackages {
  /** Only main imports it; of several, the one with the most files, then the first by name. */
  readonly leaf: ChosenPackage;
  /** The one whose share is nearest to 0.3. */
  readonly shared: ChosenPackage;
  /** Whether `shared` is within 0.25 to 0.35; a small module may have none that is. */
  readonly isInRange: boolean;
}

export const wantedShare = { from: 0.25, to: 0.35 } as const;
const bestShare = 0.3;

/** Throws when the program imports no package of its own module. */
export function choosePackages(packages: readonly GoPackage[]): ChosenPackages {
  const own = packages.filter(({ isOfModule }) => isOfModule);
  const importers = importersOf(own);
  const candidates = own
    .filter((one) => !one.isMain && !one.usesCgo && one.goFiles.length > 0)
    .map((one) => {
      const count = importers.get(one.importPath)?.size ?? 0;
      return { package: one, importers: count, share: count / Math.max(1, own.length - 1) };
    })
    .toSorted((one, other) => (one.package.importPath < other.package.importPath ? -1 : 1));
  // Main itself depends on every package of its build.
  const leaves = candidates.filter((one) => one.importers === 1);
  const leaf = leaves.toSorted((one, other) => other.package.goFiles.length - one.package.goFiles.length)[0];
  const shared = candidates
    .filter((one) => one.importers > 1)
    .toSorted((one, other) => Math.abs(one.share - bestShare) - Math.abs(other.share - bestShare))[0];
  if (leaf === undefined || shared === undefined) {
    throw new Error("the program imports too few packages of its own module to change one");
  }
  return { leaf, shared, isInRange: shared.share >= wantedShare.from && shared.share <= wantedShare.to };
}

/** For each package, those of `packages` that import it, directly or through others of them. */
function importersOf(packages: readonly GoPackage[]): ReadonlyMap<string, ReadonlySet<string>> {
  const direct = new Map<string, string[]>(packages.map(({ importPath }) => [importPath, []]));
  for (const { importPath, imports } of packages) {
    for (const imported of imports) direct.get(imported)?.push(importPath);
  }
  return new Map(packages.map(({ importPath }) => [importPath, reach(direct, importPath)]));
}

function reach(direct: ReadonlyMap<string, readonly string[]>, start: string): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [...(direct.get(start) ?? [])];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    waiting.push(...(direct.get(next) ?? []));
  }
  return found;
}
