/** Bugs that the simulation must find: the program's own text, changed in one place while it is loaded. */

import { readFileSync } from "node:fs";
import { resolve } from "node:path";

interface PlantedBug {
  /** What is wrong then, in a few words. */
  readonly what: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const root = resolve(import.meta.dir, "../../..");

export const plantedBugs: Readonly<Record<string, PlantedBug>> = {
  commutative: {
    what: "whoever is heard first wins",
    file: "src/cache/state/merge.ts",
    from: "bestOf([...a.candidates, ...b.candidates])",
    to: "(a.candidates.length > 0 ? a.candidates : b.candidates)",
  },
};

/** Throws when the program has no such place any more. */
export function plant(name: string): void {
  const bug = plantedBugs[name];
  if (bug === undefined) throw new Error(`there is no planted bug ${name}`);
  const path = resolve(root, bug.file);
  const text = readFileSync(path, "utf8");
  if (text.split(bug.from).length !== 2) throw new Error(`${bug.file} does not have ${bug.from} once`);
  Bun.plugin({
    name: "planted bug",
    setup(build) {
      build.onLoad({ filter: new RegExp(`${bug.file.replaceAll(".", "\\.")}$`) }, () => ({
        contents: text.replace(bug.from, bug.to),
        loader: "ts",
      }));
    },
  });
}
