/** The conventions find what they are there for: each rule is shown a violation, and its nearest innocent neighbour. */

import { describe, expect, test } from "bun:test";
import { posix } from "node:path";
import {
  findCommandNameViolations,
  findDeadLinks,
  findErrorCodeViolations,
  findLeftoverNotes,
  findLengthViolations,
  findNameViolations,
  findUnpinnedVersions,
} from "./file-rules.ts";
import { cacheFloors, findFloorViolations, floors } from "./floors.ts";
import { findHotPathViolations, staticClosure } from "./import-closure.ts";
import { parseFile, type ParsedFile } from "./parsed-file.ts";

function violationsOf(path: string, source: string): readonly string[] {
  return findFloorViolations([parseFile(path, source)]);
}

describe("imports", () => {
  test("every form of an import is read, with its line", () => {
    const source = [
      'import type { A } from "./a.ts";',
      'import { b, type C } from "./b.ts";',
      'export * from "./c.ts";',
      'export type { D } from "./d.ts";',
      'import "./e.ts";',
      'async function f() { return import("./f.ts"); }',
      "const g = (name: string) => import(`./${name}.ts`);",
      "export const h = 1;",
    ].join("\n");
    expect(parseFile("src/core/x.ts", source).imports).toEqual([
      { specifier: "./a.ts", line: 1, isDynamic: false, isTypeOnly: true },
      { specifier: "./b.ts", line: 2, isDynamic: false, isTypeOnly: false },
      { specifier: "./c.ts", line: 3, isDynamic: false, isTypeOnly: false },
      { specifier: "./d.ts", line: 4, isDynamic: false, isTypeOnly: true },
      { specifier: "./e.ts", line: 5, isDynamic: false, isTypeOnly: false },
      { specifier: "./f.ts", line: 6, isDynamic: true, isTypeOnly: false },
      { specifier: undefined, line: 7, isDynamic: true, isTypeOnly: false },
    ]);
  });

  test("a higher floor, and a type of it, and a lazy load of it, are refused", () => {
    for (const source of [
      'import { serve } from "../cache/node/serve.ts";',
      'import type { Entry } from "../cache/protocol/entry.ts";',
      'const load = () => import("../cli/main.ts");',
    ]) {
      expect(violationsOf("src/core/clock.ts", source)).toHaveLength(1);
    }
    expect(violationsOf("src/cli/main.ts", 'import { clock } from "../core/clock.ts";')).toEqual([]);
  });

  test("rooms of one floor do not import each other", () => {
    for (const rooms of floors.filter((floor) => floor.length > 1)) {
      const [one, other] = rooms;
      expect(violationsOf(`src/${one}/a.ts`, `import "../${other}/b.ts";`)[0]).toContain(`must not import ${other}`);
      expect(violationsOf(`src/${one}/a.ts`, 'import "./b.ts";')).toEqual([]);
    }
  });

  test("inside the cache the helper never imports the node, and the protocol nothing", () => {
    expect(violationsOf("src/cache/helper/a.ts", 'import "../node/b.ts";')).toHaveLength(1);
    expect(violationsOf("src/cache/helper/deep/a.ts", 'import "../../node/b.ts";')).toHaveLength(1);
    expect(violationsOf("src/cache/protocol/a.ts", 'import "../settings.ts";')).toHaveLength(1);
    expect(violationsOf("src/cache/local/a.ts", 'import "../settings.ts";')).toEqual([]);
    expect(violationsOf("src/cache/node/disk/a.ts", 'import "../../protocol/b.ts";')).toEqual([]);
  });

  test("no inner room of the cache imports one above it", () => {
    const fileIn = (room: string): string => posix.join("src/cache", room, "a.ts");
    for (const [floor, rooms] of cacheFloors.entries()) {
      for (const higher of cacheFloors.slice(floor + 1).flat()) {
        for (const room of rooms) {
          const specifier = posix.relative(posix.dirname(fileIn(room)), fileIn(higher)).replace(/^(?!\.)/, "./");
          expect(violationsOf(fileIn(room), `import "${specifier}";`)).toHaveLength(1);
        }
      }
    }
  });

  test("an unknown room, a computed import and a file outside the product are refused", () => {
    expect(violationsOf("src/new/a.ts", 'import "../core/b.ts";')[0]).toContain("is no room");
    expect(violationsOf("src/cli/a.ts", "const load = (name: string) => import(name);")[0]).toContain("computed");
    expect(violationsOf("src/cli/a.ts", 'import "../../scripts/check.ts";')[0]).toContain("not part of the product");
    expect(violationsOf("src/cli/a.test.ts", 'import "../../test/with-component.ts";')).toEqual([]);
  });
});

