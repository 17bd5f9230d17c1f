/** The combinations of a job's matrix. Source: GitHub's page on running variations of jobs. */

import { type YamlNode, yamlChild, yamlEntries, yamlItems } from "../../yaml/yaml-node.ts";
import type { CiText } from "../model.ts";
import { textAt } from "../read-context.ts";

/** Every scalar below `node` with the name of the key that it stands under. */
export function matrixTexts(
  path: string,
  node: YamlNode | undefined,
  name = "",
  depth = 0,
): readonly { readonly name: string; readonly value: CiText }[] {
  if (node === undefined || depth > 4) return [];
  if (node.kind === "scalar") return [{ name, value: textAt(path, node) }];
  if (node.kind === "list") return node.items.flatMap((item) => matrixTexts(path, item, name, depth + 1));
  return yamlEntries(node).flatMap(([key, { value }]) => matrixTexts(path, value, key, depth + 1));
}

export type MatrixValues = Readonly<Record<string, string>>;

/** The combinations, at most `limit`; undefined when only a run knows them. */
export function expandMatrix(node: YamlNode | undefined, limit: number): readonly MatrixValues[] | undefined {
  if (node === undefined) return [{}];
  if (node.kind !== "map") return undefined;
  const axes = yamlEntries(node).filter(([name]) => name !== "include" && name !== "exclude");
  let rows: MatrixValues[] = [{}];
  for (const [name, { value }] of axes) {
    if (value.kind !== "list") return undefined;
    rows = rows.flatMap((row) => value.items.map((item) => ({ ...row, ...valuesOf(name, item) }))).slice(0, limit);
  }
  const excluded = yamlItems(yamlChild(node, "exclude")).map(flatten);
  rows = axes.length === 0 ? [] : rows.filter((row) => !excluded.some((one) => isPartOf(one, row)));
  const included = yamlChild(node, "include");
  if (included !== undefined && included.kind !== "list") return undefined;
  const names = new Set(axes.map(([name]) => name));
  return include(rows, yamlItems(included).map(flatten), names).slice(0, limit);
}

function include(
  rows: readonly MatrixValues[],
  extra: readonly MatrixValues[],
  axes: ReadonlySet<string>,
): MatrixValues[] {
  const result = rows.map((row) => ({ ...row }));
  for (const one of extra) {
    const own = Object.entries(one).filter(([name]) => axes.has(name.split(".")[0] ?? ""));
    const matching = rows.flatMap((row, at) => (own.every(([name, value]) => row[name] === value) ? [at] : []));
    if (matching.length === 0 || rows.length === 0) result.push({ ...one });
    for (const at of rows.length === 0 ? [] : matching) result[at] = { ...result[at], ...one };
  }
  return result;
}

function valuesOf(name: string, item: YamlNode): MatrixValues {
  if (item.kind === "scalar") return { [name]: item.text };
  return Object.fromEntries(Object.entries(flatten(item)).map(([key, value]) => [`${name}.${key}`, value]));
}

function flatten(node: YamlNode): MatrixValues {
  const values: Record<string, string> = {};
  for (const [name, { value }] of yamlEntries(node)) Object.assign(values, valuesOf(name, value));
  return values;
}

function isPartOf(part: MatrixValues, row: MatrixValues): boolean {
  return Object.entries(part).every(([name, value]) => row[name] === value);
}
