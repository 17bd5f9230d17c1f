/** Finds what builds images in a tree, and reads it into the model. */

import type { Partial } from "../finding.ts";
import { createSourceText, positionAt } from "../source-text.ts";
import type { SourceText } from "../source-text.ts";
import type { SourceTree } from "../source-tree.ts";
import { loadYamlReader } from "../yaml/read-yaml.ts";
import type { YamlNode } from "../yaml/yaml-node.ts";
import { readBakeHcl, readBakeJson } from "./bake-builds.ts";
import { dockerfileLimits } from "./dockerfile-text.ts";
import { readIgnoreRules } from "./dockerignore.ts";
import { folderOf, joinPath, readGoModule } from "../go-module.ts";
import type { Dockerfile, ImageBuild, ImageModel } from "./model.ts";
import { readDockerfile } from "./read-dockerfile.ts";
import type { DockerfileSetting } from "./read-dockerfile.ts";
import { readComposeBuilds, readWorkflowBuilds } from "./yaml-builds.ts";

const dockerfileName =
  /(?:^|\/)(?:(?:Dockerfile|Containerfile)(?:[.-][\w.-]+)?|[\w.-]+\.(?:Dockerfile|dockerfile|Containerfile))$/;
const composeName = /(?:^|\/)(?:docker-)?compose[\w.-]*\.ya?ml$/;
const bakeName = /(?:^|\/)[\w.-]*bake[\w.-]*\.(?:hcl|json)$/;
const workflowName = /^\.github\/workflows\/[^/]+\.ya?ml$/;
const maxGoFilesRead = 400;

/** Whether a path is named as Dockerfiles are: `Dockerfile`, `Dockerfile.dev`, `api.Dockerfile`, `Containerfile`. */
export function isDockerfile(path: string): boolean {
  return dockerfileName.test(path) && !/\.(?:dockerignore|md|go|sh|ya?ml|json|txt|tmpl|j2)$/.test(path);
}

interface Loading {
  readonly tree: SourceTree;
  readonly partial: Partial[];
  readonly builds: ImageBuild[];
  readonly dockerfiles: Dockerfile[];
}

/** Reads the whole model. */
export async function loadImages(tree: SourceTree): Promise<ImageModel> {
  const loading: Loading = { tree, partial: [], builds: [], dockerfiles: [] };
  await readBuilds(loading);
  for (const path of tree.paths) {
    if (isDockerfile(path)) addDockerfile(loading, path);
  }
  const { dockerfiles, builds, partial } = loading;
  return { dockerfiles, builds, partial, importsAny: (folder, packages) => importsAny(tree, folder, packages) };
}

async function readBuilds(loading: Loading): Promise<void> {
  const paths = loading.tree.paths.filter((path) => composeName.test(path) || workflowName.test(path));
  const relevant = paths.filter((path) => /build-push-action|\bbuild:/.test(loading.tree.read(path) ?? ""));
  if (relevant.length > 0) {
    const readYaml = await loadYamlReader();
    for (const path of relevant) addYamlBuilds(loading, path, readYaml);
  }
  for (const path of loading.tree.paths) if (bakeName.test(path)) addBakeBuilds(loading, path);
}

type ReadYaml = Awaited<ReturnType<typeof loadYamlReader>>;

function addYamlBuilds(loading: Loading, path: string, readYaml: ReadYaml): void {
  const isCompose = composeName.test(path);
  const source = createSourceText(path, loading.tree.read(path) ?? "");
  const { documents, problems } = readYaml(source.text);
  // What is wrong with a workflow is said once, by the area that reads pipelines.
  if (isCompose) for (const { offset, reason } of problems) addPartial(loading, source, offset, reason);
  const read = isCompose ? readComposeBuilds : readWorkflowBuilds;
  loading.builds.push(...documents.flatMap((root: YamlNode) => read(source, root)));
}

function addBakeBuilds(loading: Loading, path: string): void {
  const source = createSourceText(path, loading.tree.read(path) ?? "");
  if (source.text.length > dockerfileLimits.textChars) {
    addPartial(loading, source, 0, `larger than ${dockerfileLimits.textChars >> 10} Ki characters`);
    return;
  }
  const { builds, problems } = path.endsWith(".json") ? readBakeJson(source) : readBakeHcl(source);
  for (const { offset, reason } of problems) addPartial(loading, source, offset, reason);
  loading.builds.push(...builds);
}

function addDockerfile(loading: Loading, path: string): void {
  const source = createSourceText(path, loading.tree.read(path) ?? "");
  if (source.text.length > dockerfileLimits.textChars) {
    addPartial(loading, source, 0, `larger than ${dockerfileLimits.textChars >> 10} Ki characters`);
    return;
  }
  // A script in another shell, or a file without FROM, is worth a word only where Go may be built.
  const concernsGo = /\bgo(?:lang)?\b/i.test(source.text);
  if (!/^\s*FROM\s/im.test(source.text)) {
    const isText = !/[\0\uFFFD]/.test(source.text);
    if (concernsGo || !isText) addPartial(loading, source, 0, "no FROM in it: not read as a Dockerfile");
    return;
  }
  try {
    const { dockerfile, problems } = readDockerfile(source, surroundings(loading, path));
    loading.dockerfiles.push(dockerfile);
    if (concernsGo) for (const { offset, reason } of problems) addPartial(loading, source, offset, reason);
  } catch (cause) {
    addPartial(
      loading,
      source,
      0,
      `not readable as a Dockerfile: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  }
}

function addPartial({ partial }: Loading, source: SourceText, offset: number, reason: string): void {
  partial.push({ path: source.path, line: positionAt(source, offset).line, reason });
}

/** The context is what a build says; without one the Dockerfile's folder if a module is there, else the tree's top. */
function surroundings({ tree, builds }: Loading, path: string): DockerfileSetting {
  const known = builds.find((build) => build.dockerfile === path && build.context !== undefined)?.context;
  const own = folderOf(path);
  const guessed = tree.read(joinPath(own, "go.mod")) === undefined ? topWithModule(tree, own) : own;
  const context = known ?? guessed;
  const ignorePath = [`${path}.dockerignore`, joinPath(context, ".dockerignore")].find(
    (candidate) => tree.read(candidate) !== undefined,
  );
  const ignoreText = ignorePath === undefined ? undefined : tree.read(ignorePath);
  return {
    context,
    ignore: readIgnoreRules(ignorePath, ignoreText),
    module: readGoModule(tree, context),
    hasWorkspace: tree.read(joinPath(context, "go.work")) !== undefined,
    hasVendor: tree.read(joinPath(context, "vendor/modules.txt")) !== undefined,
  };
}

/** The nearest folder above that has a go.mod, or the top. */
function topWithModule(tree: SourceTree, folder: string): string {
  if (folder === "" || tree.read(joinPath(folder, "go.mod")) !== undefined) return folder;
  return topWithModule(tree, folderOf(folder));
}

function importsAny(tree: SourceTree, folder: string, packages: readonly string[]): boolean {
  const prefix = folder === "" ? "" : `${folder}/`;
  const pattern = new RegExp(
    `^(?:import)?\\s*(?:[\\w.]+\\s+)?"(?:${packages.map((name) => name.replaceAll(".", "\\.")).join("|")})"`,
    "m",
  );
  const files = tree.paths.filter(
    (path) => path.startsWith(prefix) && path.endsWith(".go") && !path.endsWith("_test.go"),
  );
  return files.slice(0, maxGoFilesRead).some((path) => pattern.test(tree.read(path) ?? ""));
}
