/** A .gitlab-ci.yml with its local includes, `extends`, `!reference` and `default` put together. */

import { type YamlEntry, type YamlNode, yamlChild, yamlEntries, yamlItems, yamlText } from "../../yaml/yaml-node.ts";
import { type ReadContext, addPartial, placeOf, readLimits, repositoryRoot, yamlOf } from "../read-context.ts";

/** A value with the file that it was written in, since includes mix files. */
export interface Sourced {
  readonly path: string;
  readonly source: string;
  readonly node: YamlNode;
}

/** Keys of the top level, or of one job after `extends`, each with its file. */
export type SourcedMap = ReadonlyMap<string, Sourced & { readonly key: YamlNode }>;

export interface Configuration {
  readonly context: ReadContext;
  readonly top: SourcedMap;
}

export function readConfiguration(context: ReadContext, path: string): Configuration | undefined {
  const top = new Map<string, Sourced & { readonly key: YamlNode }>();
  if (!readFile(context, path, top, new Set(), 0)) return undefined;
  return { context, top };
}

function readFile(
  context: ReadContext,
  path: string,
  top: Map<string, Sourced & { readonly key: YamlNode }>,
  seen: Set<string>,
  depth: number,
): boolean {
  const file = yamlOf(context, path);
  // A first document with `spec:` only declares inputs.
  const root = file?.documents.findLast((one) => one.kind === "map");
  if (file === undefined || root === undefined || seen.has(path) || depth > readLimits.includeDepth) return false;
  seen.add(path);
  for (const item of includesOf(root)) readInclude(context, path, item, top, seen, depth);
  for (const [name, { key, value }] of yamlEntries(root)) {
    if (name !== "include") mergeTop(top, name, { path, source: file.source, node: value, key });
  }
  return true;
}

function includesOf(root: YamlNode): readonly YamlNode[] {
  const include = yamlChild(root, "include");
  return include?.kind === "map" ? [include] : yamlItems(include);
}

function readInclude(
  context: ReadContext,
  path: string,
  item: YamlNode,
  top: Map<string, Sourced & { readonly key: YamlNode }>,
  seen: Set<string>,
  depth: number,
): void {
  const root = repositoryRoot(seen.values().next().value ?? path);
  const local = item.kind === "scalar" && !/^https?:/.test(item.text) ? item.text : yamlText(yamlChild(item, "local"));
  if (local === undefined) {
    addPartial(context, placeOf(path, item), "an included file is not in this tree");
    return;
  }
  const clean = root + local.replace(/^\/+/, "");
  const targets = clean.includes("*") ? matching(context, clean) : [clean];
  const isFound = targets.map((target) => readFile(context, target, top, seen, depth + 1) || seen.has(target));
  if (!isFound.includes(true)) addPartial(context, placeOf(path, item), `the included file ${local} cannot be read`);
}

function matching(context: ReadContext, pattern: string): readonly string[] {
  const glob = new Bun.Glob(pattern);
  return context.tree.paths.filter((path) => glob.match(path)).slice(0, 100);
}

/** A later file's job replaces keys of an earlier one, not the whole job. */
function mergeTop(
  top: Map<string, Sourced & { readonly key: YamlNode }>,
  name: string,
  value: Sourced & { readonly key: YamlNode },
): void {
  const earlier = top.get(name);
  if (
    earlier === undefined ||
    earlier.node.kind !== "map" ||
    value.node.kind !== "map" ||
    earlier.path === value.path
  ) {
    top.set(name, value);
    return;
  }
  const entries = new Map<string, YamlEntry>([...earlier.node.entries, ...value.node.entries]);
  top.set(name, { ...value, node: { ...value.node, entries } });
}

const topKeywords = new Set(
  "default include stages variables workflow image services cache before_script after_script spec".split(" "),
);

/** Names of jobs that run; hidden ones begin with a dot. */
export function jobNames(configuration: Configuration): readonly string[] {
  return [...configuration.top]
    .filter(([name, { node }]) => node.kind === "map" && !name.startsWith(".") && !topKeywords.has(name))
    .map(([name]) => name);
}

/** The keys of a job with what it extends; maps such as `variables` are merged, everything else is replaced. */
export function expandJob(configuration: Configuration, name: string, depth = 0): SourcedMap | undefined {
  const job = configuration.top.get(name);
  if (job === undefined || depth > readLimits.includeDepth) return undefined;
  const merged = new Map<string, Sourced & { readonly key: YamlNode }>();
  for (const parent of yamlItems(yamlChild(job.node, "extends"))) {
    const keys = expandJob(configuration, parent.text, depth + 1);
    if (keys === undefined) {
      addPartial(
        configuration.context,
        placeOf(job.path, parent),
        `${name} extends ${parent.text}, which is not in this tree`,
      );
    }
    for (const [key, value] of keys ?? []) mergeKey(merged, key, value);
  }
  for (const [key, { key: keyNode, value }] of yamlEntries(job.node)) {
    mergeKey(merged, key, { path: job.path, source: job.source, node: value, key: keyNode });
  }
  return merged;
}

function mergeKey(
  target: Map<string, Sourced & { readonly key: YamlNode }>,
  key: string,
  value: Sourced & { readonly key: YamlNode },
): void {
  const earlier = target.get(key);
  if (earlier === undefined || earlier.node.kind !== "map" || value.node.kind !== "map") {
    target.set(key, value);
    return;
  }
  const entries = new Map([...earlier.node.entries, ...value.node.entries]);
  // Offsets of both files would mix: the merged map belongs to the file of the later one.
  target.set(key, { ...value, node: { ...value.node, entries } });
}

/** The scalars of a script with `!reference` followed and nested lists flattened. */
export function scriptLines(configuration: Configuration, script: Sourced, depth = 0): readonly Sourced[] {
  if (depth > readLimits.includeDepth) return [];
  const { node } = script;
  if (node.tag === "!reference") {
    const target = followReference(configuration, node);
    if (target !== undefined) return scriptLines(configuration, target, depth + 1);
    addPartial(configuration.context, placeOf(script.path, node), "a !reference names nothing in this tree");
    return [];
  }
  if (node.kind === "list") {
    return node.items
      .flatMap((item) => scriptLines(configuration, { ...script, node: item }, depth + 1))
      .slice(0, 2000);
  }
  return node.kind === "scalar" && node.text !== "" ? [script] : [];
}

/** What `!reference [job, key]` names. */
export function followReference(configuration: Configuration, node: YamlNode): Sourced | undefined {
  const [name, ...keys] = node.items.map((item) => item.text);
  const job = name === undefined ? undefined : configuration.top.get(name);
  if (job === undefined) return undefined;
  const found = keys.reduce<YamlNode | undefined>((at, key) => yamlChild(at, key), job.node);
  return found === undefined ? undefined : { path: job.path, source: job.source, node: found };
}
