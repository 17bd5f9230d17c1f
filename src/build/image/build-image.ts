/** One image build through BuildKit, with Go's cache carried into the steps that compile. */

import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Dockerfile } from "../../check/image/model.ts";
import { builderCommand, type Builder, type BuildOrder } from "./builder-command.ts";
import { type BuildProgress, createBuildProgress, type StepReport } from "./build-progress.ts";
import { carried, carryInto, compilingSteps, parseDockerfile, trialCommand } from "./carried-dockerfile.ts";
import { type CarryOptions, toolsFolder, writeSecrets } from "./carried-tools.ts";
import { imageErrors } from "./errors.ts";

export interface ImageBuildRequest extends Omit<BuildOrder, "dockerfileFolder" | "secrets"> {
  readonly builder: Builder;
  /** The Dockerfile's path. */
  readonly file: string;
  /** What the helper in a step is told; absent: nothing is carried. */
  readonly carry: CarryOptions | undefined;
  /** An image that holds /ballast, instead of this executable. */
  readonly toolsImage: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly signal: AbortSignal;
  /** Told the name of each step that begins. */
  readonly onStep: (name: string) => void;
}

export interface ImageBuildResult {
  /** Steps that ran or were found in the builder's own cache, in order. */
  readonly steps: readonly StepReport[];
  /** The lines of the Dockerfile whose steps had Ballast as their cache. */
  readonly carriedLines: readonly number[];
  /** Why nothing was carried, where something was to be. */
  readonly notCarried: string | undefined;
  readonly tookMs: number;
}

const maxDockerfileBytes = 1 << 20;

/** Throws `build/image-dockerfile`, `build/image-tools`, `build/image-failed`. */
export async function buildImage(request: ImageBuildRequest): Promise<ImageBuildResult> {
  const dockerfile = readDockerfileAt(request.file);
  const { carry } = request;
  if (carry === undefined) return build(request, dockerfile.source.text, undefined, undefined);
  if (compilingSteps(dockerfile).length === 0) {
    return build(request, dockerfile.source.text, undefined, "no step of this Dockerfile compiles Go");
  }
  const first = await attempt(request, dockerfile, carry);
  if (first !== "no-start") return first;
  const reason = "Ballast does not start in the image of the steps: another C library, or another processor";
  return build(request, dockerfile.source.text, undefined, reason);
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

async function attempt(
  request: ImageBuildRequest,
  dockerfile: Dockerfile,
  carry: CarryOptions,
): Promise<ImageBuildResult | "no-start"> {
  const { text, lines } = carryInto(dockerfile);
  try {
    return await build(request, text, { lines, options: carry }, undefined);
  } catch (cause) {
    if (cause instanceof TrialFailure) return "no-start";
    throw cause;
  }
}

/** The step that only starts Ballast failed: the build can be made without it. */
class TrialFailure extends Error {}

interface Carrying {
  readonly lines: readonly number[];
  readonly options: CarryOptions;
}

async function build(
  request: ImageBuildRequest,
  text: string,
  carrying: Carrying | undefined,
  notCarried: string | undefined,
): Promise<ImageBuildResult> {
  const folder = mkdtempSync(join(tmpdir(), "ballast-image-"));
  try {
    writeFileSync(join(folder, "Dockerfile"), text);
    const ignore = `${request.file}.dockerignore`;
    if (existsSync(ignore)) copyFileSync(ignore, join(folder, "Dockerfile.dockerignore"));
    const secrets = carrying === undefined ? [] : writeSecrets(folder, carrying.options);
    const tools = carrying === undefined ? [] : [`${carried.tools}=${toolsContext(request)}`];
    const order = { ...request, dockerfileFolder: folder, secrets, contexts: [...request.contexts, ...tools] };
    const startedMs = performance.now();
    const progress = await runBuilder(request, builderCommand(request.builder, order));
    const tookMs = performance.now() - startedMs;
    return { steps: progress.steps(), carriedLines: carrying?.lines ?? [], notCarried, tookMs };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function toolsContext({ toolsImage, env }: ImageBuildRequest): string {
  return toolsImage === undefined ? toolsFolder(env) : `docker-image://${toolsImage}`;
}

async function runBuilder({ env, cwd, signal, onStep }: ImageBuildRequest, argv: string[]): Promise<BuildProgress> {
  const progress = createBuildProgress();
  const child = Bun.spawn(argv, { cwd, env: { ...env }, stdin: "ignore", stdout: "ignore", stderr: "pipe", signal });
  for await (const line of linesOf(child.stderr)) {
    const begun = progress.take(line);
    if (begun !== undefined) onStep(begun);
  }
  if ((await child.exited) === 0) return progress;
  const failed = progress.steps().filter(({ error }) => error !== undefined);
  if (failed.some(({ name }) => name.includes(trialCommand))) throw new TrialFailure();
  throw imageErrors.error("build/image-failed", `${argv[0]} exited ${child.exitCode}:\n${progress.failure()}`);
}

/** A line that is longer is cut: nobody waits for its end. */
const maxLineChars = 4_000_000;

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = (lines.pop() ?? "").slice(0, maxLineChars);
    yield* lines;
  }
  if (rest !== "") yield rest;
}
