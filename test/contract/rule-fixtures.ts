/** The folders of rules as the contract suite reads them: fixtures with `want` comments, goldens, and the page's examples. */

import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import type { Area, RuleMeta } from "../../src/check/rule.ts";

const root = join(import.meta.dir, "../..");
const rulesFolder = join(root, "src/check/rules");

/** Texts by path. */
export type Files = Readonly<Record<string, string>>;

export interface RuleFolder {
  readonly area: Area;
  readonly id: string;
  readonly folder: string;
}

export interface Fixture {
  readonly name: string;
  readonly isBad: boolean;
  readonly files: Files;
  /** What the fixes make of it. */
  readonly golden: Files | undefined;
  /** Where it was taken from: `// From: …` in the first line of one of its files. */
  readonly source: string | undefined;
}

export interface Want {
  readonly path: string;
  readonly line: number;
  readonly pattern: RegExp;
}

/** Every folder below rules/, also of a rule that is still being made. */
export function findRuleFolders(): readonly RuleFolder[] {
  if (!existsSync(rulesFolder)) return [];
  return foldersIn(rulesFolder)
    .flatMap((area) => foldersIn(join(rulesFolder, area)).map((name) => ({ area, name })))
    .map(({ area, name }) => ({ area: area as Area, id: `${area}/${name}`, folder: join(rulesFolder, area, name) }));
}

function foldersIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}

/** The rule that a folder exports. */
export async function loadRule<Rule extends { readonly meta: RuleMeta }>({ folder }: RuleFolder): Promise<Rule> {
  return ((await import(join(folder, "rule.ts"))) as { rule: Rule }).rule;
}

/** `bad-…` and `good-…` below fixtures/, files or folders. `pathOf` says where a file alone lies in its tree. */
export function readFixtures(
  { folder }: RuleFolder,
  pathOf: (name: string, text: string) => string,
): readonly Fixture[] {
  const fixtures = join(folder, "fixtures");
  const names = existsSync(fixtures) ? readdirSync(fixtures).toSorted() : [];
  return names
    .filter((name) => /^(?:bad|good)-/.test(name) && !name.endsWith(".golden"))
    .map((name) => {
      const files = readFiles(join(fixtures, name), (text) => pathOf(name, text));
      const [path = ""] = Object.keys(files);
      const goldenPath = join(fixtures, `${name}.golden`);
      const golden = existsSync(goldenPath) ? readFiles(goldenPath, () => path) : undefined;
      return { name, isBad: name.startsWith("bad-"), files, golden, source: sourceOf(files) };
    });
}

function readFiles(path: string, pathOf: (text: string) => string): Files {
  if (!statSync(path).isDirectory()) {
    const text = readFileSync(path, "utf8");
    return { [pathOf(text)]: text };
  }
  const found = [...new Bun.Glob("**/*").scanSync({ cwd: path, dot: true })].toSorted();
  return Object.fromEntries(found.map((file) => [file, readFileSync(join(path, file), "utf8")]));
}

function sourceOf(files: Files): string | undefined {
  for (const text of Object.values(files)) {
    const source = /^(?:\/\/|#) From: (\S+)/.exec(text)?.[1];
    if (source !== undefined) return source;
  }
  return undefined;
}

const wantForm = /(?:\/\/|#)\s*want((?:\s+(?:"(?:\\.|[^"\\])*"|`[^`]*`))+)\s*$/;

/** What the `want` comments ask for. One that is alone on its line is about the next line that is no comment. */
export function wantsOf(files: Files): readonly Want[] {
  return Object.entries(files).flatMap(([path, text]) => {
    const lines = text.split(/\r?\n/);
    return lines.flatMap((line, index) => {
      const found = wantForm.exec(line);
      if (found === null) return [];
      const isAlone = line.slice(0, found.index).trim() === "";
      const target = isAlone ? nextCodeLine(lines, index + 1) : index;
      const patterns = [...(found[1] ?? "").matchAll(/"(?:\\.|[^"\\])*"|`[^`]*`/g)];
      return patterns.map(([quoted]) => ({ path, line: target + 1, pattern: new RegExp(unquote(quoted)) }));
    });
  });
}

function nextCodeLine(lines: readonly string[], from: number): number {
  const found = lines.findIndex((line, index) => index >= from && !/^\s*(?:#|\/\/|$)/.test(line));
  return found < 0 ? lines.length - 1 : found;
}

function unquote(quoted: string): string {
  return quoted.startsWith("`") ? quoted.slice(1, -1) : String(JSON.parse(quoted));
}

/** What the findings of a fixture get wrong, in sentences. */
export function compareToWants(
  wants: readonly Want[],
  findings: readonly { readonly path: string; readonly line: number; readonly message: string }[],
): string[] {
  const isMet = (want: Want, finding: (typeof findings)[number]): boolean =>
    want.path === finding.path && want.line === finding.line && want.pattern.test(finding.message);
  return [
    ...wants
      .filter((want) => !findings.some((finding) => isMet(want, finding)))
      .map(({ path, line, pattern }) => `${path}:${line}: nothing is found that matches ${pattern}`),
    ...findings
      .filter((finding) => !wants.some((want) => isMet(want, finding)))
      .map(({ path, line, message }) => `${path}:${line}: found and not wanted: ${message}`),
  ];
}

/** The code of a page's section, by path. A block may name its file in a first comment: `# .github/workflows/ci.yml`. */
export function examplesOf(page: string, section: string, pathOf: (language: string, text: string) => string): Files {
  const body = new RegExp(`^## ${section}\\n([^]*?)(?=^## |$(?![^]))`, "m").exec(page)?.[1] ?? "";
  const blocks = [...body.matchAll(/^```(\w*)[^\n]*\n([^]*?)^```$/gm)];
  return Object.fromEntries(
    blocks.map(([, language = "", text = ""]) => {
      const named = /^(?:#|\/\/) ((?:[\w.-]+\/)*(?:[\w-]*\.[\w.-]+|Dockerfile|Jenkinsfile))\n/.exec(text)?.[1];
      return [named ?? pathOf(language, text), text];
    }),
  );
}
