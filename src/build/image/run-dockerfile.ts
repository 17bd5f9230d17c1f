/** One run of the builder over the text of a Dockerfile. */

import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builderCommand, type Builder, type BuildOrder, type BuildSecret } from "./builder-command.ts";
import { type BuildProgress, createBuildProgress, type StepReport } from "./build-progress.ts";
import { trialCommand } from "./carried-dockerfile.ts";
import { imageErrors } from "./errors.ts";

export interface DockerfileRun extends Omit<BuildOrder, "dockerfileFolder" | "secrets"> {
  readonly builder: Builder;
  /** The Dockerfile's path: an ignore file of its own lies beside it. */
  readonly file: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly signal: AbortSignal;
  /** Told the name of each step that begins. */
  readonly onStep: (name: string) => void;
}

export interface DockerfileResult {
  /** Steps that ran or were found in the builder's own cache, in order. */
  readonly steps: readonly StepReport[];
  readonly tookMs: number;
}

/** The step that only starts Ballast failed: the build can be made without it. */
export class TrialFailure extends Error {}

/** `writeSecrets` writes into a folder that goes away with the run. Throws `build/image-failed` and `TrialFailure`. */
export async function runDockerfile(
  run: DockerfileRun,
  text: string,
  writeSecrets: (folder: string) => readonly BuildSecret[] = () => [],
): Promise<DockerfileResult> {
  const folder = mkdtempSync(join(tmpdir(), "ballast-image-"));
  try {
    writeFileSync(join(folder, "Dockerfile"), text);
    const ignore = `${run.file}.dockerignore`;
    if (existsSync(ignore)) copyFileSync(ignore, join(folder, "Dockerfile.dockerignore"));
    const order = { ...run, dockerfileFolder: folder, secrets: writeSecrets(folder) };
    const startedMs = performance.now();
    const progress = await runBuilder(run, builderCommand(run.builder, order));
    return { steps: progress.steps(), tookMs: performance.now() - startedMs };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runBuilder({ env, cwd, signal, onStep }: DockerfileRun, argv: string[]): Promise<BuildProgress> {
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
