/**
 * `npm run generate`: writes the files that are made from what the rooms declare (the command index, the table of
 * errors, the registry of rules, the reference pages, the schema) and from examples/ (the demo's input). With `--check` it writes nothing,
 * names what is stale, and exits 1.
 */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { readDeclarations } from "./generate/declarations.ts";
import { generateExample } from "./generate/example-source.ts";
import { generatePages } from "./generate/reference-pages.ts";
import { generateRulePages } from "./generate/rule-pages.ts";
import { generateRuleRegistry, readRuleFolders } from "./generate/rule-registry.ts";
import { generateSources } from "./generate/source-files.ts";

const root = join(import.meta.dir, "..");

/** The generated files with their text as it should be, formatted. */
async function generateAll(): Promise<Map<string, string>> {
  const declarations = await readDeclarations(root);
  const files = new Map<string, string>();
  const rules = await readRuleFolders(root);
  const made = [
    ...generateSources(declarations),
    ...generatePages(declarations),
    ...generateExample(root),
    ...generateRuleRegistry(root, rules),
    ...generateRulePages(rules),
  ];
  for (const [path, text] of made) {
    files.set(path, path.endsWith(".md") ? text : await format(path, text));
  }
  return files;
}

/** The formatter's own opinion, so that a generated file is never at odds with `oxfmt --check`. */
async function format(path: string, text: string): Promise<string> {
  const child = Bun.spawn([join(root, "node_modules/.bin/oxfmt"), `--stdin-filepath=${path}`], {
    cwd: root,
    stdin: new TextEncoder().encode(text),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [formatted, said, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (status !== 0) throw new Error(`oxfmt refused ${path}: ${said}`);
  return formatted;
}

function currentText(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch {
    // Not there yet: stale in the same way as one with other text.
    return undefined;
  }
}

async function main(): Promise<number> {
  const isCheck = process.argv.includes("--check");
  const files = await generateAll();
  const stale = [...files].filter(([path, text]) => currentText(path) !== text);
  for (const [path, text] of stale) {
    if (!isCheck) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    console.log(`${isCheck ? "stale" : "wrote"} ${path}`);
  }
  if (isCheck && stale.length > 0) console.log("Run `npm run generate` and commit these files.");
  if (stale.length === 0) console.log(`${files.size} generated files are up to date.`);
  return isCheck && stale.length > 0 ? 1 : 0;
}

process.exit(await main());
