/** The steps of a job in order: scripts, actions, and the steps of the tree's own composite actions in their place. */

import { type YamlNode, yamlAt, yamlChild, yamlEntries, yamlItems, yamlText } from "../../yaml/yaml-node.ts";
import { type JobWalk, foldersNow, nextMoment, startWalk, walkScript, yamlScript } from "../job-walk.ts";
import type { ActionUse, CacheUse, CiPlace, CiText, Environment, GoSetup, Job } from "../model.ts";
import type { Machine } from "../paths.ts";
import { addPartial, placeOf, readLimits, repositoryRoot, textAt, yamlOf } from "../read-context.ts";
import { type Moment, cacheOfAction, isCacheAction, setupOf } from "./cache-steps.ts";
import type { ExpressionFacts } from "./expression-context.ts";
import type { Runner } from "./runner.ts";
import { inputDefaults } from "./triggers.ts";
import { type WorkflowScope, isAlways, isNever, readEnv, resolver } from "./scope.ts";

export interface JobFrame {
  readonly scope: WorkflowScope;
  readonly facts: ExpressionFacts;
  readonly runner: Runner;
  readonly image: CiText | undefined;
  readonly machine: Machine;
  readonly env: Environment;
  readonly folder: string | undefined;
}

interface StepWalk {
  readonly frame: JobFrame;
  readonly walk: JobWalk;
  readonly outputs: Map<string, string>;
  readonly actions: ActionUse[];
  readonly setups: GoSetup[];
  readonly caches: CacheUse[];
  checksOutChange: CiPlace | undefined;
}

/** Where steps are written: a workflow, or an action with its inputs. */
interface StepFile {
  readonly path: string;
  readonly source: string;
  readonly facts: ExpressionFacts;
  readonly depth: number;
}

type StepFacts = Pick<Job, "setups" | "actions" | "commands" | "caches" | "checksOutChange" | "isOpaque">;

export function readSteps(frame: JobFrame, steps: readonly YamlNode[]): StepFacts {
  const walk = startWalk(frame.machine, frame.env);
  const state: StepWalk = {
    frame,
    walk,
    outputs: new Map(),
    actions: [],
    setups: [],
    caches: [],
    checksOutChange: undefined,
  };
  const { path, source } = frame.scope;
  const facts = { ...frame.facts, env: () => walk.env, outputs: state.outputs };
  followSteps(state, { path, source, facts, depth: 0 }, steps);
  const { setups, actions, caches, checksOutChange } = state;
  return { setups, actions, caches, checksOutChange, commands: walk.commands, isOpaque: walk.isOpaque };
}

function followSteps(state: StepWalk, file: StepFile, steps: readonly YamlNode[]): void {
  for (const step of steps.slice(0, 500)) {
    state.frame.scope.context.budget -= 1;
    if (state.frame.scope.context.budget <= -readLimits.steps) return;
    const condition = yamlText(yamlChild(step, "if"));
    const resolve = resolver(file.facts);
    const env = readEnv(file.path, yamlChild(step, "env"), "step", resolve);
    const facts = env.size === 0 ? file.facts : { ...file.facts, env: () => new Map([...state.walk.env, ...env]) };
    if (isNever(condition, facts)) continue;
    const uses = yamlChild(step, "uses");
    if (uses !== undefined) followAction(state, { ...file, facts }, step, uses, env);
    else followScript(state, { ...file, facts }, step, env, condition);
  }
}

function followScript(
  state: StepWalk,
  file: StepFile,
  step: YamlNode,
  env: Environment,
  condition: string | undefined,
): void {
  const run = yamlChild(step, "run");
  if (run === undefined || /python|node|perl/.test(yamlText(yamlChild(step, "shell")) ?? "")) return;
  const resolve = resolver(file.facts);
  const folder = yamlText(yamlChild(step, "working-directory")) ?? state.frame.folder;
  const isConditional = condition !== undefined && !isAlways(condition, file.facts);
  const before = state.walk.commands.length;
  walkScript(state.walk, yamlScript(file.path, file.source, run, resolve), {
    env,
    folder: folder === undefined ? undefined : resolve(folder),
    isConditional,
  });
  const id = yamlText(yamlChild(step, "id"));
  for (const command of state.walk.commands.slice(before)) {
    if (id !== undefined) readOutputs(state, id, command.words, command.redirects);
    const words = command.words.map(({ text }) => text).join(" ");
    if (/\bgh pr checkout\b|git fetch\b.*\bpull\/|refs\/pull\/.*\/(?:head|merge)/.test(words)) {
      state.checksOutChange ??= command.place;
    }
  }
}

function readOutputs(
  state: StepWalk,
  id: string,
  words: readonly CiText[],
  redirects: readonly { readonly target: string }[],
): void {
  const isOutput = redirects.some(({ target }) => /GITHUB_OUTPUT/.test(target));
  for (const { text } of words.slice(1)) {
    const found = isOutput ? /^([\w-]+)=([\s\S]*)$/.exec(text) : /^::set-output name=([\w-]+)::([\s\S]*)$/.exec(text);
    if (found !== null) state.outputs.set(`${id}.outputs.${found[1] ?? ""}`.toLowerCase(), found[2] ?? "");
  }
}

