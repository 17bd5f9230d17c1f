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
  "not-commutative": {
    what: "whoever is heard first wins",
    file: "src/cache/state/merge.ts",
    from: "bestOf([...a.candidates, ...b.candidates])",
    to: "(a.candidates.length > 0 ? a.candidates : b.candidates)",
  },
  "not-associative": {
    what: "the set is cut before it is put in order",
    file: "src/cache/state/merge.ts",
    from: "const sorted = candidates.toSorted(compareCandidates);",
    to: "const sorted = candidates.slice(0, 2).toSorted(compareCandidates);",
  },
  "not-idempotent": {
    what: "a message that comes twice counts twice",
    file: "src/cache/state/merge.ts",
    from: "return [...(other === undefined ? [] : [other]), ...compiled.values()];",
    to: "return [...(other === undefined ? [] : [other]), ...compiled.values()].map((one) => candidates.filter(({ output }) => output === one.output).length > 1 ? { ...one, version: one.version + 1 } : one);",
  },
  "not-monotone": {
    what: "an older state comes back over a removal",
    file: "src/cache/state/merge.ts",
    from: "return order > 0 ? a : b;",
    to: "return order > 0 ? b : a;",
  },
  "blind-overwrite": {
    what: "after a conflict the bus is overwritten without a merge",
    file: "src/cache/fleet/publisher.ts",
    from: "replica.apply([held], []);",
    to: "",
  },
  "own-messages-dropped": {
    what: "what this incarnation has a part in is taken as known",
    file: "src/cache/node/open-replica.ts",
    from: "const before = readSlot(state, slot);",
    to: "const before = readSlot(state, slot); if (told.candidates.some(({ source }) => source === state.sourceName)) return 0;",
  },
  "blob-after-entry": {
    what: "an entry is told before its body is stored",
    file: "src/cache/fleet/publisher.ts",
    from: "if (waiting === undefined || sharing === undefined) return state;",
    to: "return state;",
  },
  "late-arrivals": {
    what: "a purge counts only for what is here when it comes",
    file: "src/cache/node/open-replica.ts",
    from: "const taken = withoutPurged(state, key, merged);",
    to: "const taken = withoutPurged(state, key, { ...merged, candidates: [] });",
  },
  "clock-not-raised": {
    what: "a new incarnation writes with a clock that is behind",
    file: "src/cache/node/restamping.ts",
    from: "sources.add(state.sourceName);",
    to: "",
  },
  "bodies-unchecked": {
    what: "what the shared store sends is believed",
    file: "src/cache/node/encoded-body.ts",
    from: "if (!isHashOf(output, raw)) throw",
    to: "if (output.length === 0) throw",
  },
  "change-lost-while-published": {
    what: "a slot that changes while it is published is taken as published",
    file: "src/cache/node/index/slot-rows.ts",
    from: "`INSERT OR REPLACE INTO ${columns}`",
    to: "`INSERT OR IGNORE INTO ${columns}`",
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
