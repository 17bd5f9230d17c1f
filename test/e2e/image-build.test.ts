/**
 * `ballast image init` and `ballast image build` with real BuildKit daemons and a real cache server: what one builder
 * compiled is there for another one that has never built anything.
 */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import type { StepReport } from "../../src/build/image/build-progress.ts";
import { type ProcessResult, runProcess } from "../../src/core/process.ts";
import { connectBuildx, type ImageBuilder, makeGoBase, startDocker, startImageBuilder } from "../image-builder.ts";
import { testWithAll } from "../with-component.ts";
import { serve, type ServerProcess } from "./serve-fixture.ts";

const executable = process.env["BALLAST_TEST_EXECUTABLE"] ?? "";
const components = ["buildkit", "runc"];
const token = "0123456789abcdef-image-build-token";

/**
 * A repository of services: each links what a real program does. For one small program the step is so short that
 * Ballast's own start and its questions, some 0.6 s, are more than half of it; docs/decisions/0026 has the figures.
 */
const programs = ["app", "api", "worker", "admin", "migrate", "proxy"];
const imports = ["net/http", "html/template", "encoding/json", "go/types", "database/sql", "log/slog", "net/rpc"];
const main = `package main

import (
${imports.map((name) => `\t_ "${name}"`).join("\n")}

	"example.org/app/p0"
	"example.org/app/p1"
)

func main() { println(p0.N() + p1.N()) }
`;

const modules = {
  "go.mod": "module example.org/app\n\ngo 1.24\n",
  "p0/p.go": "package p0\n\n// N is zero.\nfunc N() int { return 0 }\n",
  "p1/p.go": "package p1\n\n// N is one.\nfunc N() int { return 1 }\n",
};

let home: string;
let app: string;
let base: string;
let server: ServerProcess;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "ballast-image-e2e-"));
  app = join(home, "app");
  base = join(home, "base");
  write(app, { ...modules, "cmd/app/main.go": main });
  makeGoBase(base);
  writeFileSync(join(home, "tokens"), `write ${token}\n`);
  server = await serve(join(home, "node"), ["--token-file", join(home, "tokens")]);
}, 60_000);
afterAll(async () => {
  await server.end("SIGTERM");
  rmSync(home, { recursive: true, force: true });
});

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

function ballast(env: Readonly<Record<string, string>>, ...words: readonly string[]): Promise<ProcessResult> {
  const own = { PATH: process.env["PATH"] ?? "", HOME: home, TMPDIR: tmpdir(), ...env };
  return runProcess({ argv: [executable, ...words], cwd: home, env: own, deadlineMs: 240_000 });
}

interface Answer {
  readonly builder: string;
  readonly carriedLines: readonly number[];
  readonly notCarried: string | null;
  readonly steps: readonly StepReport[];
}

/** The JSON of a build that must succeed. */
async function build(builder: Pick<ImageBuilder, "env">, ...words: readonly string[]): Promise<Answer> {
  const context = ["--build-context", `golang:1.24=${base}`, "--json"];
  const result = await ballast({ ...builder.env, BALLAST_TOKEN: token }, "image", "build", ...context, ...words);
  if (result.exitCode !== 0) throw new Error(result.stderr);
  return JSON.parse(result.stdout) as Answer;
}

/** The step that compiles, and the packages that it compiled: `go build -v` names them. */
function compileStep({ steps }: Answer): { readonly tookMs: number; readonly packages: readonly string[] } {
  const step = steps.find(({ name }) => name.includes("go build -v"));
  if (step === undefined) throw new Error(JSON.stringify(steps));
  return { tookMs: step.durationMs, packages: step.log.split("\n").filter((line) => line !== "") };
}

/** Ballast's start in a step and the first answers of the server; more than half of the step of a small program. */
const startMs = 600;
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

