/** The same jobs as steps of image builds, with the cache mount that their mode gives them. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ProcessResult } from "../../../core/process.ts";
import type { Bench } from "../../bench.ts";
import { namedContext } from "../../buildkit.ts";
import { compiled, secretMark, writeJobModule, writeSecret } from "./jobs-module.ts";
import type { IsolationValue } from "./value.ts";

export const imageModes = ["shared", "read-only", "isolated", "off"] as const;
export type ImageMode = (typeof imageModes)[number];

/** Where the base image comes from. */
export interface ImageBase {
  /** As a Dockerfile names it: `golang:1.26`. */
  readonly name: string;
  /** A folder that stands for it; absent: it is pulled. */
  readonly folder: string | undefined;
}

const gocache = "/root/.cache/go-build";
const deadlineMs = 600_000;
const saidChars = 500;

interface ImageRun {
  readonly bench: Bench;
  readonly base: ImageBase;
  readonly mode: ImageMode;
  readonly seed: string;
  readonly folder: string;
}

/** Runs `jobs` image builds at once, then looks what the last of them can get of the first. */
export async function runImageJobs(
  bench: Bench,
  base: ImageBase,
  mode: ImageMode,
  jobs: number,
): Promise<IsolationValue> {
  using own = bench.folder(`isolation-image-${mode}`);
  const seed = crypto.randomUUID();
  const run: ImageRun = { bench, base, mode, seed, folder: own.path };
  const contexts = Array.from({ length: jobs }, (_, index) => {
    const folder = join(own.path, `job-${index}`);
    writeJobModule(folder, secretMark(seed, String(index)));
    return folder;
  });
  // A read-only cache is one that somebody filled before.
  if (mode === "read-only") await fill(run);
  const startedMs = bench.clock.monotonicMs();
  const results = await Promise.all(contexts.map((context, index) => build(run, context, index)));
  const wallMs = bench.clock.monotonicMs() - startedMs;
  const failures = results.flatMap(({ exitCode, stderr }) => (exitCode === 0 ? [] : [failureIn(stderr)]));
  const value = { jobs, failures, wallMs, addedBytes: undefined, tampered: undefined };
  if (failures.length > 0) return { ...value, digests: [], served: undefined, found: undefined };
  const digests = results.map(({ stderr }) => / ([0-9a-f]{64}) {2}\/program/.exec(stderr)?.[1] ?? "");
  const last = contexts.at(-1) ?? own.path;
  writeSecret(last, secretMark(seed, "0"));
  const again = await build(run, last, jobs - 1);
  const served = !compiled(again.stderr, "example.org/lab/secret");
  return { ...value, digests, served, found: undefined };
}

async function fill(run: ImageRun): Promise<void> {
  const folder = join(run.folder, "fill");
  writeJobModule(folder, "fill");
  await build({ ...run, mode: "shared" }, folder, 0);
}

function build({ bench, base, mode, seed, folder }: ImageRun, context: string, job: number): Promise<ProcessResult> {
  const dockerfile = join(folder, `dockerfile-${mode}-${job}`);
  writeFileSync(join(context, "..", `dockerfile-${mode}-${job}`), dockerfileText(base.name, mountFor(mode, seed, job)));
  const words = ["buildctl", "build", "--progress=plain", "--frontend=dockerfile.v0"];
  const files = ["--local", `context=${context}`, "--local", `dockerfile=${folder}`];
  const named = base.folder === undefined ? [] : namedContext(`${base.name}=${base.folder}`);
  const options = ["--opt", `filename=${dockerfile.slice(folder.length + 1)}`, ...named];
  return bench.run([...words, ...files, ...options], { env: bench.userEnv, deadlineMs });
}

function mountFor(mode: ImageMode, seed: string, job: number): string {
  const mount = `--mount=type=cache,target=${gocache}`;
  switch (mode) {
    case "shared":
      return `${mount},id=${seed} `;
    case "read-only":
      return `${mount},id=${seed},readonly `;
    case "isolated":
      return `${mount},id=${seed}-${job} `;
    case "off":
      return "";
  }
}

function dockerfileText(base: string, mount: string): string {
  return `FROM ${base}
WORKDIR /src
ENV GOCACHE=${gocache} CGO_ENABLED=0 GOFLAGS=-trimpath GOTOOLCHAIN=local HOME=/root
COPY . .
RUN ${mount}go build -buildvcs=false -x -o /program . && go build -x ./secret && sha256sum /program
`;
}

/** What the step itself said, without BuildKit's copy of the Dockerfile. */
function failureIn(said: string): string {
  const lines = said.split("\n").filter((line) => /^#\d+ [\d.]+ /.test(line));
  return (lines.length === 0 ? said : lines.join("\n")).slice(-saidChars);
}
