/**
 * The fixtures of all Go rules once more, as packages of one module that the engine checks: at syntax depth, and with types
 * from the Go on PATH. One rule: `bun test test/contract/check-rules-go.test.ts -t go/blocked-send`.
 */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { checkTree } from "../../src/check/engine/check-tree.ts";
import type { TreeRequest, TreeResult } from "../../src/check/engine/check-tree.ts";
import { findScope } from "../../src/check/engine/checked-scope.ts";
import { discover } from "../../src/check/engine/discovery.ts";
import { noCache } from "../../src/check/engine/result-cache.ts";
import type { GoRule } from "../../src/check/go/rule.ts";
import {
  type Files,
  type Fixture,
  type RuleFolder,
  compareToWants,
  findRuleFolders,
  loadRule,
  readFixtures,
  wantsOf,
} from "./rule-fixtures.ts";

const folders = findRuleFolders().filter(({ area }) => area === "go");
const signal = new AbortController().signal;
const minuteMs = 60_000;

let module: string;
beforeAll(() => {
  module = mkdtempSync(join(tmpdir(), "ballast-rules-"));
  put("go.mod", "module example.com/fixtures\n\ngo 1.26\n");
  for (const folder of folders) {
    for (const fixture of fixturesOf(folder)) {
      for (const [path, text] of Object.entries(filesOf(folder, fixture))) put(path, text);
    }
  }
});
afterAll(() => rmSync(module, { recursive: true, force: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(join(module, path)), { recursive: true });
  writeFileSync(join(module, path), text);
}

function fixturesOf(folder: RuleFolder): readonly Fixture[] {
  return readFixtures(folder, (name) => name);
}

/** Each fixture is a package of its own; one with a go.mod a module of its own. */
function filesOf({ id }: RuleFolder, { name, files }: Fixture): Files {
  const base = `${id}/${name.replace(/(?:_test)?\.go$/, "")}`;
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`${base}/${path}`, text]));
}

async function checkAll(depth: TreeRequest["depth"]): Promise<TreeResult> {
  const { env } = process;
  const scope = findScope(module, []);
  const discovery = await discover({ scope, exclude: [], env, signal, useGit: false });
  const rules = new Set(folders.map(({ id }) => id));
  const builds = [{ tags: [] }];
  // Fixtures about C are packages that only cgo builds.
  const how = { only: ["go"], depth, cgo: true, cache: noCache, toolIdentity: "test" } as const;
  return checkTree({ root: scope.root, discovery, rules, builds, env, signal, ...how });
}

const depths: readonly TreeRequest["depth"][] = ["syntax", "types"];

for (const depth of depths) {
  describe(`at depth ${depth}`, () => {
    let result: TreeResult;
    beforeAll(async () => {
      result = await checkAll(depth);
    }, 5 * minuteMs);

    test("the engine reaches it, and no rule fails", () => {
      expect(result.bugs).toEqual([]);
      expect(result.ran.get("go")).toBe(depth);
      // What cgo would make of a C type is known to nobody who does not run it.
      const usesC = (path: string): boolean => /^import "C"$/m.test(readFileSync(join(module, path), "utf8"));
      expect(result.partial.filter(({ path }) => !path.endsWith(".go") || !usesC(path))).toEqual([]);
    });

    for (const folder of folders) {
      test(`${folder.id} finds what its fixtures want, and nothing else`, async () => {
        const { meta } = await loadRule<GoRule>(folder);
        if (meta.depth === "types" && depth !== "types") return;
        const problems = fixturesOf(folder).flatMap((fixture) => {
          const files = filesOf(folder, fixture);
          const found = result.findings.filter(({ path, rule }) => rule === folder.id && Object.hasOwn(files, path));
          return compareToWants(wantsOf(files), found);
        });
        expect(problems).toEqual([]);
      });
    }
  });
}