/** Actions that neither run go nor keep a cache. */
const plainActions =
  /^(?:actions\/(?:checkout|upload-artifact|download-artifact|setup-(?:node|python|java|dotnet)|labeler|stale|github-script)|codecov\/|coverallsapp\/|docker\/|github\/codeql-action\/|step-security\/|aws-actions\/|google-github-actions\/auth|softprops\/)/;

/** Actions that run a Go program which compiles. */
const goActions: readonly (readonly [RegExp, string])[] = [
  [/^golangci\/golangci-lint-action$/, "golangci-lint"],
  [/^goreleaser\/goreleaser-action$/, "goreleaser"],
  [/^golang\/govulncheck-action$/, "govulncheck"],
  [/^dominikh\/staticcheck-action$/, "staticcheck"],
];

function followAction(state: StepWalk, file: StepFile, step: YamlNode, uses: YamlNode, env: Environment): void {
  const resolve = resolver(file.facts);
  const [name = "", reference = ""] = uses.text.split("@");
  const given = yamlEntries(yamlChild(step, "with"));
  const inputs = new Map(
    given.map(([key, { value }]) => [key.toLowerCase(), textAt(file.path, value, resolve(value.text))]),
  );
  const place = placeOf(file.path, uses);
  const condition = yamlText(yamlChild(step, "if"));
  const action: ActionUse = { name, reference, place, at: nextMoment(state.walk), condition, inputs };
  state.actions.push(action);
  if (name.startsWith("./")) return followComposite(state, file, name, inputs, place);
  if (name.startsWith("docker://")) state.walk.isOpaque = true;
  else recordAction(state, file, action, env);
}

function recordAction(state: StepWalk, file: StepFile, action: ActionUse, env: Environment): void {
  const moment = momentOf(state, env);
  if (isCacheAction(action.name)) {
    const cache = cacheOfAction(action, moment);
    if (cache !== undefined) state.caches.push(cache);
  } else if (action.name === "actions/setup-go") {
    const setup = setupOf(action, lineRest(file.source, action.place.end), moment);
    state.setups.push(setup);
    if (setup.cache !== undefined) state.caches.push(setup.cache);
  } else if (action.name === "actions/checkout") {
    const ref = action.inputs.get("ref");
    if (ref !== undefined && isChangeRef(ref.text)) state.checksOutChange ??= action.place;
  } else recordProgram(state, action, env);
}

/** A ref that a stranger chooses. */
function isChangeRef(ref: string): boolean {
  return /github\.event\.(?:pull_request\.head|workflow_run\.head)|github\.head_ref|refs\/pull\//.test(ref);
}

function recordProgram(state: StepWalk, action: ActionUse, env: Environment): void {
  const program = goActions.find(([pattern]) => pattern.test(action.name))?.[1];
  if (program === undefined) {
    if (!plainActions.test(action.name)) state.walk.isOpaque = true;
    return;
  }
  const words = `${program} ${action.inputs.get("args")?.text ?? ""}`;
  walkScript(
    state.walk,
    { text: words, placeAt: () => action.place },
    { env, folder: action.inputs.get("working-directory")?.text, isConditional: action.condition !== undefined },
  );
}

function momentOf(state: StepWalk, env: Environment): Moment {
  const { runner, machine, image } = state.frame;
  const merged = new Map([...state.walk.env, ...env]);
  const platform = [runner.os ?? "?", runner.arch ?? "?", image?.text ?? runner.label].join("-");
  return { env: merged, machine, folders: foldersNow(state.walk, merged), platform };
}

function lineRest(source: string, from: number): string {
  const end = source.indexOf("\n", from);
  return source.slice(from, end < 0 ? undefined : end);
}

function followComposite(
  state: StepWalk,
  file: StepFile,
  name: string,
  inputs: ReadonlyMap<string, CiText>,
  place: CiPlace,
): void {
  const { context } = state.frame.scope;
  const folder = repositoryRoot(state.frame.scope.pipeline) + name.slice(2).replace(/\/$/, "");
  const parsed = ["action.yml", "action.yaml"]
    .map((base) => yamlOf(context, folder === "" || folder.endsWith("/") ? folder + base : `${folder}/${base}`))
    .find((one) => one !== undefined);
  const root = parsed?.documents[0];
  const using = yamlText(yamlAt(root, "runs", "using"));
  if (parsed === undefined || root === undefined || file.depth >= readLimits.includeDepth) {
    addPartial(context, place, `the action ${name} cannot be read`);
    state.walk.isOpaque = true;
    return;
  }
  if (using !== "composite") {
    state.walk.isOpaque = true;
    return;
  }
  const values = new Map(inputDefaults(yamlChild(root, "inputs")));
  for (const [key, { text }] of inputs) values.set(key, text);
  const facts = { ...file.facts, inputs: values, env: () => state.walk.env };
  followSteps(
    state,
    { path: parsed.path, source: parsed.source, facts, depth: file.depth + 1 },
    yamlItems(yamlAt(root, "runs", "steps")),
  );
}
