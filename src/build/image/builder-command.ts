/** The command lines of the builders, as words. */

import { join } from "node:path";

export type Builder = "buildctl" | "buildx";

export interface BuildSecret {
  readonly id: string;
  readonly path: string;
}

/** What is to be built, in the words of neither builder. */
export interface BuildOrder {
  readonly context: string;
  /** A folder that holds `Dockerfile`, and its ignore file. */
  readonly dockerfileFolder: string;
  readonly target: string | undefined;
  readonly platform: string | undefined;
  readonly buildArgs: readonly string[];
  /** NAME=FOLDER, or NAME=docker-image://IMAGE. */
  readonly contexts: readonly string[];
  readonly secrets: readonly BuildSecret[];
  readonly tags: readonly string[];
  readonly push: boolean;
  /** In the builder's own words; without it, and without a tag, nothing is written. */
  readonly output: string | undefined;
  /** Files in the image get no time that is later. */
  readonly epochSeconds: number | undefined;
  readonly noCache: boolean;
}

/** The words that build `order`; progress goes to stderr as JSON lines. */
export function builderCommand(builder: Builder, order: BuildOrder): string[] {
  return builder === "buildctl" ? buildctlWords(order) : buildxWords(order);
}

function buildctlWords(order: BuildOrder): string[] {
  const { context, dockerfileFolder, target, platform } = order;
  const words = ["buildctl", "build", "--progress=rawjson", "--frontend=dockerfile.v0"];
  words.push("--local", `context=${context}`, "--local", `dockerfile=${dockerfileFolder}`);
  for (const [index, pair] of order.contexts.entries()) words.push(...buildctlContext(pair, index));
  if (target !== undefined) words.push("--opt", `target=${target}`);
  if (platform !== undefined) words.push("--opt", `platform=${platform}`);
  for (const pair of buildArgs(order)) words.push("--opt", `build-arg:${pair}`);
  if (order.noCache) words.push("--no-cache");
  for (const { id, path } of order.secrets) words.push("--secret", `id=${id},src=${path}`);
  const output = outputOf(order);
  return output === undefined ? words : [...words, "--output", output];
}

function buildctlContext(pair: string, index: number): string[] {
  const at = pair.indexOf("=");
  const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
  if (value.startsWith("docker-image://")) return ["--opt", `context:${name}=${value}`];
  return ["--local", `context${index}=${value}`, "--opt", `context:${name}=local:context${index}`];
}

function buildxWords(order: BuildOrder): string[] {
  const { context, dockerfileFolder, target, platform } = order;
  const words = ["docker", "buildx", "build", "--progress=rawjson", "--file", join(dockerfileFolder, "Dockerfile")];
  for (const pair of order.contexts) words.push("--build-context", pair);
  if (target !== undefined) words.push("--target", target);
  if (platform !== undefined) words.push("--platform", platform);
  for (const pair of buildArgs(order)) words.push("--build-arg", pair);
  if (order.noCache) words.push("--no-cache");
  for (const { id, path } of order.secrets) words.push("--secret", `id=${id},src=${path}`);
  const output = outputOf(order);
  if (output !== undefined) words.push("--output", output);
  return [...words, context];
}

function buildArgs({ buildArgs: given, epochSeconds }: BuildOrder): string[] {
  const isGiven = given.some((pair) => pair.startsWith("SOURCE_DATE_EPOCH="));
  return epochSeconds === undefined || isGiven ? [...given] : [...given, `SOURCE_DATE_EPOCH=${epochSeconds}`];
}

function outputOf({ output, tags, push, epochSeconds }: BuildOrder): string | undefined {
  const rewrite = epochSeconds === undefined ? "" : ",rewrite-timestamp=true";
  if (output !== undefined) {
    const isImage = /(?:^|,)type=(?:oci|docker|image|registry)\b/.test(output);
    return isImage && !output.includes("rewrite-timestamp") ? `${output}${rewrite}` : output;
  }
  if (tags.length === 0) return undefined;
  // A list of names is quoted, since commas part the options.
  const names = tags.length === 1 ? `name=${tags[0]}` : `"name=${tags.join(",")}"`;
  return `type=image,${names},push=${push}${rewrite}`;
}