describe("image init", () => {
  test("writes a Dockerfile that passes the check, and replaces none", async () => {
    const written = await ballast({}, "image", "init", "--runtime", "scratch", app);
    expect([written.exitCode, written.stderr]).toEqual([0, ""]);
    const checked = await ballast({}, "check", "--only", "docker", "--partial", "fail", app);
    expect([checked.exitCode, checked.stdout]).toEqual([0, "no findings in 1 file\n"]);
    const before = readFileSync(join(app, "Dockerfile"), "utf8");
    writeFileSync(join(app, "Dockerfile"), "FROM scratch\n");
    const again = await ballast({}, "image", "init", app);
    expect([again.exitCode, again.stderr]).toEqual([2, expect.stringContaining("check/image-exists") as string]);
    expect(readFileSync(join(app, "Dockerfile"), "utf8")).toBe("FROM scratch\n");
    expect((await ballast({}, "image", "init", "--force", "--runtime", "scratch", app)).exitCode).toBe(0);
    expect(readFileSync(join(app, "Dockerfile"), "utf8")).toBe(before);
  });

  test("a name that a Dockerfile would read as more than a name is refused", async () => {
    const { exitCode, stderr } = await ballast({}, "image", "init", "--dry-run", "--force", "--base", "x\nRUN id", app);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("check/image-name-odd") as string]);
  });
});

