/** The generated TypeScript: literal imports only, because a computed one finds nothing in the executable. */

import { posix } from "node:path";

import { settingPath } from "../../src/core/setting-spec.ts";
import type { CommandFile, Declarations } from "./declarations.ts";

const folder = "src/cli/generated";
const note = "// Written by `npm run generate`; do not edit.\n\n";

/** Text by path, not yet formatted. */
export function generateSources(declarations: Declarations): Map<string, string> {
  return new Map([
    [`${folder}/commands.ts`, note + commandIndexSource(declarations.commands)],
    [`${folder}/errors.ts`, note + errorTableSource(declarations)],
    [`${folder}/setting-paths.ts`, note + settingPathsSource(declarations)],
    [`${folder}/setting-tables.ts`, note + settingTablesSource(declarations)],
  ]);
}

function importPath(file: string): string {
  return JSON.stringify(posix.relative(folder, file));
}

function commandIndexSource(commands: readonly CommandFile[]): string {
  const rows = commands.map(({ file, command }) => {
    const { path, summary, positionals, passThrough, flags } = command;
    const data = JSON.stringify({ path, summary, positionals, passThrough, flags });
    return `{ ...${data} as const, load: () => import(${importPath(file)}) },`
      .replace("{ ...{", "{")
      .replace("} as const,", ",");
  });
  return `import type { CommandEntry } from "../command-index.ts";

/** All commands, in the order of their names; none of them is loaded before it is needed. */
export const commandIndex: readonly CommandEntry[] = [\n${rows.join("\n")}\n];\n`;
}

function errorTableSource({ errors }: Declarations): string {
  const imports = errors.map(({ file, name }) => `import { ${name} } from ${importPath(file)};`);
  const rows = errors.map(({ name }) => `...${name}.table,`);
  return `${imports.join("\n")}

/** The codes of all rooms. */
export const errorTable = { ${rows.join(" ")} } as const;\n`;
}

function settingPathsSource({ settings }: Declarations): string {
  const paths = settings.flatMap(({ rows }) => rows.map(([key, spec]) => settingPath(key, spec) ?? []).flat());
  return `/** Every place in ballast.yaml that belongs to some room; \`otherPaths\` of \`resolveSettings\`. */
export const settingPaths: readonly string[] = ${JSON.stringify(paths.toSorted())};\n`;
}

function settingTablesSource({ settings }: Declarations): string {
  const imports = settings.map(({ file, name }) => `import { ${name} } from ${importPath(file)};`);
  const names = settings.map(({ name }) => name).join(", ");
  return `import type { SettingSpecs } from "../../core/settings.ts";
${imports.join("\n")}

/** What each room declares; for those who judge all settings at once. */
export const settingTables: readonly SettingSpecs[] = [${names}];\n`;
}
