/**
 * What every rule of `ballast check` keeps: a page by the template whose examples do what it says, and fixtures that
 * show when it speaks and when it is silent. One rule: `bun test test/contract/check-rules.test.ts -t go/blocked-send`.
 */

import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { createReport } from "../../src/check/area.ts";
import { checkPipelines, fixturePath } from "../../src/check/ci/area.ts";
import type { CiRule } from "../../src/check/ci/rule.ts";
import { applyEdits, chooseFixes } from "../../src/check/engine/fixes.ts";
import { allRules } from "../../src/check/engine/rule-table.ts";
import type { Finding } from "../../src/check/finding.ts";
import { ruleMetas } from "../../src/check/generated/rules.ts";
import type { GoPlace } from "../../src/check/go/program.ts";
import type { GoRule } from "../../src/check/go/rule.ts";
import { ProgramIndex } from "../../src/check/go/program-index.ts";
import { makeStandardLibrary } from "../../src/check/go/syntax/standard-library.ts";
import { packageFromSource } from "../../src/check/go/syntax/package-from-source.ts";
import { checkImages } from "../../src/check/image/area.ts";
import type { DockerRule } from "../../src/check/image/rule.ts";
import { checkManifests } from "../../src/check/k8s/area.ts";
import type { K8sRule } from "../../src/check/k8s/rule.ts";
import type { RuleMeta } from "../../src/check/rule.ts";
import { memoryTree } from "../../src/check/source-tree.ts";
import {
  type Files,
  type Fixture,
  type RuleFolder,
  compareToWants,
  examplesOf,
  findRuleFolders,
  loadRule,
  readFixtures,
  wantsOf,
} from "./rule-fixtures.ts";

const leastOfEach = 6;
const leastWithSource = 2;

/** Where a file alone lies in the tree that its area expects. */
function pathOf({ area }: RuleFolder, name: string, text: string): string {
  switch (area) {
    case "go":
      return "p.go";
    case "ci":
      return fixturePath(name, text);
    case "docker":
      if (/\.(?:hcl|json)$/.test(name)) return `docker-bake${/\.\w+$/.exec(name)?.[0] ?? ""}`;
      return /\.ya?ml$/.test(name) ? "compose.yaml" : "Dockerfile";
    case "k8s":
      return "manifest.yaml";
  }
}

/** Runs one rule over some files, without an engine around it. */
async function findIn(folder: RuleFolder, files: Files, name = "example"): Promise<readonly Finding[]> {
  switch (folder.area) {
    case "go":
      return findInGo(folder, name, await loadRule<GoRule>(folder), files);
    case "ci":
      return checkPipelines(memoryTree(files), [await loadRule<CiRule>(folder)]);
    case "docker":
      return checkImages(memoryTree(files), [await loadRule<DockerRule>(folder)]);
    case "k8s":
      return checkManifests(memoryTree(files), [await loadRule<K8sRule>(folder)]);
  }
}

/** Each folder of a fixture is a package of one program, after those that it imports. */
function findInGo({ id }: RuleFolder, name: string, rule: GoRule, files: Files): Finding[] {
  const findings: Finding[] = [];
  const goVersion = /^go (\d+\.\d+)/m.exec(files["go.mod"] ?? "")?.[1];
  const sources = Object.entries(files)
    .filter(([path]) => path.endsWith(".go"))
    .map(([path, text]) => [path, /^package /m.test(text) ? text : `package p\n\n${text}`] as const);
  const folders = [...Map.groupBy(sources, ([path]) => dirname(path))];
  const program = new ProgramIndex(makeStandardLibrary());
  for (const [folder, own] of folders.toSorted(([, a], [, b]) => importsOwn(a) - importsOwn(b))) {
    const path = join("example.com/fixtures", id, name, folder);
    const options = { path, program, ...(goVersion === undefined ? {} : { goVersion }) };
    const pkg = packageFromSource(Object.fromEntries(own), options);
    rule.check(
      pkg,
      createReport(rule.meta, (place: GoPlace) => place, findings),
    );
  }
  return findings;
}

