/**
 * A Jenkinsfile, declarative or simple scripted: each stage is a job, with the environment, agent and shell steps that
 * hold for it. Steps of shared libraries are followed where `vars/` lies in the tree. What is not understood is said.
 */

import { type JobWalk, startWalk, walkScript } from "../job-walk.ts";
import type { CiPlace, CiText, EnvValue, Environment, Job, Pipeline } from "../model.ts";
import { workspaceRoot } from "../paths.ts";
import { type ReadContext, addPartial } from "../read-context.ts";
import { type Agent, argumentEnv, imageText, machineOf, readAgent } from "./agent.ts";
import { type GroovyStatement, readGroovy, stringIn, stringsIn } from "./groovy-blocks.ts";

interface StageScope {
  readonly context: ReadContext;
  readonly path: string;
  readonly pipeline: string;
  readonly agent: Agent | undefined;
  readonly env: Environment;
  /** Names of variables that hold credentials. */
  readonly secrets: ReadonlySet<string>;
  readonly depth: number;
}

interface Found {
  readonly jobs: Job[];
  stage: number;
}

/** The pipeline of a Jenkinsfile; undefined when the tree has none at that path. */
export function readJenkinsfile(context: ReadContext, path: string): Pipeline | undefined {
  const text = context.tree.read(path);
  if (text === undefined) return undefined;
  const { statements, problem } = readGroovy(text);
  context.checked.add(path);
  if (problem !== undefined) addPartial(context, place(path, problem, problem), "the Groovy here cannot be followed");
  const scope: StageScope = {
    context,
    path,
    pipeline: path,
    agent: undefined,
    env: new Map(),
    secrets: new Set(),
    depth: 0,
  };
  const found: Found = { jobs: [], stage: 0 };
  readStages(scope, statements, found);
  return { platform: "jenkins", path, triggers: [], jobs: found.jobs, env: new Map() };
}

function place(path: string, start: number, end: number): CiPlace {
  return { path, start, end };
}

/** Follows blocks that hold stages; a stage that holds stages is only their frame. */
function readStages(outer: StageScope, statements: readonly GroovyStatement[], found: Found): void {
  const scope = withDeclarations(outer, statements);
  for (const statement of statements) {
    const { head, block } = statement;
    if (block === undefined || scope.depth > 30 || scope.context.budget <= 0) continue;
    if (/^stage\b/.test(head)) readStage(deeper(scope), statement, block, found);
    else if (/^matrix\b/.test(head)) {
      addPartial(scope.context, place(scope.path, statement.start, statement.end), "a Jenkins matrix is not expanded");
    } else if (
      /^(?:pipeline|stages|parallel|node|timeout|timestamps|ansiColor|script|try|withEnv|withCredentials|docker\b|podTemplate|container)\b/.test(
        head,
      )
    ) {
      readStages(deeper(withFrame(scope, statement)), block, found);
    }
  }
}

function deeper(scope: StageScope): StageScope {
  return { ...scope, depth: scope.depth + 1 };
}

function readStage(
  scope: StageScope,
  statement: GroovyStatement,
  block: readonly GroovyStatement[],
  found: Found,
): void {
  scope.context.budget -= 1;
  const holdsStages = block.some(
    ({ head, block: inner }) => inner !== undefined && /^(?:stages|parallel|stage|matrix)\b/.test(head),
  );
  if (holdsStages) {
    readStages(scope, block, found);
    return;
  }
  found.stage += 1;
  found.jobs.push(jobOf(withDeclarations(scope, block), statement, block, found.stage));
}

/** `agent` and `environment` of a pipeline or a stage. */
function withDeclarations(scope: StageScope, statements: readonly GroovyStatement[]): StageScope {
  let { agent } = scope;
  const env = new Map(scope.env);
  const secrets = new Set(scope.secrets);
  for (const statement of statements) {
    if (/^agent\b/.test(statement.head)) agent = readAgent(scope.path, statement) ?? agent;
    if (/^environment\b/.test(statement.head)) readEnvironment(scope.path, statement.block ?? [], env, secrets);
  }
  return { ...scope, agent, env, secrets };
}

