/**
 * Exits 0 when node_modules holds what package-lock.json asks for, else 1. `run` asks for what the executable is built
 * from, `all` for the development tools too. Called by the launcher before it builds; a comparison of versions, so that
 * an installation made by hand counts, and switching to a branch with the same lock file costs nothing.
 */

import { readFileSync } from "node:fs";

interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
}

type LockedPackages = Readonly<Record<string, LockedPackage>>;

function readPackages(path: string): LockedPackages {
  return (JSON.parse(readFileSync(path, "utf8")) as { packages: LockedPackages }).packages;
}

/** The folders whose package is missing or of another version. Optional ones are for other platforms. */
function findMissing(wanted: LockedPackages, installed: LockedPackages, withDevelopment: boolean): string[] {
  return Object.entries(wanted)
    .filter(([folder, locked]) => folder !== "" && locked.optional !== true && locked.devOptional !== true)
    .filter(([, locked]) => withDevelopment || locked.dev !== true)
    .filter(([folder, locked]) => installed[folder]?.version !== locked.version)
    .map(([folder]) => folder);
}

function main(kind: string | undefined): number {
  try {
    const missing = findMissing(
      readPackages("package-lock.json"),
      readPackages("node_modules/.package-lock.json"),
      kind === "all",
    );
    return missing.length === 0 ? 0 : 1;
  } catch {
    // No node_modules, or one that npm did not finish: both mean that packages have to be installed.
    return 1;
  }
}

process.exit(main(process.argv[2]));
