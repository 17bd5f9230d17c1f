/** One container of a pod, or one step of a Tekton task. */

import { goInvocationOf, withInnerCommands } from "../shell/go-invocation.ts";
import type { GoInvocation } from "../shell/go-invocation.ts";
import type { ShellCommand } from "../shell/shell-command.ts";
import { splitShell } from "../shell/split-shell.ts";
import type { SourceText } from "../source-text.ts";
import { sourceOffset, yamlAt, yamlChild, yamlItems, yamlText } from "../yaml/yaml-node.ts";
import type { YamlNode } from "../yaml/yaml-node.ts";
import type { Container, EnvVariable, VolumeMount, Workload, Written } from "./model.ts";

const runtimeVariables =
  /^(?:GOMAXPROCS|GOMEMLIMIT|GOGC|GODEBUG|GOTRACEBACK|GOCACHE|GOMODCACHE|GOFLAGS|GOPROXY|GOPRIVATE|GOTOOLCHAIN)$/;

/** What a container's surroundings say. */
export interface ContainerSetting {
  readonly source: SourceText;
  readonly workload: Workload;
  readonly isInit: boolean;
  /** A Tekton stepTemplate, whose env and resources hold for each step. */
  readonly template: YamlNode | undefined;
  /** Names of programs that this repository builds. */
  readonly programs: ReadonlySet<string>;
}

/** Reads the container at `node`. */
export function readContainer(node: YamlNode, setting: ContainerSetting): Container {
  const { workload, isInit, template } = setting;
  const image = written(yamlChild(node, "image") ?? yamlChild(template, "image"));
  const words = [...yamlItems(yamlChild(node, "command")), ...yamlItems(yamlChild(node, "args"))].flatMap(
    (item) => written(item) ?? [],
  );
  const env = [...readEnv(yamlChild(template, "env")), ...readEnv(yamlChild(node, "env"))];
  const gos = readGos(setting.source, node, words);
  const resources = yamlChild(node, "computeResources") ?? yamlChild(node, "resources");
  const quantity = (kind: string, name: string): Written | undefined => written(yamlAt(resources, kind, name));
  return {
    workload,
    name: yamlText(yamlChild(node, "name")) ?? "",
    span: nameSpan(node),
    node,
    image,
    env,
    envList: yamlChild(node, "env"),
    words,
    gos,
    mounts: [...readMounts(yamlChild(template, "volumeMounts")), ...readMounts(yamlChild(node, "volumeMounts"))],
    cpuLimit: quantity("limits", "cpu"),
    memoryLimit: quantity("limits", "memory"),
    cpuRequest: quantity("requests", "cpu") ?? quantity("limits", "cpu"),
    memoryRequest: quantity("requests", "memory") ?? quantity("limits", "memory"),
    privileged: written(yamlAt(node, "securityContext", "privileged")),
    isInit,
    builder: builderOf(image?.text ?? "", words),
    goReason: goReason(setting.programs, image?.text ?? "", env, gos),
  };
}

/** The place to show: the name, or the first line. */
function nameSpan(node: YamlNode): { start: number; end: number } {
  const name = yamlChild(node, "name") ?? yamlChild(node, "image");
  return name === undefined ? { start: node.start, end: node.start } : { start: name.start, end: name.end };
}

/** A scalar with its place; `undefined` for what is absent, empty or no scalar. */
function written(node: YamlNode | undefined): Written | undefined {
  const text = yamlText(node);
  return node === undefined || text === undefined || text === ""
    ? undefined
    : { text, start: node.start, end: node.end };
}

function readEnv(node: YamlNode | undefined): EnvVariable[] {
  return yamlItems(node).map((item) => {
    const name = yamlChild(item, "name");
    const valueFrom = [...(yamlChild(item, "valueFrom")?.entries.keys() ?? [])][0];
    return {
      name: yamlText(name) ?? "",
      value: written(yamlChild(item, "value")),
      valueFrom,
      start: name?.start ?? item.start,
      end: name?.end ?? item.end,
    };
  });
}

function readMounts(node: YamlNode | undefined): VolumeMount[] {
  return yamlItems(node).map((item) => {
    const path = yamlChild(item, "mountPath");
    const { start, end } = path ?? item;
    return {
      volume: yamlText(yamlChild(item, "name")) ?? "",
      path: (yamlText(path) ?? "").replace(/\/$/, ""),
      start,
      end,
    };
  });
}

/** Go commands of the `script`, of `sh -c "…"`, and of `command: [go, build]`. Places are those of the whole text. */
function readGos(source: SourceText, node: YamlNode, words: readonly Written[]): GoInvocation[] {
  const script = yamlChild(node, "script");
  const fromScript = script === undefined ? [] : shellCommands(source, script, script.text);
  const flag = words.findIndex(({ text }) => /^-\w*c$/.test(text));
  const isShell = /^(?:\/(?:usr\/)?bin\/)?(?:ba|da|a|z)?sh$/.test(words[0]?.text ?? "");
  const inline = isShell && flag !== -1 ? words[flag + 1] : undefined;
  const inlineNode = inline === undefined ? undefined : nodeAt(node, inline);
  const fromInline = inlineNode === undefined ? [] : shellCommands(source, inlineNode, inlineNode.text);
  const direct = isShell ? [] : [wordsCommand(words)];
  return [...fromScript, ...fromInline, ...direct].flatMap((command) => goInvocationOf(command) ?? []);
}

function nodeAt(node: YamlNode, { start }: Written): YamlNode | undefined {
  const items = [...yamlItems(yamlChild(node, "command")), ...yamlItems(yamlChild(node, "args"))];
  return items.find((item) => item.start === start);
}

function shellCommands(source: SourceText, node: YamlNode, text: string): ShellCommand[] {
  const move = (offset: number): number => sourceOffset(source.text, node, offset);
  return withInnerCommands(splitShell(text).commands).map((command) => ({
    ...command,
    words: command.words.map((word) => ({
      ...word,
      start: move(word.start),
      end: move(word.start) + word.end - word.start,
    })),
    start: move(command.start),
    end: move(command.start) + command.end - command.start,
  }));
}

function wordsCommand(words: readonly Written[]): ShellCommand {
  const own = words.map((word) => ({ ...word, raw: word.text, isExpanded: false }));
  const [start, end] = [words[0]?.start ?? 0, words.at(-1)?.end ?? 0];
  return {
    words: own,
    assignments: [],
    redirections: [],
    before: "",
    after: "",
    depth: 0,
    isConditional: false,
    start,
    end,
  };
}

function builderOf(image: string, words: readonly Written[]): Container["builder"] {
  const isKaniko = /(?:^|\/)kaniko(?:-project)?\/executor|kaniko-executor/.test(image);
  if (isKaniko || words[0]?.text === "/kaniko/executor") return "kaniko";
  return /(?:^|\/)moby\/buildkit(?:[:@]|$)/.test(image) || /^buildctl|^buildkitd/.test(words[0]?.text ?? "")
    ? "buildkit"
    : undefined;
}

function goReason(
  programs: ReadonlySet<string>,
  image: string,
  env: readonly EnvVariable[],
  gos: readonly GoInvocation[],
): string | undefined {
  const variable = env.find(({ name }) => runtimeVariables.test(name));
  if (variable !== undefined) return `it sets ${variable.name}`;
  const [go] = gos;
  if (go !== undefined) return `it runs go ${go.verb}`;
  const program = /([^/:@]+)(?::[^/@]*)?(?:@.*)?$/.exec(image)?.[1] ?? "";
  return programs.has(program) ? `this repository builds ${program}` : undefined;
}