describe("the helper's start", () => {
  const sources: Record<string, string> = {
    "src/cli/commands/cacheprog.ts": 'import "../../cache/helper/run.ts"; import type { X } from "zod";',
    "src/cache/helper/run.ts": 'import "node:fs"; import "../local/a.ts"; const later = () => import("yaml");',
    "src/cache/local/a.ts": 'import "bun:sqlite"; import "../helper/run.ts";',
  };
  const closureOf = (changed: Record<string, string>) =>
    findHotPathViolations(
      staticClosure("src/cli/commands/cacheprog.ts", (path): ParsedFile =>
        parseFile(path, { ...sources, ...changed }[path] ?? ""),
      ),
    );

  test("types, lazy loads and what Bun brings are free", () => {
    expect(closureOf({})).toEqual([]);
  });

  test("a package or the server anywhere in the closure is found", () => {
    expect(closureOf({ "src/cache/local/a.ts": 'import { z } from "zod";' })).toEqual([
      "src/cache/local/a.ts loads the package zod when the helper starts: import() it when needed",
    ]);
    expect(closureOf({ "src/cache/local/a.ts": 'export { x } from "../node/store.ts";' })).toHaveLength(1);
    expect(closureOf({ "src/cache/local/a.ts": 'import { type X } from "zod";' })).toHaveLength(1);
  });
});

describe("single files", () => {
  test("names", () => {
    expect(findNameViolations(["src/core/fooBar.ts", "src/core/string-utils.ts", "src/common/a.ts"])).toHaveLength(3);
    expect(findNameViolations(["src/cache/helper/put-queue.test.ts", "src/core/sha256.ts"])).toEqual([]);
  });

  test("lengths", () => {
    const body = (lines: number): string => `{\n${"  f();\n".repeat(lines - 2)}}\n`;
    const limits = { fileLines: 100, functionLines: 70 };
    const lengthsOf = (source: string) => findLengthViolations([parseFile("src/core/a.ts", source)], limits);
    expect(lengthsOf(`function f() ${body(70)}`)).toEqual([]);
    expect(lengthsOf(`function f() ${body(71)}`)[0]).toContain("src/core/a.ts:1: f has 71 lines");
    expect(lengthsOf(`export const g = () => ${body(71)}`)[0]).toContain("g has 71 lines");
    expect(lengthsOf(`const o = { h() ${body(71)} };`)[0]).toContain("h has 71 lines");
    expect(lengthsOf("f();\n".repeat(101))[0]).toContain("101 lines");
    expect(lengthsOf("f();\n".repeat(100))).toEqual([]);
  });

  test("error codes", () => {
    const codesOf = (...sources: readonly string[]) =>
      findErrorCodeViolations(sources.map((source, index) => parseFile(`src/go/errors-${index}.ts`, source)));
    expect(codesOf('defineErrors({ "go/not-found": {} });')).toEqual([]);
    expect(codesOf('defineErrors({ "cache/not-found": {} });')[0]).toContain("must begin with its room, go/");
    const inner = parseFile(
      "src/cache/node/errors.ts",
      'defineErrors({ "node/closed": {}, "cache/full": {}, "go/a": {} });',
    );
    expect(findErrorCodeViolations([inner])).toHaveLength(1);
    expect(codesOf('defineErrors({ "go/notFound": {} });')[0]).toContain("kebab-case");
    expect(codesOf('defineErrors({ "go/a": {} });', 'defineErrors({ "go/a": {} });')[0]).toContain("already");
  });

  test("notes to oneself, in comments only", () => {
    const notesOf = (source: string) => findLeftoverNotes([parseFile("src/core/a.ts", source)]);
    expect(notesOf("// TODO: later")).toHaveLength(1);
    expect(notesOf("/** a\n * FIXME */")).toHaveLength(1);
    expect(notesOf('const todo = "TODO"; // what to do')).toEqual([]);
  });

  test("commands, versions, links", () => {
    expect(findCommandNameViolations([{ file: "src/cli/commands/stats.ts", path: ["cache", "stats"] }])).toHaveLength(
      1,
    );
    expect(findCommandNameViolations([{ file: "src/cli/commands/cache-stats.ts", path: ["cache", "stats"] }])).toEqual(
      [],
    );
    expect(findUnpinnedVersions({ a: "^1.2.3", b: "latest", c: "1.2" })).toHaveLength(3);
    expect(findUnpinnedVersions({ a: "1.2.3", b: "1.2.3-rc.1" })).toEqual([]);
    const links = "[a](../LICENSE) [b](gone.md#x) [c](#here) [d](https://go.dev/)";
    expect(findDeadLinks("docs/a.md", links, (target) => target === "LICENSE")).toEqual([
      "docs/a.md: the link to gone.md leads nowhere: correct it or write that file",
    ]);
  });
});
