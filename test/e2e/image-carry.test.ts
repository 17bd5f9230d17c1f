/** `ballast image build --carry-folder` with two real BuildKit daemons that share nothing but a folder of this machine. */

import { afterAll, beforeAll, expect } from "bun:test";
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { CarriedBytes } from "../../src/build/image/build-image.ts";
import type { StepReport } from "../../src/build/image/build-progress.ts";
import { runProcess } from "../../src/core/process.ts";
import { type ImageBuilder, makeGoBase, startImageBuilder } from "../image-builder.ts";
import { testWithAll } from "../with-component.ts";

const executable = process.env["BALLAST_TEST_EXECUTABLE"] ?? "";
let home: string;
let app: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "ballast-carry-"));
  app = join(home, "app");
  mkdirSync(join(app, "twice"), { recursive: true });
  writeFileSync(join(app, "go.mod"), "module example.org/app\n\ngo 1.24\n");
  writeFileSync(
    join(app, "twice/twice.go"),
    "package twice\n\n// Of is twice n.\nfunc Of(n int) int { return 2 * n }\n",
  );
  const main =
    'package main\n\nimport "example.org/app/twice"\n\nvar round string\n\nfunc main() { println(twice.Of(1), round) }\n';
  writeFileSync(join(app, "main.go"), main);
  const dockerfile = `ARG GO=1.24
FROM golang:\${GO} AS build
WORKDIR /src
ARG ROUND=0
COPY . .
ENV HOME=/root CGO_ENABLED=0
RUN --mount=type=cache,target=/root/.cache/go-build --mount=type=cache,target=/go/pkg/mod \\
    go build -v -trimpath -ldflags=-X=main.round=$ROUND -o /program .
FROM scratch
COPY --from=build /program /program
`;
  writeFileSync(join(app, "Dockerfile"), dockerfile);
  makeGoBase(join(home, "base"));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

interface Answer {
  readonly notCarried: string | null;
  readonly carriedFolder: CarriedBytes | null;
  readonly steps: readonly StepReport[];
}

async function build({ env }: ImageBuilder, ...words: readonly string[]): Promise<Answer> {
  const base = ["--build-context", `golang:1.24=${join(home, "base")}`];
  const argv = [executable, "image", "build", "--json", ...base, ...words, app];
  const own = { HOME: home, TMPDIR: tmpdir(), ...env };
  const { exitCode, stdout, stderr } = await runProcess({ argv, cwd: home, env: own, deadlineMs: 120_000 });
  if (exitCode !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Answer;
}

const round = (number: number): readonly string[] => ["--build-arg", `ROUND=${number}`];

function compiled({ steps }: Answer): { readonly tookMs: number; readonly packages: readonly string[] } {
  const step = steps.find(({ name }) => name.includes("go build -v"));
  const lines = step?.log.split("\n") ?? [];
  return { tookMs: step?.durationMs ?? 0, packages: lines.filter((line) => line !== "") };
}

testWithAll(
  ["buildkit", "runc"],
  "the second builder compiles nothing, as over a warm mount; a damaged folder costs nothing but speed",
  async (folders) => {
    const folder = join(home, "caches");
    const carry = ["--carry-folder", folder];
    const [first, second] = [await startImageBuilder(folders), await startImageBuilder(folders)];
    try {
      const cold = await build(first, ...carry);
      expect(compiled(cold).packages.length).toBeGreaterThan(20);
      expect(cold.carriedFolder?.reasons).toEqual(["not carried in: the folder holds no caches yet"]);
      expect(cold.carriedFolder?.outBytes).toBeGreaterThan(1_000_000);
      expect(readdirSync(folder).length).toBe(3);

      const fresh = await build(second, ...carry, ...round(1));
      expect([fresh.carriedFolder?.inBytes, fresh.carriedFolder?.reasons]).toEqual([cold.carriedFolder?.outBytes, []]);
      // Not even main: another value of -X is the linker's concern.
      expect(compiled(fresh).packages).toEqual([]);
      const warm = await build(first, "--carry", "none", ...round(1));
      const took = [cold, warm, fresh].map((one) => `${compiled(one).tookMs} ms`);
      process.stderr.write(`image build by folder: cold ${took[0]}, warm mount ${took[1]}, new builder ${took[2]}\n`);
      expect(compiled(fresh).tookMs).toBeLessThanOrEqual(1.5 * compiled(warm).tookMs + 300);

      const archive = readdirSync(folder).find((name) => name.endsWith("-0.tar")) ?? "";
      appendFileSync(join(folder, archive), "x");
      const damaged = await build(second, ...carry, ...round(2));
      expect(damaged.carriedFolder?.reasons).toEqual([expect.stringContaining("bytes long") as string]);
      // What the second builder has goes out in its place.
      expect(damaged.carriedFolder?.outBytes).toBeGreaterThan(1_000_000);
      const whole = await build(second, ...carry, ...round(3));
      expect(whole.carriedFolder?.reasons).toEqual([]);
    } finally {
      await Promise.all([first.stop(), second.stop()]);
    }
  },
  240_000,
);
