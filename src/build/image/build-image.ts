/** One image build through BuildKit, with Go's cache carried into the steps that compile. */

import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import type { Dockerfile } from "../../check/image/model.ts";
import { positionAt } from "../../check/source-text.ts";
import type { StepReport } from "./build-progress.ts";
import { carried, carryInto, compilingSteps, parseDockerfile } from "./carried-dockerfile.ts";
import { type CarryOptions, toolsFolder, writeSecrets } from "./carried-tools.ts";
import { imageErrors } from "./errors.ts";
import { carryIn, carryOut, type CarryOutcome, mountsToCarry } from "./folder-carry.ts";
import { type DockerfileRun, runDockerfile, TrialFailure } from "./run-dockerfile.ts";

/** How Go's cache gets to a builder that has never built anything. */
export type Carry =
  /** Go asks the shared cache's server, and this is what the helper in a step is told. */
  | { readonly by: "server"; readonly options: CarryOptions }
  /** The cache mounts go through a folder of this machine. */
  | { readonly by: "folder"; readonly folder: string };

export interface ImageBuildRequest extends DockerfileRun {
  /** Absent: nothing is carried. */
  readonly carry: Carry | undefined;
  /** An image that holds /ballast, instead of this executable. */
  readonly toolsImage: string | undefined;
}

/** What went through the folder, in bytes; absent: nothing, and why is in `notCarried` or in `reason`. */
export interface CarriedBytes {
  readonly folder: string;
  readonly inBytes: number | undefined;
  readonly outBytes: number | undefined;
  readonly reasons: readonly string[];
}

export interface ImageBuildResult {
  /** Steps that ran or were found in the builder's own cache, in order. */
  readonly steps: readonly StepReport[];
  /** The lines of the Dockerfile whose steps had Ballast as their cache. */
  readonly carriedLines: readonly number[];
  /** Why nothing was carried, where something was to be. */
  readonly notCarried: string | undefined;
  readonly carriedBytes?: CarriedBytes;
  readonly tookMs: number;
}

const maxDockerfileBytes = 1 << 20;

/** Throws `build/image-dockerfile`, `build/image-tools`, `build/image-failed`. */
export async function buildImage(request: ImageBuildRequest): Promise<ImageBuildResult> {
  const dockerfile = readDockerfileAt(request.file);
  const { carry } = request;
  if (carry === undefined) return buildPlain(request, dockerfile, undefined);
  if (compilingSteps(dockerfile).length === 0) {
    return buildPlain(request, dockerfile, "no step of this Dockerfile compiles Go");
  }
  if (carry.by === "folder") return buildThroughFolder(request, dockerfile, carry.folder);
  const first = await buildWithServer(request, dockerfile, carry.options);
  if (first !== "no-start") return first;
  const reason = "Ballast does not start in the image of the steps: another C library, or another processor";
  return buildPlain(request, dockerfile, reason);
}

/** Reads and parses. Throws `build/image-dockerfile`. */
export function readDockerfileAt(path: string): Dockerfile {
  try {
    if (statSync(path).size > maxDockerfileBytes) throw new Error(`larger than ${maxDockerfileBytes} bytes`);
    return parseDockerfile(basename(path), readFileSync(path, "utf8"));
  } catch (cause) {
    throw imageErrors.error("build/image-dockerfile", `${path}: ${(cause as Error).message}`, { cause });
  }
}

async function buildPlain(
  request: ImageBuildRequest,
  { source }: Dockerfile,
  notCarried: string | undefined,
): Promise<ImageBuildResult> {
  return { ...(await runDockerfile(request, source.text)), carriedLines: [], notCarried };
}

async function buildWithServer(
  request: ImageBuildRequest,
  dockerfile: Dockerfile,
  options: CarryOptions,
): Promise<ImageBuildResult | "no-start"> {
  const { text, lines } = carryInto(dockerfile);
  const { toolsImage, env } = request;
  const tools = toolsImage === undefined ? toolsFolder(env) : `docker-image://${toolsImage}`;
  const contexts = [...request.contexts, `${carried.tools}=${tools}`];
  try {
    const built = await runDockerfile({ ...request, contexts }, text, (folder) => writeSecrets(folder, options));
    return { ...built, carriedLines: lines, notCarried: undefined };
  } catch (cause) {
    if (cause instanceof TrialFailure) return "no-start";
    throw cause;
  }
}

async function buildThroughFolder(
  request: ImageBuildRequest,
  dockerfile: Dockerfile,
  folder: string,
): Promise<ImageBuildResult> {
  if (mountsToCarry(dockerfile).length === 0) {
    return buildPlain(request, dockerfile, "no step that runs go has a cache mount with a name of its own");
  }
  const startedMs = performance.now();
  const before = await carryIn(request, dockerfile, folder);
  const built = await runDockerfile(request, dockerfile.source.text);
  const isNew = built.steps.some(({ name, cached }) => !cached && /\bRUN\b/.test(name)) || "reason" in before;
  const after: CarryOutcome = isNew
    ? await carryOut(request, dockerfile, folder)
    : { reason: "every step was in the builder's own cache, so that there is nothing new" };
  const [inside, outside] = [before, after].map((one) => ("step" in one ? one : undefined));
  const reasons = [before, after].flatMap((one, index) =>
    "reason" in one ? [`not carried ${index === 0 ? "in" : "out"}: ${one.reason}`] : [],
  );
  return {
    steps: [inside?.step ?? [], built.steps, outside?.step ?? []].flat(),
    carriedLines: compilingSteps(dockerfile).map(({ start }) => positionAt(dockerfile.source, start).line),
    notCarried: undefined,
    carriedBytes: { folder, inBytes: inside?.sizeBytes, outBytes: outside?.sizeBytes, reasons },
    tookMs: performance.now() - startedMs,
  };
}
