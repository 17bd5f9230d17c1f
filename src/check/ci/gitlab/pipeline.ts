/** A GitLab pipeline: jobs in stages, each with its variables, script and caches. Source: GitLab's CI/CD YAML reference. */

import { yamlChild, yamlEntries, yamlItems, yamlText } from "../../yaml/yaml-node.ts";
import { isGoImage } from "../github/runner.ts";
import { type JobWalk, expand, foldersNow, nextMoment, startWalk, walkScript, yamlScript } from "../job-walk.ts";
import type { CiText, EnvValue, Environment, Job, Pipeline, Trigger } from "../model.ts";
import { type Machine, workspaceRoot } from "../paths.ts";
import { type ReadContext, placeOf, textAt } from "../read-context.ts";
import { readCaches } from "./caches.ts";
import {
  type Configuration,
  type Sourced,
  type SourcedMap,
  expandJob,
  jobNames,
  readConfiguration,
  scriptLines,
} from "./configuration.ts";

const defaultStages = [".pre", "build", "test", "deploy", ".post"];

export function readGitlab(context: ReadContext, path: string): Pipeline | undefined {
  const configuration = readConfiguration(context, path);
  if (configuration === undefined) return undefined;
  const env = variablesOf(configuration.top.get("variables"), "pipeline", new Map());
  const names = jobNames(configuration);
  if (names.length === 0) return undefined;
  const jobs = names.flatMap((name) => {
    context.budget -= 1;
    const job = context.budget > 0 ? readJob(configuration, path, name, env) : undefined;
    return job === undefined ? [] : [job];
  });
  return { platform: "gitlab", path, triggers: [], jobs, env };
}

function variablesOf(variables: Sourced | undefined, level: EnvValue["level"], outer: Environment): Environment {
  const env = new Map(outer);
  for (const [name, entry] of yamlEntries(variables?.node)) {
    const node = entry.value.kind === "map" ? yamlChild(entry.value, "value") : entry.value;
    if (node === undefined || variables === undefined) continue;
    env.set(name, { text: node.text, place: placeOf(variables.path, entry), level });
  }
  // Variables may name those set later, so they are expanded when all are known.
  for (const [name, value] of env) env.set(name, { ...value, text: expand(value.text, withoutOne(env, name)) });
  return env;
}

function withoutOne(env: Environment, name: string): Environment {
  const rest = new Map(env);
  rest.delete(name);
  return rest;
}

function readJob(configuration: Configuration, pipeline: string, name: string, outer: Environment): Job | undefined {
  const keys = expandJob(configuration, name);
  const own = configuration.top.get(name);
  if (keys === undefined || own === undefined || (!keys.has("script") && !keys.has("run"))) return undefined;
  const env = variablesOf(keys.get("variables"), "job", inheritsVariables(keys) ? outer : new Map());
  const image = imageOf(settingOf(configuration, keys, "image"), env);
  const machine = machineOf(image);
  const walk = startWalk(machine, env);
  const restoredAt = nextMoment(walk);
  const folder = walkPart(configuration, walk, settingOf(configuration, keys, "before_script"), undefined);
  walkPart(configuration, walk, settingOf(configuration, keys, "script"), folder);
  const savedAt = nextMoment(walk);
  // The folders of the last go command are those that the job's own script chose.
  const folders = walk.commands.findLast(({ go }) => go?.isCompiling === true)?.folders ?? foldersNow(walk);
  const caches = readCaches(configuration, settingOf(configuration, keys, "cache"), {
    env,
    machine,
    folders,
    restoredAt,
    savedAt,
    job: name,
  });
  const needs = yamlItems(keys.get("needs")?.node).map((item) => yamlText(item) ?? yamlChild(item, "job")?.text ?? "");
  return {
    platform: "gitlab",
    path: own.path,
    pipeline,
    id: name,
    label: name,
    place: placeOf(own.path, own.key),
    stage: stageOf(configuration, keys),
    needs: needs.filter((need) => need !== ""),
    triggers: triggersOf(keys),
    condition: undefined,
    matrix: {},
    matrixTexts: [],
    os: machine.os,
    runner: yamlItems(keys.get("tags")?.node)
      .map((item) => item.text)
      .join(", "),
    isFresh: image !== undefined,
    image,
    home: machine.home,
    workspace: workspaceRoot,
    env,
    setups: [],
    actions: [],
    commands: walk.commands,
    caches,
    checksOutChange: undefined,
    isOpaque: walk.isOpaque,
  };
}

