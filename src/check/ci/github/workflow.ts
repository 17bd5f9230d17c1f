/** A workflow file as a pipeline; reusable workflows of the tree are read in the place of the job that calls them. */

import { type YamlNode, yamlAt, yamlChild, yamlEntries, yamlItems, yamlText } from "../../yaml/yaml-node.ts";
import type { Environment, Job, Pipeline } from "../model.ts";
import { type ReadContext, addPartial, placeOf, readLimits, repositoryRoot, yamlOf } from "../read-context.ts";
import type { ExpressionFacts } from "./expression-context.ts";
import { type JobFrame, readSteps } from "./job-steps.ts";
import { type MatrixValues, expandMatrix, matrixTexts } from "./matrix.ts";
import { type WorkflowScope, isNever, readEnv, resolver } from "./scope.ts";
import { imageOf, machineOf, runnerOf } from "./runner.ts";
import { inputDefaults, readTriggers } from "./triggers.ts";

/** The pipeline of a workflow file; undefined when it is none. */
export function readWorkflow(context: ReadContext, path: string): Pipeline | undefined {
  const file = yamlOf(context, path);
  const root = file?.documents[0];
  if (file === undefined || root === undefined || yamlChild(root, "jobs")?.kind !== "map") return undefined;
  const triggers = readTriggers(path, yamlChild(root, "on"));
  const inputs = inputDefaults(yamlAt(root, "on", "workflow_call", "inputs"));
  const { source } = file;
  const scope: WorkflowScope = {
    context,
    path,
    source,
    root,
    pipeline: path,
    triggers,
    inputs,
    labelPrefix: "",
    depth: 0,
  };
  return { platform: "github", path, triggers, jobs: readJobs(scope), env: workflowEnv(scope) };
}

function workflowEnv(scope: WorkflowScope): Environment {
  return readEnv(scope.path, yamlChild(scope.root, "env"), "pipeline", (text) => text);
}

function readJobs(scope: WorkflowScope): readonly Job[] {
  return yamlEntries(yamlChild(scope.root, "jobs")).flatMap(([id, { key, value }]) => {
    if (scope.context.budget <= 0 || value.kind !== "map") return [];
    const uses = yamlChild(value, "uses");
    const rows = expandMatrix(yamlAt(value, "strategy", "matrix"), readLimits.matrix) ?? [undefined];
    return rows.flatMap((matrix) => {
      scope.context.budget -= 1;
      return uses === undefined ? readJob(scope, id, key, value, matrix) : callWorkflow(scope, id, value, uses, matrix);
    });
  });
}

function callWorkflow(
  scope: WorkflowScope,
  id: string,
  job: YamlNode,
  uses: YamlNode,
  matrix: MatrixValues | undefined,
): readonly Job[] {
  const { context } = scope;
  const place = placeOf(scope.path, uses);
  if (!uses.text.startsWith("./")) {
    addPartial(context, place, `the reusable workflow ${uses.text} is not in this tree`);
    return [];
  }
  const path = repositoryRoot(scope.pipeline) + uses.text.slice(2);
  const file = yamlOf(context, path);
  const root = file?.documents[0];
  if (file === undefined || root === undefined || scope.depth >= 4) {
    addPartial(context, place, `the reusable workflow ${uses.text} cannot be read`);
    return [];
  }
  const resolve = resolver(factsOf(scope, id, matrix, new Map()));
  const given = yamlEntries(yamlChild(job, "with")).map(
    ([name, { value }]) => [name.toLowerCase(), resolve(value.text)] as const,
  );
  const inputs = new Map([...inputDefaults(yamlAt(root, "on", "workflow_call", "inputs")), ...given]);
  const labelPrefix = `${scope.labelPrefix}${labelOf(id, matrix)} / `;
  return readJobs({ ...scope, path, source: file.source, root, inputs, labelPrefix, depth: scope.depth + 1 });
}

function factsOf(
  scope: WorkflowScope,
  jobId: string,
  matrix: MatrixValues | undefined,
  env: Environment,
): ExpressionFacts {
  return {
    jobId,
    workflow: yamlText(yamlChild(scope.root, "name")) ?? scope.path,
    triggers: scope.triggers,
    matrix,
    inputs: scope.inputs,
    env: () => env,
    outputs: new Map(),
    runner: () => undefined,
    workspace: machineOf({ label: "", os: undefined, arch: undefined, isHosted: false }, undefined).workspace,
  };
}

function labelOf(id: string, matrix: MatrixValues | undefined): string {
  const values = Object.values(matrix ?? {}).filter((value) => value.length < 40);
  return values.length === 0 ? id : `${id} (${values.slice(0, 4).join(", ")})`;
}

function readJob(
  scope: WorkflowScope,
  id: string,
  key: YamlNode,
  node: YamlNode,
  matrix: MatrixValues | undefined,
): readonly Job[] {
  const outer = factsOf(scope, id, matrix, workflowEnv(scope));
  const condition = yamlText(yamlChild(node, "if"));
  if (isNever(condition, outer)) return [];
  const resolve = resolver(outer);
  const runner = runnerOf(yamlChild(node, "runs-on"), resolve);
  const image = imageOf(scope.path, yamlChild(node, "container"), resolve);
  const machine = machineOf(runner, image);
  const facts = { ...outer, runner: () => runner };
  const env = new Map([
    ...readEnv(scope.path, yamlChild(scope.root, "env"), "pipeline", resolver(facts)),
    ...readEnv(scope.path, yamlAt(node, "container", "env"), "job", resolver(facts)),
    ...readEnv(scope.path, yamlChild(node, "env"), "job", resolver(facts)),
  ]);
  const folder = yamlText(
    yamlAt(node, "defaults", "run", "working-directory") ?? yamlAt(scope.root, "defaults", "run", "working-directory"),
  );
  const frame: JobFrame = { scope, facts: { ...facts, env: () => env }, runner, image, machine, env, folder };
  const walked = readSteps(frame, yamlItems(yamlChild(node, "steps")));
  return [
    {
      platform: "github",
      path: scope.path,
      pipeline: scope.pipeline,
      id: `${scope.labelPrefix}${id}`,
      label: `${scope.labelPrefix}${labelOf(id, matrix)}`,
      place: placeOf(scope.path, key),
      stage: undefined,
      needs: yamlItems(yamlChild(node, "needs")).map((item) => `${scope.labelPrefix}${item.text}`),
      triggers: scope.triggers,
      condition,
      matrix: matrix ?? {},
      matrixTexts: matrixTexts(scope.path, yamlAt(node, "strategy", "matrix")),
      os: machine.os,
      runner: runner.label,
      isFresh: runner.isHosted,
      image,
      home: machine.home,
      workspace: machine.workspace,
      env,
      ...walked,
    },
  ];
}
