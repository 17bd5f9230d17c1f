/** The machine of a Jenkins stage, told from its agent. Source: Jenkins' page on using Docker with Pipeline. */

import type { CiText, EnvValue } from "../model.ts";
import { type Machine, workspaceRoot } from "../paths.ts";
import { isGoImage } from "../github/runner.ts";
import { type GroovyStatement, stringIn } from "./groovy-blocks.ts";

export interface Agent {
  readonly label: string;
  readonly image: CiText | undefined;
  /** What `docker run` gets besides. */
  readonly args: string;
}

/** `agent …` of a pipeline or a stage; undefined when it says nothing about the machine. */
export function readAgent(path: string, statement: GroovyStatement): Agent | undefined {
  const plain = /^agent\s+(\w+)$/.exec(statement.head)?.[1];
  if (plain !== undefined) return plain === "none" ? undefined : { label: plain, image: undefined, args: "" };
  for (const inner of statement.block ?? []) {
    if (/^docker\b/.test(inner.head)) return dockerAgent(path, inner);
    const label = /^label\b/.test(inner.head) ? stringIn(inner.head)?.text : undefined;
    if (label !== undefined) return { label, image: undefined, args: "" };
  }
  return { label: "?", image: undefined, args: "" };
}

function dockerAgent(path: string, statement: GroovyStatement): Agent | undefined {
  const own = statement.block?.find(({ head }) => /^image\b/.test(head)) ?? statement;
  const args = statement.block?.find(({ head }) => /^args\b/.test(head));
  const image = imageText(path, own);
  return image === undefined
    ? undefined
    : { label: "docker", image, args: args === undefined ? "" : (stringIn(args.head)?.text ?? "") };
}

/** The first string of a statement as the name of an image. */
export function imageText(path: string, { head, start }: GroovyStatement): CiText | undefined {
  const found = stringIn(head);
  if (found === undefined || found.text === "") return undefined;
  const at = start + found.start;
  return { text: found.text, place: { path, start: at, end: at + found.text.length } };
}

/**
 * Jenkins starts the container as the agent's own user, whom the image does not know: HOME is then `/`, and not
 * writable. `-u root` and `-e HOME=…` change that.
 */
export function machineOf(agent: Agent | undefined): Machine {
  const image = agent?.image;
  if (agent === undefined || image === undefined) {
    return { os: undefined, home: undefined, workspace: workspaceRoot, goPath: undefined };
  }
  const isRoot = /(?:^|\s)(?:-u|--user)[ =](?:root|0)\b/.test(agent.args);
  const isOtherUser = /(?:^|\s)(?:-u|--user)[ =]/.test(agent.args) && !isRoot;
  const isGo = isGoImage(image.text);
  const home = isRoot ? "/root" : "/";
  return {
    os: "linux",
    home: isOtherUser || !isGo ? undefined : home,
    workspace: workspaceRoot,
    goPath: isGo ? "/go" : undefined,
  };
}

/** `-e NAME=value` of the container's arguments. */
export function argumentEnv(agent: Agent | undefined): ReadonlyMap<string, EnvValue> {
  const found = (agent?.args ?? "").matchAll(/(?:^|\s)(?:-e|--env)[ =]["']?(\w+)=([^\s"']*)/g);
  return new Map([...found].map(([, name = "", text = ""]) => [name, { text, level: "job" }] as const));
}