describe("image build", () => {
  testWithAll(
    components,
    "a new builder compiles no package but main, in little more than what a warm mount takes",
    async (folders) => {
      const text = readFileSync(join(app, "Dockerfile"), "utf8");
      const all = text
        .replace("go build ", "go build -v ")
        .replace("-o /out/program ./cmd/app", "-o /out/ ./cmd/... && cp /out/app /out/program");
      const services = join(home, "services");
      const mains = programs.map((name) => [`cmd/${name}/main.go`, main] as const);
      write(services, { ...modules, ...Object.fromEntries(mains), Dockerfile: all });
      const [first, second] = [await startImageBuilder(folders), await startImageBuilder(folders)];
      try {
        const seeded = compileStep(await build(first, "--server", server.url, services));
        expect(seeded.packages.length).toBeGreaterThan(100);
        const warm: number[] = [];
        const fresh: number[] = [];
        for (let round = 0; round < 3; round++) {
          const link = ["--build-arg", `LDFLAGS=-X=main.round=${round}`];
          warm.push(compileStep(await build(first, "--carry", "none", ...link, services)).tookMs);
          // Without the builder's cache its mounts are new as well.
          const answer = await build(second, "--server", server.url, "--no-cache", ...link, services);
          const { tookMs, packages } = compileStep(answer);
          expect(packages.filter((name) => !name.startsWith("example.org/app/cmd/"))).toEqual([]);
          fresh.push(tookMs);
        }
        const figures = `cold ${seeded.tookMs} ms, warm mount ${warm.join(" ")}, new builder ${fresh.join(" ")}`;
        process.stderr.write(`image build: ${figures}
`);
        expect(median(fresh)).toBeLessThanOrEqual(1.5 * median(warm) + startMs);
        expect(median(fresh)).toBeLessThanOrEqual(seeded.tookMs / 4);
      } finally {
        await Promise.all([first.stop(), second.stop()]);
      }
    },
    240_000,
  );

  testWithAll(
    components,
    "the same source gives the same image; no secret is in it; a server that is gone, or Ballast that cannot start, costs nothing but speed",
    async (folders) => {
      const small = join(home, "small");
      write(small, {
        "go.mod": "module example.org/small\n\ngo 1.24\n",
        "main.go": "package main\n\nfunc main() { println(1) }\n",
        Dockerfile: `FROM golang:1.24 AS build
WORKDIR /src
ENV HOME=/root
COPY . .
RUN --mount=type=cache,target=/root/.cache/go-build ["/usr/local/go/bin/go", "build", "-trimpath", "-o", "/program", "."]
FROM scratch
COPY --from=build /program /program
`,
      });
      const builder = await startImageBuilder(folders);
      try {
        const archives = [join(home, "one.tar"), join(home, "two.tar")] as const;
        for (const archive of archives) {
          const output = ["--output", `type=oci,dest=${archive}`, "--epoch", "1700000000", "--no-cache"];
          const answer = await build(builder, "--server", server.url, ...output, small);
          expect([answer.carriedLines, answer.notCarried]).toEqual([[5], null]);
        }
        const [one, two] = archives.map((archive) => readFileSync(archive));
        expect(one?.equals(two as Buffer)).toBe(true);
        expect(one?.includes(token)).toBe(false);
        // Another source makes the step run again, with the mounts that the builder has by now.
        const change = (number: number): void =>
          writeFileSync(join(small, "main.go"), `package main\n\nfunc main() { println(${number}) }\n`);
        expect((await build(builder, "--server", server.url, small)).notCarried).toBe(null);
        change(2);
        const gone = await build(builder, "--server", "http://127.0.0.1:9", small);
        expect(gone.notCarried).toBe(null);
        change(3);
        renameSync(join(base, "lib64"), join(home, "lib64"));
        const foreign = await build(builder, "--server", server.url, small);
        expect(foreign.notCarried).toContain("does not start");
        change(4);
        const local = await build(builder, small);
        expect(local.notCarried).toBe("no cache server is set");
        writeFileSync(join(small, "main.go"), "package main\n\nfunc main() { nothing() }\n");
        const env = { ...builder.env, BALLAST_TOKEN: token };
        const failed = await ballast(env, "image", "build", "--build-context", `golang:1.24=${base}`, small);
        expect([failed.exitCode, failed.stderr]).toEqual([3, expect.stringContaining("undefined: nothing") as string]);
      } finally {
        // The base is that of the other tests as well.
        if (existsSync(join(home, "lib64"))) renameSync(join(home, "lib64"), join(base, "lib64"));
        await builder.stop();
      }
    },
    120_000,
  );

  testWithAll(
    [...components, "dockerd", "buildx"],
    "through buildx, where there is no buildctl: a new builder compiles no package but main, and no secret is in the image",
    async (folders) => {
      const one = join(home, "buildx");
      write(one, {
        "go.mod": "module example.org/one\n\ngo 1.24\n",
        Dockerfile: `FROM golang:1.24 AS build
WORKDIR /src
ENV HOME=/root
COPY . .
ARG LDFLAGS=""
RUN --mount=type=cache,target=/root/.cache/go-build go build -v -trimpath -ldflags="$LDFLAGS" -o /program .
FROM scratch
COPY --from=build /program /program
`,
      });
      const builders = [await startImageBuilder(folders), await startImageBuilder(folders)];
      try {
        const archive = join(home, "buildx.tar");
        const words = ["--server", server.url, "--output", `type=oci,dest=${archive}`, "--build-arg", "LDFLAGS=-s -w"];
        for (const [number, builder] of builders.entries()) {
          writeFileSync(join(one, "main.go"), `package main\n\nfunc main() { println(${number}) }\n`);
          const answer = await build({ env: connectBuildx(builder, folders.slice(2)) }, ...words, one);
          expect([answer.builder, answer.carriedLines, answer.notCarried]).toEqual(["buildx", [6], null]);
          // The first compiles what is not on the server yet.
          if (number > 0) expect(compileStep(answer).packages).toEqual(["example.org/one"]);
        }
        expect(readFileSync(archive).includes(token)).toBe(false);
      } finally {
        await Promise.all(builders.map((builder) => builder.stop()));
      }
    },
    120_000,
  );

  testWithAll(
    ["dockerd"],
    "without BuildKit the program is compiled here and put into the last stage, and what is lost is said",
    async ([component = ""]) => {
      const daemon = await startDocker(component);
      try {
        // What is lost must not be found by chance: there is no docker with buildx on this PATH.
        const built = await ballast(
          daemon.env,
          "image",
          "build",
          "--builder",
          "classic",
          "--json",
          "--tag",
          "app:1",
          app,
        );
        if (built.exitCode !== 0) throw new Error(built.stderr);
        expect((JSON.parse(built.stdout) as Answer).notCarried).toContain(
          "cache mounts, secrets and other platforms are lost",
        );
        const docker = join(component, "bin/docker");
        const argv = [docker, "image", "inspect", "--format", "{{.Config.User}} {{.Config.Entrypoint}}", "app:1"];
        const inspected = await runProcess({ argv, env: daemon.env, deadlineMs: 30_000 });
        expect(inspected.stdout).toBe("65532:65532 [/app]\n");
        const single = join(home, "single");
        write(single, { Dockerfile: "FROM golang:1.24\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /app .\n" });
        const refused = await ballast(daemon.env, "image", "build", "--builder", "classic", single);
        expect([refused.exitCode, refused.stderr]).toEqual([
          2,
          expect.stringContaining("build/image-needs-buildkit") as string,
        ]);
      } finally {
        await daemon.stop();
      }
    },
    120_000,
  );

  test("without a builder it says what to do", async () => {
    const { exitCode, stderr } = await ballast({ PATH: "/nowhere" }, "image", "build", app);
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining("build/image-no-builder") as string]);
    expect(existsSync(join(app, "Dockerfile"))).toBe(true);
  });
});
