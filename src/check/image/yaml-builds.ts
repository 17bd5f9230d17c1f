/** Builds that Compose files and GitHub workflows ask for. */

import type { Span } from "../shell/shell-command.ts";
import { rangeAt } from "../source-text.ts";
import type { SourceText } from "../source-text.ts";
import { yamlAt, yamlChild, yamlEntries, yamlItems, yamlText } from "../yaml/yaml-node.ts";
import type { YamlNode } from "../yaml/yaml-node.ts";
import { readCacheReference } from "./cache-reference.ts";
import { folderOf, joinPath } from "../go-module.ts";
import type { CacheReference, ImageBuild, Pair } from "./model.ts";

/** The services of a Compose file that are built. */
export function readComposeBuilds(source: SourceText, root: YamlNode): ImageBuild[] {
  return yamlEntries(yamlChild(root, "services")).flatMap(([name, service]) => {
    const build = yamlChild(service.value, "build");
    return build === undefined ? [] : [composeBuild(source, name, service.key, build)];
  });
}

function composeBuild(source: SourceText, name: string, key: YamlNode, build: YamlNode): ImageBuild {
  const context = localPath(yamlText(build) ?? yamlText(yamlChild(build, "context")) ?? ".");
  const folder = context === undefined ? undefined : joinPath(folderOf(source.path), context);
  const file = localPath(yamlText(yamlChild(build, "dockerfile")) ?? "Dockerfile");
  const isInline = yamlChild(build, "dockerfile_inline") !== undefined;
  return {
    ...base(source, "compose", name, key),
    context: folder,
    dockerfile: folder === undefined || file === undefined || isInline ? undefined : joinPath(folder, file),
    target: yamlText(yamlChild(build, "target")),
    platforms: yamlItems(yamlChild(build, "platforms")).map((item) => item.text),
    args: composeArgs(yamlChild(build, "args")),
    cacheTo: yamlItems(yamlChild(build, "cache_to")).map((item) => readCacheReference(item.text, item)),
    cacheFrom: yamlItems(yamlChild(build, "cache_from")).map((item) => readCacheReference(item.text, item)),
    keepsMounts: false,
  };
}

function base(source: SourceText, tool: ImageBuild["tool"], name: string, span: Span) {
  const place = (at: Span) => ({ path: source.path, ...rangeAt(source, at.start, at.end) });
  return { tool, source, name, span: { start: span.start, end: span.end }, place };
}

/** A path of the tree; `undefined` for an address or what only the shell knows. */
function localPath(text: string): string | undefined {
  return /^\w+:|^git@|\$|\{/.test(text) || text.startsWith("/") ? undefined : text;
}

function composeArgs(node: YamlNode | undefined): Pair[] {
  if (node?.kind === "list") {
    return node.items.map((item) => {
      const equals = item.text.indexOf("=");
      const name = equals === -1 ? item.text : item.text.slice(0, equals);
      return {
        ...spanOf(item),
        name,
        ...(equals === -1 ? {} : { value: item.text.slice(equals + 1), valueSpan: spanOf(item) }),
      };
    });
  }
  return yamlEntries(node).map(([name, { key, value }]) => {
    const text = yamlText(value);
    return { ...spanOf(key), name, ...(text === undefined ? {} : { value: text, valueSpan: spanOf(value) }) };
  });
}

function spanOf({ start, end }: Span): Span {
  return { start, end };
}

/** The steps of a workflow that build an image with docker/build-push-action. */
export function readWorkflowBuilds(source: SourceText, root: YamlNode): ImageBuild[] {
  return yamlEntries(yamlChild(root, "jobs")).flatMap(([jobName, job]) => {
    const steps = yamlItems(yamlChild(job.value, "steps"));
    const keepsMounts = runsOnOwnMachine(job.value) || steps.some(isMountKeeper);
    return steps.flatMap((step) => {
      const uses = yamlText(yamlChild(step, "uses")) ?? "";
      if (!uses.startsWith("docker/build-push-action@")) return [];
      return [workflowBuild(source, jobName, step, keepsMounts)];
    });
  });
}

/** What carries cache mounts from run to run, or a builder that stays. */
function isMountKeeper(step: YamlNode): boolean {
  const uses = yamlText(yamlChild(step, "uses")) ?? "";
  if (/buildkit-cache-dance|useblacksmith\/|depot\/|namespacelabs\//.test(uses)) return true;
  const driver = yamlText(yamlAt(step, "with", "driver"));
  const isRemote =
    (driver !== undefined && driver !== "docker-container") || yamlAt(step, "with", "endpoint") !== undefined;
  return uses.startsWith("docker/setup-buildx-action@") && isRemote;
}

function runsOnOwnMachine(job: YamlNode): boolean {
  const runner = yamlChild(job, "runs-on");
  const names = runner?.kind === "map" ? ["own"] : yamlItems(runner).map((item) => item.text);
  return !names.every((name) => /^(?:ubuntu|windows|macos)-[\w.-]+$/.test(name));
}

function workflowBuild(source: SourceText, job: string, step: YamlNode, keepsMounts: boolean): ImageBuild {
  const input = (name: string): YamlNode | undefined => yamlAt(step, "with", name);
  const written = yamlText(input("context"));
  const context =
    written === undefined ? "" : localPath(written.replace(/^\$\{\{\s*github\.workspace\s*\}\}\/?/, "./"));
  const folder = context === undefined ? undefined : joinPath("", context);
  const file = yamlText(input("file"));
  const path = file === undefined ? joinPath(folder ?? "", "Dockerfile") : localPath(file);
  return {
    ...base(source, "workflow", job, yamlChild(step, "uses") ?? step),
    context: folder,
    dockerfile: path === undefined ? undefined : joinPath("", path),
    target: yamlText(input("target")),
    platforms: (yamlText(input("platforms")) ?? "").split(/[,\s]+/).filter((name) => name !== ""),
    args: lineArgs(input("build-args")),
    cacheTo: lines(input("cache-to")),
    cacheFrom: lines(input("cache-from")),
    keepsMounts,
  };
}

function lines(node: YamlNode | undefined): CacheReference[] {
  const texts = (yamlText(node) ?? "").split("\n").filter((line) => line.trim() !== "");
  return node === undefined ? [] : texts.map((text) => readCacheReference(text.trim(), node));
}

function lineArgs(node: YamlNode | undefined): Pair[] {
  if (node === undefined) return [];
  return (yamlText(node) ?? "").split("\n").flatMap((line) => {
    const [, name, value] = /^\s*(\w+)=(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [{ ...spanOf(node), name, value: value ?? "", valueSpan: spanOf(node) }];
  });
}
