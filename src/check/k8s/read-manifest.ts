/** From a manifest's documents to workloads. */

import type { Span } from "../shell/shell-command.ts";
import { rangeAt } from "../source-text.ts";
import type { SourceText } from "../source-text.ts";
import { yamlAt, yamlChild, yamlEntries, yamlItems, yamlText } from "../yaml/yaml-node.ts";
import type { YamlNode } from "../yaml/yaml-node.ts";
import type { Container, Volume, Workload } from "./model.ts";
import { readContainer } from "./read-container.ts";
import type { ContainerSetting } from "./read-container.ts";

/** Where the pod's own specification lies in each kind. */
const podPaths: Readonly<Record<string, readonly string[]>> = {
  Pod: ["spec"],
  Deployment: ["spec", "template", "spec"],
  StatefulSet: ["spec", "template", "spec"],
  DaemonSet: ["spec", "template", "spec"],
  ReplicaSet: ["spec", "template", "spec"],
  Job: ["spec", "template", "spec"],
  CronJob: ["spec", "jobTemplate", "spec", "template", "spec"],
  PodTemplate: ["template", "spec"],
};

const containerLists = ["initContainers", "containers", "steps", "sidecars"];
const batchKinds = new Set(["Job", "CronJob", "Task", "ClusterTask", "TaskRun"]);

/** The documents of a file, with the items of a `List` taken out of it. */
export function flatDocuments(documents: readonly YamlNode[]): readonly YamlNode[] {
  return documents.flatMap((document) =>
    yamlText(yamlChild(document, "kind")) === "List" ? yamlItems(yamlChild(document, "items")) : [document],
  );
}

/** The workload that a document describes, if it is of a kind that runs containers. */
export function readWorkload(
  source: SourceText,
  document: YamlNode,
  programs: ReadonlySet<string>,
): Workload | undefined {
  const kind = yamlText(yamlChild(document, "kind")) ?? "";
  const task = taskSpec(document, kind);
  const path = podPaths[kind];
  const spec = task ?? (path === undefined ? undefined : yamlAt(document, ...path));
  if (spec === undefined) return undefined;
  const name = yamlAt(document, "metadata", "name") ?? yamlAt(document, "metadata", "generateName");
  const containers: Container[] = [];
  const place = (span: Span) => ({ path: source.path, ...rangeAt(source, span.start, span.end) });
  const workload: Workload = {
    kind,
    name: yamlText(name) ?? "",
    namespace: yamlText(yamlAt(document, "metadata", "namespace")) ?? "",
    serviceAccount: yamlText(yamlChild(spec, "serviceAccountName")) ?? "",
    source,
    span: name === undefined ? { start: document.start, end: document.start } : { start: name.start, end: name.end },
    words: wordsOf(document, yamlText(name) ?? ""),
    isBatch: batchKinds.has(kind) || (kind === "Pod" && yamlText(yamlChild(spec, "restartPolicy")) === "Never"),
    isInUserNamespace: yamlText(yamlChild(spec, "hostUsers")) === "false",
    containers,
    volumes: readVolumes(yamlChild(spec, "volumes")),
    place,
  };
  const setting = { source, workload, programs, isInit: false, template: yamlChild(spec, "stepTemplate") };
  for (const list of containerLists) addContainers(containers, spec, list, setting);
  return containers.length === 0 ? undefined : workload;
}

function addContainers(containers: Container[], spec: YamlNode, list: string, setting: ContainerSetting): void {
  const isInit = list === "initContainers";
  for (const item of yamlItems(yamlChild(spec, list))) {
    if (item.kind === "map") containers.push(readContainer(item, { ...setting, isInit }));
  }
}

function taskSpec(document: YamlNode, kind: string): YamlNode | undefined {
  const isTekton = (yamlText(yamlChild(document, "apiVersion")) ?? "").startsWith("tekton.dev/");
  if (!isTekton) return undefined;
  if (kind === "Task" || kind === "ClusterTask") return yamlChild(document, "spec");
  return kind === "TaskRun" ? yamlAt(document, "spec", "taskSpec") : undefined;
}

function wordsOf(document: YamlNode, name: string): string {
  const metadata = yamlChild(document, "metadata");
  const pairs = ["labels", "annotations"].flatMap((key) =>
    yamlEntries(yamlChild(metadata, key)).map(([label, { value }]) => `${label}=${value.text}`),
  );
  return [name, yamlText(yamlChild(metadata, "namespace")) ?? "", ...pairs].join(" ").toLowerCase();
}

function readVolumes(node: YamlNode | undefined): Volume[] {
  return yamlItems(node).map((item) => {
    const name = yamlChild(item, "name");
    const base = { name: yamlText(name) ?? "", start: name?.start ?? item.start, end: name?.end ?? item.end };
    const emptyDir = yamlChild(item, "emptyDir");
    if (emptyDir !== undefined) {
      return { ...base, kind: "emptyDir", source: "", medium: yamlText(yamlChild(emptyDir, "medium")) ?? "" };
    }
    const hostPath = yamlText(yamlAt(item, "hostPath", "path"));
    if (hostPath !== undefined) return { ...base, kind: "hostPath", source: hostPath, medium: "" };
    const claim = yamlText(yamlAt(item, "persistentVolumeClaim", "claimName"));
    return { ...base, kind: claim === undefined ? "other" : "claim", source: claim ?? "", medium: "" };
  });
}
