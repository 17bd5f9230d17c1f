/** The model of all pipelines of a tree: which files concern Go, and what their platform's reader makes of them. */

import { type GoModule, folderOf, readGoModule } from "../go-module.ts";
import type { SourceTree } from "../source-tree.ts";
import { loadYamlReader } from "../yaml/read-yaml.ts";
import { readWorkflow } from "./github/workflow.ts";
import { readGitlab } from "./gitlab/pipeline.ts";
import { readJenkinsfile } from "./jenkins/pipeline.ts";
import type { CiModel, CiPlatform, Pipeline } from "./model.ts";
import { type ReadContext, readLimits } from "./read-context.ts";

/**
 * Words without which a file has nothing to do with Go. Reading 1,503 workflows through such an expression takes 3 ms,
 * parsing them a second.
 */
const goWords =
  /setup-go|\bGO(?:CACHE|FLAGS|DEBUG|MODCACHE|PATH|TOOLCHAIN|PROXY|OS|ARCH|PRIVATE)\b|\bgolang|goreleaser|gotestsum|go-version|go-build|\bgo (?:build|test|vet|run|install|mod|generate|clean|tool|list|get|env|work)\b/;

function platformOf(path: string): CiPlatform | undefined {
  if (/(?:^|\/)\.github\/workflows\/[^/]+\.ya?ml$/.test(path)) return "github";
  if (/(?:^|\/)\.gitlab-ci\.ya?ml$/.test(path)) return "gitlab";
  return /(?:^|\/)[\w.-]*Jenkinsfile[^/]*$|\.jenkinsfile$/i.test(path) ? "jenkins" : undefined;
}

/** Reads every pipeline that concerns Go. */
export async function loadPipelines(tree: SourceTree): Promise<CiModel> {
  const candidates = tree.paths.filter((path) => platformOf(path) !== undefined);
  const concerned = candidates.filter((path) => concernsGo(tree, path));
  const context: ReadContext = {
    tree,
    parse: concerned.length === 0 ? () => ({ documents: [], problems: [] }) : await loadYamlReader(),
    partial: [],
    parsed: new Map(),
    checked: new Set(),
    budget: readLimits.jobs,
  };
  const pipelines: Pipeline[] = [];
  for (const path of concerned) {
    const pipeline = readPipeline(context, path);
    if (pipeline !== undefined) pipelines.push(pipeline);
  }
  return {
    pipelines: withoutCalled(pipelines),
    partial: context.partial,
    checked: [...context.checked],
    modules: modulesOf(tree),
    textOf: (path) => context.parsed.get(path)?.source ?? tree.read(path) ?? "",
    paths: tree.paths,
  };
}

function readPipeline(context: ReadContext, path: string): Pipeline | undefined {
  switch (platformOf(path)) {
    case "github":
      return readWorkflow(context, path);
    case "gitlab":
      return readGitlab(context, path);
    case "jenkins":
      return readJenkinsfile(context, path);
    case undefined:
      return undefined;
  }
}

/** Whether a file speaks of Go, or hands over to one of the tree that may. */
function concernsGo(tree: SourceTree, path: string): boolean {
  const text = tree.read(path) ?? "";
  if (goWords.test(text)) return true;
  if (platformOf(path) === "gitlab") return /^include:/m.test(text);
  const called = [...text.matchAll(/uses:\s*['"]?\.\/([^\s'"#]+)/g)]
    .slice(0, 20)
    .map(([, name = ""]) => name.replace(/\/$/, ""));
  const root = path.slice(0, Math.max(0, path.indexOf(".github/")));
  return called.some((name) =>
    [name, `${name}/action.yml`, `${name}/action.yaml`].some(
      (one) => /\.ya?ml$/.test(one) && goWords.test(tree.read(root + one) ?? ""),
    ),
  );
}

/** A workflow that only others call is read where it is called. */
function withoutCalled(pipelines: readonly Pipeline[]): readonly Pipeline[] {
  const called = new Set(
    pipelines.flatMap(({ path, jobs }) => jobs.flatMap((job) => (job.path === path ? [] : [job.path]))),
  );
  return pipelines.filter(
    ({ path, triggers }) => !called.has(path) || triggers.some(({ name }) => name !== "workflow_call"),
  );
}

function modulesOf(tree: SourceTree): ReadonlyMap<string, GoModule> {
  const modules = new Map<string, GoModule>();
  for (const path of tree.paths) {
    if (!/(?:^|\/)go\.mod$/.test(path) || /(?:^|\/)(?:vendor|testdata)\//.test(path) || modules.size >= 500) continue;
    const found = readGoModule(tree, folderOf(path));
    if (found !== undefined) modules.set(found.folder, found);
  }
  return modules;
}
