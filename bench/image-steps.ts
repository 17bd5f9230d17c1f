/**
 * What the step that compiles takes on a builder that has never built anything, with Go's cache from the server and from a
 * folder, against the same step over a warm mount. `node_modules/.bin/bun bench/image-steps.ts [ROUNDS]`; it needs root,
 * the components buildkit and runc (`scripts/components install buildkit runc`), and a minute. The bar: 1.5 times.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { installComponents } from "../scripts/component-install.ts";
import type { StepReport } from "../src/build/image/build-progress.ts";
import { formatTable } from "../src/core/table.ts";
import { median } from "../src/stats/order.ts";
import { type ImageBuilder, makeGoBase, startImageBuilder } from "../test/image-builder.ts";

const root = resolve(import.meta.dir, "..");
const [rounds = 5] = process.argv.slice(2).map(Number);

interface Built {
  readonly tookMs: number;
  readonly steps: readonly StepReport[];
}

interface Took {
  readonly stepMs: number;
  readonly wholeMs: number;
}

const arms = ["warm mount", "server", "folder"] as const;
type Arm = (typeof arms)[number];

function program(): string {
  const made = Bun.spawnSync({ cmd: ["sh", "scripts/make-executable.sh"], cwd: root, stderr: "inherit" });
  return made.stdout.toString().trim();
}

/** Each link has another value, so that no round finds the last one's program. */
const dockerfile = `FROM golang:1.24 AS build
WORKDIR /src
ENV HOME=/root CGO_ENABLED=0
ARG ROUND
COPY . .
RUN --mount=type=cache,target=/root/.cache/go-build go build -trimpath -ldflags=-X=main.round=$ROUND -o /program .
FROM scratch
COPY --from=build /program /program
`;

function writeModule(folder: string): void {
  mkdirSync(folder);
  writeFileSync(join(folder, "go.mod"), "module example.org/app\n\ngo 1.24\n");
  const source =
    'import "net/http"\n\nvar round string\n\nfunc main() { println(round, http.ListenAndServe("", nil)) }\n';
  writeFileSync(join(folder, "main.go"), `package main\n\n${source}`);
  writeFileSync(join(folder, "Dockerfile"), dockerfile);
}

function build(ballast: string, home: string, { env }: ImageBuilder, words: readonly string[]): Took {
  const base = ["--build-context", `golang:1.24=${join(home, "base")}`];
  const cmd = [ballast, "image", "build", "--json", ...base, ...words, join(home, "app")];
  const { exitCode, stdout, stderr } = Bun.spawnSync({ cmd, cwd: home, env: { ...env, HOME: home, TMPDIR: tmpdir() } });
  if (exitCode !== 0) throw new Error(stderr.toString());
  const { tookMs, steps } = JSON.parse(stdout.toString()) as Built;
  return { stepMs: steps.find(({ name }) => name.includes("go build"))?.durationMs ?? 0, wholeMs: tookMs };
}

/** A builder without cache mounts, as a new one is. */
function forgetMounts({ env }: ImageBuilder): void {
  const cmd = ["buildctl", "prune", "--filter", "type==exec.cachemount"];
  if (Bun.spawnSync({ cmd, env: { ...env } }).exitCode !== 0) throw new Error("buildctl prune failed");
}

async function main(): Promise<void> {
  const ballast = program();
  process.env["BALLAST_TEST_EXECUTABLE"] = ballast;
  const { serve } = await import("../test/e2e/serve-fixture.ts");
  const found = await installComponents(["buildkit", "runc"]);
  const folders = Object.values(found).map((one) => ("folder" in one ? one.folder : ""));
  const home = mkdtempSync(join(tmpdir(), "ballast-image-steps-"));
  writeModule(join(home, "app"));
  makeGoBase(join(home, "base"));
  const server = await serve(join(home, "node"));
  const [first, second] = [await startImageBuilder(folders), await startImageBuilder(folders)];
  try {
    console.log(
      `load ${loadavg()
        .map((value) => value.toFixed(1))
        .join(" ")}`,
    );
    const round = (number: number): string[] => ["--build-arg", `ROUND=${number}`];
    const wordsOf = (arm: Arm): string[] => {
      if (arm === "warm mount") return ["--carry", "none"];
      return arm === "server" ? ["--server", server.url] : ["--carry-folder", join(home, "caches")];
    };
    const cold = build(ballast, home, first, [...wordsOf("server"), ...round(-1)]);
    console.log(`cold: step ${cold.stepMs} ms`);
    build(ballast, home, first, [...wordsOf("folder"), ...round(-2)]);
    build(ballast, home, second, [...wordsOf("server"), ...round(-3)]);
    const took = new Map<Arm, Took[]>(arms.map((arm) => [arm, []]));
    for (let number = 0; number < rounds; number++) {
      for (const arm of number % 2 === 0 ? arms : arms.toReversed()) {
        const builder = arm === "warm mount" ? first : second;
        if (arm !== "warm mount") forgetMounts(builder);
        const one = build(ballast, home, builder, [...wordsOf(arm), ...round(number)]);
        console.log(`${arm}: step ${one.stepMs} ms, whole build ${Math.round(one.wholeMs)} ms`);
        took.get(arm)?.push(one);
      }
    }
    process.stdout.write(
      formatTable(
        ["cache", "step, ms", "median", "ratio", "whole build"],
        arms.map((arm) => row(took, arm)),
      ),
    );
  } finally {
    await Promise.all([first.stop(), second.stop(), server.end("SIGTERM")]);
    rmSync(home, { recursive: true, force: true });
  }
}

function row(took: ReadonlyMap<Arm, readonly Took[]>, arm: Arm): string[] {
  const steps = (one: Arm): number[] => (took.get(one) ?? []).map(({ stepMs }) => stepMs);
  // Pair by pair within a round.
  const ratios = steps(arm).map((stepMs, index) => stepMs / (steps("warm mount")[index] ?? 1));
  const whole = Math.round(median((took.get(arm) ?? []).map(({ wholeMs }) => wholeMs)));
  return [arm, steps(arm).join(" "), String(median(steps(arm))), median(ratios).toFixed(2), `${whole} ms`];
}

await main();
