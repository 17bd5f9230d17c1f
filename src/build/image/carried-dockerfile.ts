/**
 * A Dockerfile as the builder gets it: each step that compiles Go finds Ballast and what it needs in mounts. Nothing of
 * that is part of a step's cache key or of a layer: BuildKit leaves the contents of secrets out of both.
 */

import { readIgnoreRules } from "../../check/image/dockerignore.ts";
import { goSteps, isCompile, mountInsertion } from "../../check/image/go-runs.ts";
import type { Dockerfile, RunStep, Stage } from "../../check/image/model.ts";
import { readDockerfile } from "../../check/image/read-dockerfile.ts";
import { createSourceText, positionAt } from "../../check/source-text.ts";
import { imageErrors } from "./errors.ts";

/** Where the steps find what is carried in. */
export const carried = {
  /** The named context. */
  tools: "ballast-tools",
  toolsFolder: "/run/ballast",
  /** Secrets that are files in a step. */
  token: { id: "ballast-token", path: "/run/secrets/ballast-token" },
  ca: { id: "ballast-ca", path: "/run/secrets/ballast-ca" },
} as const;

/** Secrets that are variables in a step: how go starts the helper, and what the helper is told. */
export const carriedVariables = [
  "GOCACHEPROG",
  "BALLAST_SERVER",
  "BALLAST_TOKEN_FILE",
  "BALLAST_CA_FILE",
  "BALLAST_SCOPE",
  "BALLAST_ANCESTORS",
  "BALLAST_MODE",
  "BALLAST_SHARE",
  "BALLAST_IMAGE",
  "BALLAST_WAIT_LIMIT",
] as const;

/** The secret that holds a variable. */
export function variableSecret(name: string): string {
  return `ballast-${name.replace("BALLAST_", "").toLowerCase().replaceAll("_", "-")}-value`;
}

export interface CarriedDockerfile {
  readonly text: string;
  /** The lines of the original whose steps compile Go. */
  readonly lines: readonly number[];
  /** Whether each of them has a cache mount over its build cache, so that a warm builder needs nothing from elsewhere. */
  readonly mounts: number;
}

const toolsMount = `--mount=type=bind,from=${carried.tools},target=${carried.toolsFolder}`;
/** Readable for a step that does not run as root; only the step sees it. */
const secretMounts = [
  ...carriedVariables.map((name) => `--mount=type=secret,id=${variableSecret(name)},env=${name}`),
  ...[carried.token, carried.ca].map(({ id, path }) => `--mount=type=secret,id=${id},target=${path},mode=0444`),
];
/**
 * After a step that compiled. The end of the step ends all of its processes, also what still sends to the server; and
 * the cache mount that holds the rest goes away with its builder.
 */
const flushCommand = `["${carried.toolsFolder}/ballast", "flush", "--attempt"]`;

/**
 * A step of its own at the start of the stage: Go would end the build if its helper did not start, so whether it does is
 * found out before. It is in the builder's cache from then on.
 */
export const trialCommand = `["${carried.toolsFolder}/ballast", "version"]`;

/** Reads the text of a Dockerfile. Throws `build/image-dockerfile`. */
export function parseDockerfile(path: string, text: string): Dockerfile {
  if (!/^\s*FROM\s/im.test(text)) throw imageErrors.error("build/image-dockerfile", `${path}: there is no FROM in it`);
  const surroundings = {
    context: "",
    ignore: readIgnoreRules(undefined, undefined),
    module: undefined,
    hasWorkspace: false,
    hasVendor: false,
  };
  try {
    return readDockerfile(createSourceText(path, text), surroundings).dockerfile;
  } catch (cause) {
    throw imageErrors.error("build/image-dockerfile", `${path}: ${(cause as Error).message}`, { cause });
  }
}

/** The steps that compile the source which was copied in. */
export function compilingSteps(dockerfile: Dockerfile): readonly RunStep[] {
  return goSteps(dockerfile).filter((step) => !step.isTrigger && step.gos.some(isCompile));
}

/** The Dockerfile with the mounts added. */
export function carryInto(dockerfile: Dockerfile): CarriedDockerfile {
  const steps = compilingSteps(dockerfile);
  const stages = new Set<Stage>(steps.map(({ stage }) => stage));
  const edits = [
    ...steps.map((step) => mountInsertion(step, [toolsMount, ...secretMounts])),
    ...steps.map((step) => ({ start: step.end, end: step.end, text: `\nRUN ${flushMounts(step)} ${flushCommand}` })),
    ...[...stages].map(({ from }) => ({
      start: from.end,
      end: from.end,
      text: `\nRUN ${toolsMount} ${trialCommand}`,
    })),
  ];
  const { source } = dockerfile;
  let text = source.text;
  for (const edit of edits.toSorted((a, b) => b.start - a.start)) {
    text = text.slice(0, edit.start) + edit.text + text.slice(edit.end);
  }
  return {
    text,
    lines: steps.map(({ start }) => positionAt(source, start).line),
    mounts: steps.filter(({ mounts }) => mounts.some(({ type }) => type === "cache")).length,
  };
}

/** The same caches, since what waits to be sent lies in one of them. */
function flushMounts({ mounts, stage }: RunStep): string {
  const { text } = stage.dockerfile.source;
  const caches = mounts.filter(({ type }) => type === "cache").map(({ start, end }) => text.slice(start, end));
  return [...caches, toolsMount, ...secretMounts].join(" ");
}
