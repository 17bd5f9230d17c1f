/** Finds manifests in a tree, and reads them into the model. */

import type { Partial } from "../finding.ts";
import { folderOf, joinPath, readGoModule } from "../go-module.ts";
import type { GoModule } from "../go-module.ts";
import { createSourceText, positionAt } from "../source-text.ts";
import type { SourceTree } from "../source-tree.ts";
import { loadYamlReader } from "../yaml/read-yaml.ts";
import type { YamlFile } from "../yaml/read-yaml.ts";
import { yamlAt, yamlChild, yamlItems, yamlText } from "../yaml/yaml-node.ts";
import type { YamlNode } from "../yaml/yaml-node.ts";
import type { K8sModel, Workload } from "./model.ts";
import { flatDocuments, readWorkload } from "./read-manifest.ts";

const yamlName = /\.ya?ml$/;
const notManifests = /^\.github\/|(?:^|\/)(?:docker-)?compose[\w.-]*\.ya?ml$|\.gitlab-ci\.ya?ml$/;
/** Cheap words that each manifest of ours has; most YAML of a repository does not. */
const manifestWords =
  /^[ \t-]*kind:[ \t]*["']?(?:Pod|Deployment|StatefulSet|DaemonSet|ReplicaSet|Job|CronJob|PodTemplate|Task|ClusterTask|TaskRun|List|PersistentVolumeClaim)\b/m;
const maxModules = 200;

interface Loading {
  readonly tree: SourceTree;
  readonly partial: Partial[];
  readonly workloads: Workload[];
  readonly claims: Map<string, readonly string[]>;
  readonly programs: ReadonlySet<string>;
}

/** Reads the whole model. */
export async function loadManifests(tree: SourceTree): Promise<K8sModel> {
  const modules = findModules(tree);
  const programs = programNames(tree, modules);
  const loading: Loading = { tree, partial: [], workloads: [], claims: new Map(), programs };
  const paths = tree.paths.filter((path) => yamlName.test(path) && !notManifests.test(path));
  const relevant = paths.filter((path) => manifestWords.test(tree.read(path) ?? ""));
  if (relevant.length > 0) {
    const readYaml = await loadYamlReader();
    for (const path of relevant) addManifest(loading, path, readYaml);
  }
  const { workloads, claims, partial } = loading;
  return { workloads, claims, modules, partial };
}

function findModules(tree: SourceTree): GoModule[] {
  const files = tree.paths.filter((path) => path === "go.mod" || path.endsWith("/go.mod")).slice(0, maxModules);
  const folders = files.map(folderOf).toSorted((a, b) => a.length - b.length);
  return folders.flatMap((folder) => readGoModule(tree, folder) ?? []);
}

/** The last word of each module's path, and the folders below `cmd/`: what images are usually named after. */
function programNames(tree: SourceTree, modules: readonly GoModule[]): ReadonlySet<string> {
  if (modules.length === 0) return new Set();
  const names = modules.map(({ path }) => path.replace(/\/v\d+$/, "").replace(/^.*\//, ""));
  const commands = tree.paths.flatMap((path) => /(?:^|\/)cmd\/([^/]+)\/[^/]*\.go$/.exec(path)?.[1] ?? []);
  return new Set([...names, ...commands].filter((name) => name.length > 1));
}

function addManifest(loading: Loading, path: string, readYaml: (text: string) => YamlFile): void {
  const source = createSourceText(path, loading.tree.read(path) ?? "");
  const isTemplate =
    isHelmTemplate(loading.tree, path) || /\{\{-?\s*(?:\.|include|if|with|range|toYaml)/.test(source.text);
  if (isTemplate) {
    loading.partial.push({ path, line: 1, reason: "a template: what it renders to depends on values" });
    return;
  }
  const { documents, problems } = readYaml(source.text);
  for (const { offset, reason } of problems) {
    loading.partial.push({ path, line: positionAt(source, offset).line, reason });
  }
  for (const document of flatDocuments(documents)) {
    addClaim(loading, document);
    const workload = readWorkload(source, document, loading.programs);
    if (workload !== undefined) loading.workloads.push(workload);
  }
}

function isHelmTemplate(tree: SourceTree, path: string): boolean {
  const at = path.lastIndexOf("templates/");
  return at !== -1 && tree.read(joinPath(path.slice(0, at), "Chart.yaml")) !== undefined;
}

function addClaim({ claims }: Loading, document: YamlNode): void {
  if (yamlText(yamlChild(document, "kind")) !== "PersistentVolumeClaim") return;
  const name = yamlText(yamlAt(document, "metadata", "name"));
  const modes = yamlItems(yamlAt(document, "spec", "accessModes")).map(({ text }) => text);
  if (name !== undefined) claims.set(name, modes);
}