function importsOwn(sources: readonly (readonly [string, string])[]): number {
  return sources.reduce((sum, [, text]) => sum + (text.match(/"example\.com\/fixtures\//g)?.length ?? 0), 0);
}

const languageNames: Readonly<Record<string, string>> = {
  groovy: "Jenkinsfile",
  dockerfile: "Dockerfile",
  yaml: "x.yaml",
  hcl: "x.hcl",
  json: "x.json",
  go: "x.go",
};

function fixed(files: Files, findings: readonly Finding[]): Files {
  const edits = chooseFixes(findings, "unsafe").flatMap((fix) => fix.edits);
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [
      path,
      applyEdits(
        text,
        edits.filter((edit) => edit.path === path),
      ),
    ]),
  );
}

const sections = ["What", "Why", "Wrong", "Right", "When to suppress", "Sources"];

/** What a page gets wrong. */
function pageProblems(page: string, { id, title, category, severity, since, depth }: RuleMeta): string[] {
  const found = [...page.matchAll(/^## (.+)$/gm)].map(([, name]) => name);
  const row = (name: string): string | undefined =>
    new RegExp(`^\\| *${name} *\\| *(.*?) *\\|$`, "mi").exec(page)?.[1]?.replaceAll("`", "");
  const rows = { category, severity, since, ...(id.startsWith("go/") ? { depth: depth ?? "syntax" } : {}) };
  return [
    ...(page.startsWith(`# ${id}: ${title}\n`) ? [] : [`the first line must be "# ${id}: ${title}"`]),
    ...Object.entries(rows)
      .filter(([name, value]) => row(name) !== value)
      .map(([name, value]) => `the table must say | ${name} | ${value} |, and says ${row(name)}`),
    ...(["none", "safe", "unsafe"].includes(row("fix") ?? "")
      ? []
      : ["the table must have | fix | none, safe or unsafe |"]),
    ...(Bun.deepEquals(found, sections)
      ? []
      : [`the sections must be ${sections.join(", ")}, and are ${found.join(", ")}`]),
    ...(/## Sources\n[^]*https?:\/\/|## Sources\n[^]*GOROOT/.test(page) ? [] : ["Sources must name a source"]),
  ];
}

const isSource = (source: string | undefined): boolean =>
  source !== undefined && /^(?:https:\/\/[\w.-]+\/\S+|\$?GOROOT\/\S+)$/.test(source);

function countProblems(fixtures: readonly Fixture[]): string[] {
  return [true, false].flatMap((isBad) => {
    const own = fixtures.filter((fixture) => fixture.isBad === isBad);
    const kind = isBad ? "bad" : "good";
    const sourced = own.filter(({ source }) => isSource(source)).length;
    return [
      ...(own.length >= leastOfEach ? [] : [`${own.length} ${kind} fixtures; ${leastOfEach} are needed`]),
      ...(sourced >= leastWithSource ? [] : [`${sourced} ${kind} fixtures name a source; ${leastWithSource} must`]),
    ];
  });
}

async function fixtureProblems(folder: RuleFolder, fixtures: readonly Fixture[]): Promise<string[]> {
  const problems = await Promise.all(
    fixtures.map(async ({ name, isBad, files }) => {
      const wants = wantsOf(files);
      const odd = wants.length > 0 === isBad ? [] : [isBad ? "has no want comment" : "has want comments"];
      return [...odd, ...compareToWants(wants, await findIn(folder, files, name))].map(
        (problem) => `${name}: ${problem}`,
      );
    }),
  );
  return problems.flat();
}

/** A fix leads to the golden, and the golden is silent. */
async function fixProblems(folder: RuleFolder, fixtures: readonly Fixture[], page: string): Promise<string[]> {
  const stated = /^\| *fix *\| *`?(\w+)`? *\|$/im.exec(page)?.[1];
  const seen = new Set<string>();
  const problems: string[] = [];
  for (const { name, files, golden, isBad } of fixtures.filter((fixture) => fixture.isBad)) {
    const findings = await findIn(folder, files);
    for (const { fix } of findings) if (fix !== undefined) seen.add(fix.safety);
    if (golden === undefined || !isBad) continue;
    const after = fixed(files, findings);
    for (const [path, text] of Object.entries(golden)) {
      if (after[path] !== text) problems.push(`${name}: the fix makes of ${path}:\n${after[path]}`);
    }
    const left = (await findIn(folder, { ...files, ...golden })).filter((finding) => finding.fix !== undefined);
    problems.push(...left.map(({ message }) => `${name}: after the fix there is still: ${message}`));
  }
  const hasGolden = fixtures.some(({ golden }) => golden !== undefined);
  if (seen.size > 0 && !hasGolden) problems.push("a fix needs a golden: fixtures/<name of the bad fixture>.golden");
  if (seen.size > 0 ? !seen.has(stated ?? "") : stated !== "none") {
    problems.push(`the page says fix ${stated}; seen are ${[...seen].join(", ") || "none"}`);
  }
  return problems;
}

describe("the guide", () => {
  test("names rules that exist", () => {
    const guide = readFileSync(join(import.meta.dir, "../../docs/guides/check.md"), "utf8");
    const named = [...guide.matchAll(/(?<![\w/.-])((?:go|ci|docker|k8s|check)\/[a-z]+(?:-[a-z]+)+)\b/g)].map(
      ([, id]) => id,
    );
    const known = new Set(allRules().map(({ id }) => id));
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((id) => !known.has(id ?? ""))).toEqual([]);
  });
});

for (const folder of findRuleFolders()) {
  describe(folder.id, () => {
    const docFile = join(folder.folder, "doc.md");
    const page = existsSync(docFile) ? readFileSync(docFile, "utf8") : "";
    const fixtures = readFixtures(folder, (name, text) => pathOf(folder, name, text));

    test("is registered under its folder's name", async () => {
      expect(existsSync(join(folder.folder, "rule.ts"))).toBe(true);
      expect((await loadRule(folder)).meta.id).toBe(folder.id);
      expect(ruleMetas.map(({ id }) => id)).toContain(folder.id);
    });

    test("has a page by the template", async () => {
      expect(pageProblems(page, (await loadRule(folder)).meta)).toEqual([]);
    });

    test("does what its page's examples say", async () => {
      const example = (section: string): Files =>
        examplesOf(page, section, (language, text) => pathOf(folder, languageNames[language] ?? "", text));
      expect(Object.keys(example("Wrong"))).not.toEqual([]);
      expect(Object.keys(example("Right"))).not.toEqual([]);
      expect(await findIn(folder, example("Wrong"))).not.toEqual([]);
      expect((await findIn(folder, example("Right"))).map(({ message }) => message)).toEqual([]);
    });

    test("has fixtures enough, some of them real", () => {
      expect(countProblems(fixtures)).toEqual([]);
    });

    test("finds what its fixtures want, and nothing else", async () => {
      expect(await fixtureProblems(folder, fixtures)).toEqual([]);
    });

    test("fixes as its goldens say", async () => {
      expect(await fixProblems(folder, fixtures, page)).toEqual([]);
    });
  });
}
