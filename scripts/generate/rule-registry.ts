/** The registry of rules: one folder below src/check/rules is one rule, found by this and by nothing else. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { areas } from "../../src/check/rule.ts";
import type { Area, RuleMeta } from "../../src/check/rule.ts";

const folder = "src/check/generated";
const rulesFolder = "src/check/rules";
const note = "// Written by `npm run generate`; do not edit.\n\n";

/** Where each area declares the shape of its rules, and what it calls it. */
const ruleTypes: Readonly<Record<Area, { readonly file: string; readonly type: string }>> = {
  go: { file: "go/rule.ts", type: "GoRule" },
  ci: { file: "ci/rule.ts", type: "CiRule" },
  docker: { file: "image/rule.ts", type: "DockerRule" },
  k8s: { file: "k8s/rule.ts", type: "K8sRule" },
};

export interface RuleFolder {
  readonly area: Area;
  /** `area/what-is-wrong` */
  readonly id: string;
  readonly meta: RuleMeta;
  readonly doc: string;
}

/**
 * Imports every rule below `root`. Throws with the file's name when one is not as it should be. A folder that still lacks
 * its page is passed over: it is being made, and the contract suite of the rules says so.
 */
export async function readRuleFolders(root: string): Promise<RuleFolder[]> {
  const found = [...new Bun.Glob(`${rulesFolder}/*/*/rule.ts`).scanSync({ cwd: root })].toSorted();
  const files = found.filter((file) => existsSync(join(root, file, "../doc.md")));
  return Promise.all(files.map((file) => readRuleFolder(root, file)));
}

async function readRuleFolder(root: string, file: string): Promise<RuleFolder> {
  const [areaName = "", name = ""] = file.slice(rulesFolder.length + 1).split("/");
  const area = areas.find((one) => one === areaName);
  if (area === undefined) throw new Error(`${file}: ${areaName} is no area; there are ${areas.join(", ")}`);
  const { rule } = (await import(join(root, file))) as { rule?: { meta?: RuleMeta } };
  const id = `${areaName}/${name}`;
  if (rule?.meta?.id !== id) throw new Error(`${file} must export \`rule\` with the id ${id}`);
  return { area, id, meta: rule.meta, doc: readFileSync(join(root, rulesFolder, id, "doc.md"), "utf8") };
}

/** Text by path, not yet formatted. */
export function generateRuleRegistry(root: string, rules: readonly RuleFolder[]): Map<string, string> {
  return new Map([
    [`${folder}/rules.ts`, note + registrySource(rules)],
    ...areas.map((area): [string, string] => [`${folder}/${area}-rules.ts`, note + areaSource(root, area, rules)]),
    [`${folder}/rule-docs.ts`, note + docsSource(rules)],
  ]);
}

function registrySource(rules: readonly RuleFolder[]): string {
  const metas = rules.map(({ meta }) => `${JSON.stringify(meta)},`);
  const loaders = areas.map((area) => `${area}: async () => (await import("./${area}-rules.ts")).${area}Rules,`);
  return `import type { RuleMeta } from "../rule.ts";

/** What is known of every rule without loading it, in the order of the ids. */
export const ruleMetas: readonly RuleMeta[] = [\n${metas.join("\n")}\n];

/** The rules themselves, area by area; none of them is loaded before it is needed. */
export const loadRules = {\n${loaders.join("\n")}\n};\n`;
}

function areaSource(root: string, area: Area, rules: readonly RuleFolder[]): string {
  const own = rules.filter((rule) => rule.area === area);
  const { file, type } = ruleTypes[area];
  const isTyped = existsSync(join(root, "src/check", file));
  const typeImport = isTyped ? `import type { ${type} } from "../${file}";\n` : "";
  const imports = own.map(({ id }) => `import { rule as ${variableOf(id)} } from "../rules/${id}/rule.ts";`);
  const names = own.map(({ id }) => variableOf(id)).join(", ");
  return `${typeImport}${imports.join("\n")}

/** The rules of the area \`${area}\`, in the order of their ids. */
export const ${area}Rules: readonly ${isTyped ? type : "never"}[] = [${names}];\n`;
}

/** `go/write-under-read-lock` as `goWriteUnderReadLock`. */
function variableOf(id: string): string {
  return id.replace(/[/-](\w)/g, (_, letter: string) => letter.toUpperCase());
}

function docsSource(rules: readonly RuleFolder[]): string {
  const rows = rules.map(({ id, doc }) => `${JSON.stringify(id)}: ${JSON.stringify(doc)},`);
  return `/** Each rule's page, as its doc.md has it. */
export const ruleDocs: Readonly<Record<string, string>> = {\n${rows.join("\n")}\n};\n`;
}
