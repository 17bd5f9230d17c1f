/**
 * Without BuildKit there are no mounts, so Go's cache cannot reach a step. What works is to compile on this machine,
 * where the usual cache is, and to let the daemon make the last stage only. What is lost is said: the steps do not run
 * in the image that the Dockerfile names, so the compiler is this machine's.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync, cpSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { flagValue, isCompile, isFinal } from "../../check/image/go-runs.ts";
import type { CopyStep, Dockerfile, RunStep } from "../../check/image/model.ts";
import { expandText } from "../../check/shell/expand.ts";
import type { GoInvocation } from "../../check/shell/go-invocation.ts";
import { ownCommand } from "../../core/own-command.ts";
import { requireSuccess, runProcess } from "../../core/process.ts";
import { type ImageBuildRequest, type ImageBuildResult, readDockerfileAt } from "./build-image.ts";
import { compilingSteps } from "./carried-dockerfile.ts";
import { imageErrors } from "./errors.ts";

const deadlineMs = 3_600_000;

/** Throws `build/image-needs-buildkit`, `build/image-dockerfile`, `build/image-failed`. */
export async function buildClassic(request: Omit<ImageBuildRequest, "builder" | "carry">): Promise<ImageBuildResult> {
  const { env, cwd, signal, context, tags, onStep } = request;
  const plan = planClassic(readDockerfileAt(request.file), request.buildArgs);
  const startedMs = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "ballast-image-"));
  try {
    onStep(`go ${plan.words.join(" ")}`);
    const program = join(folder, "program");
    const go = [...ownCommand(), "go", ...plan.words.map((word) => (word === plan.output ? program : word))];
    const goEnv = { ...env, ...plan.env, GOOS: plan.env["GOOS"] || "linux" };
    requireSuccess(go, await runProcess({ argv: go, cwd: context, env: goEnv, signal, deadlineMs }));
    const builtMs = performance.now();
    writeStage(folder, context, plan);
    onStep("docker build");
    const docker = ["docker", "build", "--quiet", ...tags.flatMap((tag) => ["--tag", tag]), join(folder, "context")];
    const classicEnv = { ...env, DOCKER_BUILDKIT: "0" };
    requireSuccess(docker, await runProcess({ argv: docker, cwd, env: classicEnv, signal, deadlineMs }));
    const step = { cached: false, error: undefined, log: "" };
    return {
      steps: [
        { ...step, name: `[host 1/2] RUN go ${plan.words.join(" ")}`, durationMs: builtMs - startedMs },
        { ...step, name: "[image 2/2] docker build", durationMs: performance.now() - builtMs },
      ],
      carriedLines: [plan.line],
      notCarried:
        "there is no BuildKit: the program was compiled by this machine's go and its usual cache, not in the image that " +
        "the Dockerfile names, and only the last stage was built; cache mounts, secrets and other platforms are lost",
      tookMs: performance.now() - startedMs,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface ClassicPlan {
  readonly line: number;
  /** Go's own arguments, expanded. */
  readonly words: readonly string[];
  /** The word after -o. */
  readonly output: string;
  readonly env: Readonly<Record<string, string>>;
  /** The last stage's text, with the program copied from the context. */
  readonly stage: string;
  /** Paths of the context that the stage copies as well. */
  readonly sources: readonly string[];
}

function unfit(reason: string): Error {
  return imageErrors.error("build/image-needs-buildkit", reason);
}

function planClassic(dockerfile: Dockerfile, buildArgs: readonly string[]): ClassicPlan {
  const [step, ...others] = compilingSteps(dockerfile);
  const go = step?.gos.find(isCompile);
  if (step === undefined || go === undefined) throw unfit("no step compiles Go");
  if (others.length > 0) throw unfit("more than one step compiles Go");
  if (step.commands.length > 1) throw unfit("the step that compiles does other things as well");
  if (isFinal(step.stage)) throw unfit("the stage that compiles is the image itself");
  const expand = expander(step, buildArgs);
  const env = Object.fromEntries(go.assignments.map(({ name, value }) => [name, expand(value)]));
  const cgo = env["CGO_ENABLED"] ?? step.state.variables.get("CGO_ENABLED");
  if (cgo !== "0") throw unfit("CGO_ENABLED is not 0: a program with C needs the libraries of its image");
  const output = expand(flagValue(step, go, "o") ?? "");
  const words = wordsOf(go).map(expand);
  if (output === "" || !words.includes(output)) throw unfit("go build has no -o with a path of its own");
  const { line } = dockerfile.place(step);
  return { line, words, output, env: { ...env, CGO_ENABLED: "0" }, ...lastStage(dockerfile, step, output) };
}

/** What follows the word `go`. */
function wordsOf({ command, program }: GoInvocation): string[] {
  return command.words.filter(({ start }) => start > program.start).map(({ text }) => text);
}

function expander(step: RunStep, buildArgs: readonly string[]): (text: string) => string {
  const given = new Map(buildArgs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));
  const platform: Readonly<Record<string, string>> = { TARGETOS: "linux", TARGETARCH: "" };
  return (text) => {
    const lookup = (name: string): string | undefined =>
      given.get(name) ?? step.state.variables.get(name) ?? platform[name];
    const value = /[`]|\$\(/.test(text) ? undefined : expandText(text, lookup);
    if (value === undefined) throw unfit(`${text} is not known before the build`);
    return value;
  };
}

/** The last stage with its one COPY from the compiling stage taken from the context instead. */
function lastStage(dockerfile: Dockerfile, step: RunStep, output: string): Pick<ClassicPlan, "stage" | "sources"> {
  const last = dockerfile.stages.at(-1);
  if (last === undefined) throw unfit("there is no stage");
  const copies = last.steps.filter((other): other is CopyStep => other.kind === "copy");
  const names = new Set([step.stage.name, String(step.stage.index)]);
  const [copy, ...more] = copies.filter(({ from }) => from !== undefined);
  const isPlain = copy !== undefined && more.length === 0 && names.has(copy.from?.toLowerCase());
  if (!isPlain || copy.sources.length !== 1 || copy.sources[0]?.text !== output) {
    throw unfit("the last stage takes more from the others than the program");
  }
  const text = dockerfile.source.text;
  const before = text.slice(last.from.start, copy.start);
  const own = copies.filter(({ from }) => from === undefined).flatMap(({ sources }) => sources.map((one) => one.text));
  return { stage: `${before}COPY ballast-program ${copy.destination}${text.slice(copy.end)}`, sources: own };
}

/** Only what the stage copies is sent to the daemon. */
function writeStage(folder: string, context: string, { stage, sources }: ClassicPlan): void {
  const to = join(folder, "context");
  mkdirSync(to);
  writeFileSync(join(to, "Dockerfile"), stage);
  cpSync(join(folder, "program"), join(to, "ballast-program"));
  for (const source of sources) {
    const path = source.replace(/^\.?\/+/, "");
    if (path === "" || path.split("/").includes("..")) throw unfit(`COPY ${source} is too much to copy`);
    cpSync(join(context, path), join(to, path), { recursive: true });
  }
}