function inheritsVariables(keys: SourcedMap): boolean {
  const inherit = yamlChild(keys.get("inherit")?.node, "variables");
  return yamlText(inherit) !== "false";
}

/** A job's own value, else that of `default`, else the old form at the top level. */
function settingOf(configuration: Configuration, keys: SourcedMap, name: string): Sourced | undefined {
  const own = keys.get(name);
  if (own !== undefined) return own;
  const inherited = yamlText(yamlChild(keys.get("inherit")?.node, "default"));
  if (inherited === "false") return undefined;
  const top = configuration.top.get("default");
  const node = yamlChild(top?.node, name);
  return top !== undefined && node !== undefined
    ? { path: top.path, source: top.source, node }
    : configuration.top.get(name);
}

function imageOf(setting: Sourced | undefined, env: Environment): CiText | undefined {
  const node = setting?.node.kind === "map" ? yamlChild(setting.node, "name") : setting?.node;
  if (setting === undefined || node === undefined || node.text === "") return undefined;
  return textAt(setting.path, node, expand(node.text, env));
}

/** Official Go images run as root with GOPATH=/go; of other images nothing is known. */
function machineOf(image: CiText | undefined): Machine {
  const isGo = image !== undefined && isGoImage(image.text);
  return {
    os: image === undefined ? undefined : "linux",
    home: isGo ? "/root" : undefined,
    workspace: workspaceRoot,
    goPath: isGo ? "/go" : undefined,
  };
}

/** All lines are one shell: what one exports, or where it goes, holds for the next ones. */
function walkPart(
  configuration: Configuration,
  walk: JobWalk,
  script: Sourced | undefined,
  folder: string | undefined,
): string | undefined {
  let current = folder;
  for (const line of script === undefined ? [] : scriptLines(configuration, script)) {
    const source = yamlScript(line.path, line.source, line.node);
    const state = walkScript(walk, source, { env: new Map(), folder: current, isConditional: false });
    current = state.folder;
    walk.env.clear();
    for (const [name, value] of state.env) walk.env.set(name, value);
  }
  return current;
}

function stageOf(configuration: Configuration, keys: SourcedMap): number {
  const written = yamlItems(configuration.top.get("stages")?.node).map((item) => item.text);
  const stages = written.length === 0 ? defaultStages : [".pre", ...written, ".post"];
  return Math.max(0, stages.indexOf(yamlText(keys.get("stage")?.node) ?? "test"));
}

/** Merge request pipelines hold a stranger's change where forks may start them; protected refs do not. */
function triggersOf(keys: SourcedMap): readonly Trigger[] {
  const conditions = [...ruleTexts(keys.get("rules")), ...ruleTexts(keys.get("only"))];
  return conditions.flatMap(({ text, place }): Trigger[] => {
    if (/merge_request/i.test(text)) return [{ name: "merge request", trust: "isolated", place }];
    if (/CI_COMMIT_TAG|CI_DEFAULT_BRANCH|CI_COMMIT_REF_PROTECTED|^(?:tags|main|master)$/.test(text)) {
      return [{ name: "protected branch", trust: "trusted", place }];
    }
    return [];
  });
}

function ruleTexts(rules: Sourced | undefined): readonly CiText[] {
  const items = rules?.node.kind === "map" ? yamlItems(yamlChild(rules.node, "refs")) : yamlItems(rules?.node);
  return items.flatMap((item) => {
    const condition = item.kind === "map" ? yamlChild(item, "if") : item;
    const isNever = yamlText(yamlChild(item, "when")) === "never";
    return rules === undefined || condition === undefined || isNever ? [] : [textAt(rules.path, condition)];
  });
}
