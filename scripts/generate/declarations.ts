/** What the rooms declare: their codes, settings and metrics, and the commands; read by importing their files. */

import { Glob } from "bun";
import { join } from "node:path";

import type { Command } from "../../src/cli/command.ts";
import type { ErrorSpec } from "../../src/core/errors.ts";
import type { MetricSpec } from "../../src/core/metrics.ts";
import type { SettingSpec } from "../../src/core/setting-spec.ts";

/** One exported declaration: a file, the name it exports, and the rows in it. */
export interface Declaration<Row> {
  /** Relative to the root, with slashes. */
  readonly file: string;
  readonly name: string;
  readonly rows: readonly (readonly [key: string, row: Row])[];
}

export interface CommandFile {
  readonly file: string;
  readonly command: Command;
}

export interface Declarations {
  readonly errors: readonly Declaration<ErrorSpec>[];
  readonly settings: readonly Declaration<SettingSpec>[];
  readonly metrics: readonly Declaration<MetricSpec>[];
  readonly commands: readonly CommandFile[];
}

/** Imports all files of the conventions' names below `root` and checks that no two declare the same thing. */
export async function readDeclarations(root: string): Promise<Declarations> {
  const errors = await readKind<ErrorSpec>(root, "errors", "Errors", rowsOfErrors);
  const settings = await readKind<SettingSpec>(root, "settings", "Settings", rowsWith("doc"));
  const metrics = await readKind<MetricSpec>(root, "metrics", "Metrics", rowsWith("help"));
  refuseTwice("error code", errors, (code) => code);
  refuseTwice("metric", metrics, (_key, spec) => spec.name);
  refuseTwice("place in ballast.yaml", settings, (key, spec) => (spec.path === false ? undefined : (spec.path ?? key)));
  for (const { file, rows } of metrics) for (const [, spec] of rows) refuseMetric(file, spec);
  return { errors, settings, metrics, commands: await readCommands(root) };
}

type ReadRows<Row> = (value: object) => [string, Row][] | undefined;

/** `errors.ts` and `…-errors.ts` hold exports named `…Errors`; likewise for the other kinds. */
async function readKind<Row>(
  root: string,
  kind: string,
  suffix: string,
  readRows: ReadRows<Row>,
): Promise<Declaration<Row>[]> {
  const found: Declaration<Row>[] = [];
  for (const file of filesLike(root, `src/**/{${kind},*-${kind}}.ts`)) {
    for (const [name, value] of Object.entries(await importFile(root, file))) {
      const rows = name.endsWith(suffix) && typeof value === "object" && value !== null ? readRows(value) : undefined;
      if (rows !== undefined) found.push({ file, name, rows });
    }
  }
  return found;
}

function rowsOfErrors(value: object): [string, ErrorSpec][] | undefined {
  return "table" in value && "error" in value ? Object.entries(value.table as Record<string, ErrorSpec>) : undefined;
}

function rowsWith<Row>(field: string): ReadRows<Row> {
  return (value) => {
    const rows = Object.entries(value) as [string, Row][];
    const isAll = rows.every(([, row]) => typeof row === "object" && row !== null && field in row);
    return isAll ? rows : undefined;
  };
}

async function readCommands(root: string): Promise<CommandFile[]> {
  const commands: CommandFile[] = [];
  for (const file of filesLike(root, "src/cli/commands/*.ts")) {
    const { command } = (await importFile(root, file)) as { command?: Command };
    if (command === undefined) throw new Error(`${file} must export \`command\``);
    const expected = `src/cli/commands/${command.path.join("-")}.ts`;
    if (file !== expected) throw new Error(`${file} holds \`ballast ${command.path.join(" ")}\`: name it ${expected}`);
    commands.push({ file, command });
  }
  return commands.toSorted((a, b) => (a.command.path.join(" ") < b.command.path.join(" ") ? -1 : 1));
}

function filesLike(root: string, pattern: string): string[] {
  const files = [...new Glob(pattern).scanSync({ cwd: root })];
  return files.filter((file) => !file.endsWith(".test.ts") && !file.includes("/generated/")).toSorted();
}

async function importFile(root: string, file: string): Promise<Record<string, unknown>> {
  return (await import(join(root, file))) as Record<string, unknown>;
}

function refuseTwice<Row>(
  noun: string,
  declarations: readonly Declaration<Row>[],
  idOf: (key: string, row: Row) => string | undefined,
): void {
  const seen = new Map<string, string>();
  for (const { file, rows } of declarations) {
    for (const [key, row] of rows) {
      const id = idOf(key, row);
      const other = id === undefined ? undefined : seen.get(id);
      if (other !== undefined) throw new Error(`${file} and ${other} both declare the ${noun} ${id}: rename one`);
      if (id !== undefined) seen.set(id, file);
    }
  }
}

/** What `promtool check metrics` refuses or warns of. */
function refuseMetric(file: string, { name, type, labels = [], help }: MetricSpec): void {
  const faults = [
    [!/^[a-z][a-z0-9_]*$/.test(name), "has a name that is not in lower snake case"],
    [(type === "counter") !== name.endsWith("_total"), "is a counter without _total, or has _total and is none"],
    [/_(?:count|sum|bucket|info)$/.test(name), "ends like a part of a histogram or summary"],
    [
      /_(?:milliseconds|ms|minutes|hours|kilobytes|megabytes)(?:_|$)/.test(name),
      "is not in base units (seconds, bytes)",
    ],
    [labels.some((label) => !/^[a-z][a-z0-9_]*$/.test(label) || label === "le"), "has a label that is not allowed"],
    [help.trim() === "", "has no help text"],
  ] as const;
  const fault = faults.find(([isFault]) => isFault);
  if (fault !== undefined) throw new Error(`${file}: the metric ${name} ${fault[1]}: rename it or complete it`);
}
