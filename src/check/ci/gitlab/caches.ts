/**
 * GitLab's caches. Sources: GitLab's pages on `cache` and on caching: paths cannot leave the project's folder, a job
 * uploads the whole archive at its end, and protected branches have archives of their own unless `unprotect` is set.
 */

import { type YamlNode, yamlAt, yamlChild, yamlItems, yamlText } from "../../yaml/yaml-node.ts";
import { holdingsOf } from "../github/cache-steps.ts";
import { expand } from "../job-walk.ts";
import type { CacheUse, CachePath, CiText, Environment, GoFolders } from "../model.ts";
import { type Machine, resolveCachePath } from "../paths.ts";
import { placeOf, textAt } from "../read-context.ts";
import { type Configuration, type Sourced, followReference } from "./configuration.ts";

interface JobFacts {
  readonly env: Environment;
  readonly machine: Machine;
  readonly folders: GoFolders;
  readonly restoredAt: number;
  readonly savedAt: number;
  readonly job: string;
}

export function readCaches(
  configuration: Configuration,
  setting: Sourced | undefined,
  facts: JobFacts,
): readonly CacheUse[] {
  if (setting === undefined) return [];
  const resolved = setting.node.tag === "!reference" ? followReference(configuration, setting.node) : setting;
  if (resolved === undefined) return [];
  const nodes = resolved.node.kind === "list" ? resolved.node.items : [resolved.node];
  return nodes.slice(0, 4).flatMap((node) => readCache(resolved, node, facts));
}

function readCache(setting: Sourced, node: YamlNode, facts: JobFacts): readonly CacheUse[] {
  const paths = yamlItems(yamlChild(node, "paths")).map((item) => cachePath(setting.path, item, facts));
  if (node.kind !== "map" || paths.length === 0) return [];
  const policy = yamlText(yamlChild(node, "policy")) ?? "pull-push";
  const isKnown = ["pull", "push", "pull-push"].includes(policy);
  const use: CacheUse = {
    mechanism: "gitlab",
    place: placeOf(setting.path, node),
    key: keyOf(setting.path, node, facts),
    fallbacks: yamlItems(yamlChild(node, "fallback_keys")).map((item) =>
      textAt(setting.path, item, expand(item.text, facts.env)),
    ),
    paths,
    holds: holdingsOf(paths, facts.folders),
    // Archives of one key are one archive, whatever paths a job names.
    version: "",
    restores: policy !== "push",
    saves: policy === "pull" || !isKnown ? "never" : "always",
    restoredAt: facts.restoredAt,
    savedAt: facts.savedAt,
    isUnprotected: yamlText(yamlChild(node, "unprotect")) === "true",
    inputs: inputsOf(setting.path, node),
  };
  return [use];
}

function inputsOf(path: string, node: YamlNode): ReadonlyMap<string, CiText> {
  const inputs = new Map<string, CiText>();
  for (const [name, entry] of node.entries) inputs.set(name, { text: entry.value.text, place: placeOf(path, entry) });
  return inputs;
}

function cachePath(path: string, item: YamlNode, { env, machine }: JobFacts): CachePath {
  return { text: item.text, place: placeOf(path, item), folder: resolveCachePath(item.text, env, machine) };
}

function keyOf(path: string, node: YamlNode, facts: JobFacts): CiText {
  const key = yamlChild(node, "key");
  if (key === undefined) return { text: "default", place: placeOf(path, node) };
  if (key.kind !== "map") return textAt(path, key, expandJobName(key.text, facts));
  const files = yamlItems(yamlAt(key, "files")).map((item) => item.text);
  const prefix = yamlText(yamlChild(key, "prefix"));
  const hash = `hash(${files.join(", ")})`;
  return textAt(path, key, prefix === undefined ? hash : `${expandJobName(prefix, facts)}-${hash}`);
}

function expandJobName(text: string, facts: JobFacts): string {
  return expand(text, facts.env).replaceAll(/\$\{?CI_JOB_NAME(?:_SLUG)?\}?/g, facts.job);
}