function readEnvironment(
  path: string,
  statements: readonly GroovyStatement[],
  env: Map<string, EnvValue>,
  secrets: Set<string>,
): void {
  for (const { head, start, end } of statements) {
    const [, name = "", value = ""] = /^(\w+)\s*=\s*([\s\S]+)$/.exec(head) ?? [];
    if (name === "") continue;
    if (/^credentials\s*\(/.test(value)) secrets.add(name);
    const text = stringIn(value)?.text ?? "${?}";
    env.set(name, {
      text: text.replaceAll(/\$\{env\.(\w+)\}/g, "${$1}"),
      place: place(path, start, end),
      level: "job",
    });
  }
}

/** What a block around steps adds: variables, credentials, a container. */
function withFrame(scope: StageScope, statement: GroovyStatement): StageScope {
  const { head } = statement;
  if (/^docker\.image\b/.test(head)) {
    const image = imageText(scope.path, statement);
    const args = /\.inside\s*\(([\s\S]*)\)\s*$/.exec(head)?.[1] ?? "";
    return {
      ...scope,
      agent: image === undefined ? undefined : { label: "docker", image, args: stringIn(args)?.text ?? "" },
    };
  }
  if (/^(?:container|podTemplate)\b/.test(head)) return { ...scope, agent: undefined };
  if (/^withCredentials\b/.test(head)) {
    const names = [...head.matchAll(/(?:[vV]ariable|keyFileVariable)\s*:\s*['"](\w+)['"]/g)].map(
      ([, name = ""]) => name,
    );
    return { ...scope, secrets: new Set([...scope.secrets, ...names]) };
  }
  if (!/^withEnv\b/.test(head)) return scope;
  const env = new Map(scope.env);
  for (const text of stringsIn(head)) {
    const [, name = "", value = ""] = /^(\w+)=([\s\S]*)$/.exec(text) ?? [];
    if (name !== "") {
      env.set(name, {
        text: value,
        place: place(scope.path, statement.start, statement.start + head.length),
        level: "step",
      });
    }
  }
  return { ...scope, env };
}

function jobOf(scope: StageScope, statement: GroovyStatement, block: readonly GroovyStatement[], stage: number): Job {
  const { agent } = scope;
  const framed = frameOfOnly(scope, block);
  const machine = machineOf(framed.agent);
  const walk = startWalk(machine, new Map([...argumentEnv(framed.agent), ...scope.env]));
  const exposed: CiText[] = [];
  walkSteps(scope, walk, exposed, block);
  const name = stringIn(statement.head)?.text ?? `stage ${stage}`;
  return {
    platform: "jenkins",
    path: scope.path,
    pipeline: scope.pipeline,
    id: name,
    label: name,
    place: place(scope.path, statement.start, statement.start + statement.head.length),
    stage,
    needs: [],
    triggers: [],
    condition: undefined,
    matrix: {},
    matrixTexts: [],
    os: machine.os,
    runner: agent?.label ?? "",
    isFresh: false,
    image: framed.agent?.image,
    home: machine.home,
    workspace: workspaceRoot,
    env: walk.env,
    setups: [],
    actions: [],
    commands: walk.commands,
    caches: [],
    checksOutChange: undefined,
    isOpaque: walk.isOpaque,
    interpolatedSecrets: exposed,
  };
}

/** A container around all shell steps of a scripted stage counts as its machine. */
function frameOfOnly(scope: StageScope, block: readonly GroovyStatement[]): StageScope {
  const frames = block.flatMap((statement) => [
    statement,
    ...(/^(?:steps|script)\b/.test(statement.head) ? (statement.block ?? []) : []),
  ]);
  const inner = frames.find(({ head, block: body }) => body !== undefined && /^docker\.image\b/.test(head));
  return inner === undefined ? scope : withFrame(scope, inner);
}

function walkSteps(scope: StageScope, walk: JobWalk, exposed: CiText[], statements: readonly GroovyStatement[]): void {
  if (scope.depth > 30) return;
  for (const statement of statements) {
    const { head, block } = statement;
    if (/^(?:environment|agent|when|options|tools|post|input)\b/.test(head)) continue;
    if (/^(?:sh|bat|powershell)\b/.test(head)) walkShell(scope, walk, exposed, statement);
    else if (block !== undefined) walkSteps(deeper(withFrame(scope, statement)), walk, exposed, block);
    else walkCall(scope, walk, exposed, statement);
  }
}

function walkShell(scope: StageScope, walk: JobWalk, exposed: CiText[], { head, start }: GroovyStatement): void {
  const script = stringIn(head, /\bscript\s*:/.test(head) ? "script" : undefined);
  if (script === undefined) {
    walk.isOpaque = true;
    return;
  }
  const offset = start + script.start;
  const placeAt = (from: number, to: number): CiPlace =>
    place(scope.path, offset + from, offset + Math.max(from + 1, to));
  if (script.isInterpolated) {
    for (const found of script.text.matchAll(/\$\{?(?:env\.)?(\w+)\}?/g)) {
      const name = found[1] ?? "";
      if (scope.secrets.has(name)) {
        exposed.push({ text: name, place: placeAt(found.index, found.index + found[0].length) });
      }
    }
  }
  walkScript(walk, { text: script.text, placeAt }, { env: scope.env, folder: undefined, isConditional: false });
}

/** A step of a shared library that lies in the tree is read in its place. */
function walkCall(scope: StageScope, walk: JobWalk, exposed: CiText[], { head }: GroovyStatement): void {
  const name = /^(\w+)(?:\s*\(|\s|$)/.exec(head)?.[1];
  if (name === undefined || plainSteps.has(name)) return;
  const path = `vars/${name}.groovy`;
  const text = scope.context.tree.read(path);
  if (text === undefined) {
    walk.isOpaque = true;
    return;
  }
  scope.context.checked.add(path);
  for (const { head: signature, block } of readGroovy(text).statements) {
    if (block !== undefined && /\bcall\s*\(/.test(signature)) {
      walkSteps(deeper({ ...scope, path }), walk, exposed, block);
    }
  }
}

/** Steps that run nothing of the repository's. */
const plainSteps = new Set(
  "echo checkout git stash unstash archiveArtifacts junit deleteDir cleanWs error def return input milestone sleep readFile writeFile publishHTML recordCoverage".split(
    " ",
  ),
);
