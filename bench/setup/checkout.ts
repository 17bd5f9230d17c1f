/**
 * The checkout that all builds see, always at one path, since that is in Go's keys.
 *
 * A fresh one is copied again and gets file times that no checkout had before: Go's index of the main module is keyed
 * by them, so a checkout that is used twice would give hits that no CI runner gets. All times are hours old, because
 * Go does not index files younger than two seconds.
 */

import { appendFileSync, lutimesSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { retire } from "./work-folder.ts";
import { copyFolder } from "./module-source.ts";
import type { GoPackage } from "./package-list.ts";

/** A change of a package's source that changes its export data, so that whoever imports it is built again. */
export interface SourceChange {
  readonly package: GoPackage;
  /** Part of a Go name that nobody used before. */
  readonly token: string;
}

export interface Checkout {
  readonly path: string;
  /** As on a new runner: copied, all files with new times, and `change` applied. */
  refresh(change?: SourceChange): Promise<void>;
  /** As on a machine that built before: copied with the times of last time; a changed file has a new one. */
  restore(change?: SourceChange): Promise<void>;
}

const hourS = 3600;

export function createCheckout(pristine: string, path: string): Checkout {
  const warmS = Math.floor(Date.now() / 1000) - 24 * hourS;
  let nextS = warmS + hourS;

  async function copy(timeS: number): Promise<void> {
    retire(path);
    await copyFolder(pristine, path);
    for (const name of new Bun.Glob("**/*").scanSync({ cwd: path, dot: true, onlyFiles: false })) {
      lutimesSync(join(path, name), timeS, timeS);
    }
    lutimesSync(path, timeS, timeS);
  }

  return {
    path,
    async refresh(change) {
      await copy(nextS++);
      if (change !== undefined) applyChange(path, change, nextS - 1);
    },
    async restore(change) {
      await copy(warmS);
      if (change !== undefined) applyChange(path, change, nextS++);
    },
  };
}

/** Adds an exported constant and a function. Throws when the package has no file that can take them. */
export function applyChange(checkout: string, change: SourceChange, timeS: number): void {
  const file = join(checkout, change.package.folder, change.package.goFiles[0] as string);
  appendFileSync(file, changeText(change.token));
  lutimesSync(file, timeS, timeS);
  if (!readFileSync(file, "utf8").includes(change.token)) throw new Error(`${relative(checkout, file)} is unchanged`);
}

function changeText(token: string): string {
  return `
// BallastBench${token} is a change that a benchmark made.
const BallastBench${token} = "${token}"

// BallastBenchName${token} tells the change's name.
func BallastBenchName${token}() string { return BallastBench${token} }
`;
}
