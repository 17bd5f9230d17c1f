/** `ballast init` as people run it, on a library, a service and a monorepo: what it writes builds, and passes its own check. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import type { ProcessResult } from "../../src/core/process.ts";
import { runProcess } from "../../src/core/process.ts";
import type { GoFixture } from "./go-fixture.ts";
import { createGoFixture } from "./go-fixture.ts";

const executable = process.env["BALLAST_TEST_EXECUTABLE"] ?? "";
const deadlineMs = 60_000;

type Files = Readonly<Record<string, string>>;

const main = 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("hello") }\n';
const testFile = (name: string): string =>
  `package ${name}\n\nimport "testing"\n\nfunc TestNothing(t *testing.T) { t.Log("ok") }\n`;

const library: Files = {
  "go.mod": "module example.com/lib\n\ngo 1.24\n",
  "lib.go": "package lib\n\nfunc One() int { return 1 }\n",
  "lib_test.go": testFile("lib"),
};

const service: Files = {
  "go.mod": "module example.com/svc\n\ngo 1.24\n",
  "cmd/svc/main.go": main,
  "internal/greet/greet.go": "package greet\n",
  "internal/greet/greet_test.go": testFile("greet"),
};

const oldDockerfile = `FROM golang:1.24 AS build
WORKDIR /src
COPY . .
RUN GOCACHE=off go build -o /app ./cmd/svc
FROM debian:bookworm-slim
COPY --from=build /app /app
ENTRYPOINT ["/app"]
`;

const monorepo: Files = {
  "go.work": "go 1.24\n\nuse (\n\t./lib\n\t./services/api // the first\n\t./services/worker\n)\n",
  "lib/go.mod": "module example.com/mono/lib\n\ngo 1.24\n",
  "lib/lib.go": "package lib\n",
  "lib/lib_test.go": testFile("lib"),
  "services/api/go.mod": "module example.com/mono/services/api\n\ngo 1.24\n",
  "services/api/main.go": main,
  "services/worker/go.mod": "module example.com/mono/services/worker\n\ngo 1.24\n",
  "services/worker/main.go": main,
};

const nested: Files = {
  "api/go.mod": "module example.com/nested/api\n\ngo 1.24\n",
  "api/cmd/api/main.go": main,
  "tool/go.mod": "module example.com/nested/tool\n\ngo 1.24\n",
  "tool/lib.go": "package tool\n",
  "tool/lib_test.go": testFile("tool"),
};

let home: string;
let go: GoFixture;
let counter = 0;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "ballast-init-"));
  go = await createGoFixture();
}, 180_000);
afterAll(() => {
  rmSync(home, { recursive: true, force: true });
  go[Symbol.dispose]();
});

/** A folder of its own with these files. */
function repository(files: Files): string {
  const folder = join(home, `repo ${counter++}`);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

function run(cwd: string, argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<ProcessResult> {
  const { PATH } = process.env;
  const own = { PATH, HOME: home, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null", ...env };
  return runProcess({ argv, cwd, env: own, deadlineMs });
}

function init(cwd: string, ...words: readonly string[]): Promise<ProcessResult> {
  return run(cwd, [executable, "init", ...words]);
}

/** What the check says of everything that init writes. */
async function checkedFindings(folder: string): Promise<string> {
  const result = await run(folder, [executable, "check", "--only", "ci,docker,k8s", "--partial", "fail"]);
  return result.exitCode === 0 ? "" : result.stdout + result.stderr;
}

function textOf(folder: string, path: string): string {
  return readFileSync(join(folder, path), "utf8");
}

/** The commands of the pipeline that was written. */
function pipelineCommands(folder: string): string[] {
  const lines = textOf(folder, ".github/workflows/go.yml").split("\n");
  return lines.flatMap((line) => /^\s+- run: (.*)$/.exec(line)?.[1] ?? []);
}

describe("repositories without anything", () => {
  const repositories: readonly (readonly [string, Files, readonly string[]])[] = [
    ["a library", library, [".github/workflows/go.yml", "ballast.yaml"]],
    ["a service", service, [".dockerignore", ".github/workflows/go.yml", "Dockerfile", "ballast.yaml"]],
    ["a monorepo", monorepo, [".dockerignore", ".github/workflows/go.yml", "Dockerfile", "ballast.yaml"]],
    ["modules side by side", nested, [".dockerignore", ".github/workflows/go.yml", "Dockerfile", "ballast.yaml"]],
  ];
  for (const [name, files, expected] of repositories) {
    test(`${name}: shown, written, clean, and stable`, async () => {
      const folder = repository(files);
      const shown = await init(folder, "--dry-run");
      expect(shown.exitCode).toBe(0);
      expect([...shown.stdout.matchAll(/^\+\+\+ b\/(.*)$/gm)].map(([, path]) => path ?? "").toSorted()).toEqual([
        ...expected,
      ]);
      expect(expected.filter((path) => existsSync(join(folder, path)))).toEqual([]);

      const written = await init(folder, "--yes");
      expect(written.exitCode).toBe(0);
      expect(expected.filter((path) => !existsSync(join(folder, path)))).toEqual([]);
      expect(await checkedFindings(folder)).toBe("");

      const again = await init(folder, "--yes");
      expect(again.stdout).toContain("nothing to change");
    });

    test(`${name}: the pipeline's commands run`, async () => {
      const folder = repository(files);
      await init(folder, "--yes");
      const commands = pipelineCommands(folder);
      expect(commands.length).toBeGreaterThanOrEqual(3);
      for (const command of commands) {
        const result = await run(folder, ["sh", "-c", command], goEnvironment());
        expect([command, result.exitCode, result.stderr]).toEqual([command, 0, ""]);
      }
    }, 120_000);
  }

  test("the Dockerfile's own go command builds the program", async () => {
    const environment = goEnvironment();
    for (const [files, word] of [
      [monorepo, "$PROGRAM"],
      [nested, "cd ./api/cmd/api"],
    ] as const) {
      const folder = repository(files);
      await init(folder, "--yes");
      const script = /^ {4}(.*go build .*)$/m.exec(textOf(folder, "Dockerfile"))?.[1] ?? "";
      expect(script).toContain(word);
      const env = { ...environment, PROGRAM: "./services/worker" };
      const program = join(home, `program ${counter++}`);
      const built = await run(folder, ["sh", "-c", script.replace("/out/program", `'${program}'`)], env);
      expect([built.exitCode, built.stderr]).toEqual([0, ""]);
      expect((await run(folder, [program])).stdout).toBe("hello\n");
    }
  }, 120_000);

  test("a pipeline for GitLab, and none", async () => {
    const folder = repository(monorepo);
    expect((await init(folder, "--yes", "--ci", "gitlab")).exitCode).toBe(0);
    expect(textOf(folder, ".gitlab-ci.yml")).toContain("GOCACHE: $CI_PROJECT_DIR/.cache/go-build");
    expect(await checkedFindings(folder)).toBe("");
    const other = repository(library);
    await init(other, "--yes", "--ci", "none");
    expect(existsSync(join(other, ".github"))).toBe(false);
  });

  test("JSON says the same, and writes only when told to", async () => {
    const folder = repository(service);
    const { stdout, exitCode } = await init(folder, "--json");
    expect(exitCode).toBe(0);
    const { version, written, changes } = JSON.parse(stdout) as {
      version: number;
      written: boolean;
      changes: { path: string; isNew: boolean; after: string }[];
    };
    expect([version, written, changes.length, changes.every(({ isNew }) => isNew)]).toEqual([1, false, 4, true]);
    expect(existsSync(join(folder, "ballast.yaml"))).toBe(false);
  });
});

function goEnvironment(): Record<string, string> {
  return { GOCACHE: go.newCache(`init ${counter++}`), GOTOOLCHAIN: "local", GOFLAGS: "", GOPROXY: "off" };
}

describe("repositories with files of their own", () => {
  test("safe fixes are applied, the rest is listed, and nothing else changes", async () => {
    const folder = repository({ ...service, Dockerfile: oldDockerfile, "ballast.yaml": "check:\n  partial: fail\n" });
    const { stdout, exitCode } = await init(folder, "--yes", "--ci", "none");
    expect(exitCode).toBe(0);
    expect(textOf(folder, "Dockerfile")).toBe(oldDockerfile.replace("GOCACHE=off ", ""));
    expect(textOf(folder, "ballast.yaml")).toBe("check:\n  partial: fail\n");
    expect(textOf(folder, ".dockerignore")).toContain(".git\n");
    expect(stdout).toContain("left for you");
    expect(stdout).toContain("(docker/no-cache-mount)");
  });

  test("without a terminal nobody can agree, and nothing is written", async () => {
    const folder = repository(library);
    const { exitCode, stderr } = await init(folder);
    expect([exitCode, stderr.includes("check/init-not-agreed")]).toEqual([2, true]);
    expect(existsSync(join(folder, "ballast.yaml"))).toBe(false);
  });

  const hasTerminal = Bun.which("script") !== null;
  const why = hasTerminal ? "" : " (skipped: no `script` of util-linux here to make a terminal)";
  test.skipIf(!hasTerminal)(`on a terminal it asks: yes writes, anything else does not${why}`, async () => {
    for (const [answer, status, isWritten] of [
      ["y", 0, true],
      ["no", 1, false],
    ] as const) {
      const folder = repository(library);
      const command = `printf '${answer}\\n' | script -qec "${executable} init" /dev/null`;
      const { exitCode, stdout } = await run(folder, ["sh", "-c", command]);
      expect(stdout).toContain("write these changes? [y/N]");
      expect([exitCode, existsSync(join(folder, "ballast.yaml"))]).toEqual([status, isWritten]);
    }
  });

  test("a folder without a module is refused", async () => {
    const { exitCode, stderr } = await init(repository({ "README.md": "hello\n" }), "--yes");
    expect([exitCode, stderr.includes("check/init-no-module")]).toEqual([2, true]);
  });

  test("a symlink does not lead it out of the repository", async () => {
    const folder = repository(library);
    const outside = repository({ "keep.txt": "x" });
    symlinkSync(outside, join(folder, ".github"));
    const { exitCode, stderr } = await init(folder, "--yes", "--ci", "github");
    expect([exitCode, stderr.includes("check/init-not-written")]).toEqual([3, true]);
    expect(existsSync(join(outside, "workflows"))).toBe(false);
  });

  test("names that a shell would take apart are left out, and said", async () => {
    const odd = "services/a$(touch x);b";
    const folder = repository({ ...service, [`${odd}/main.go`]: main });
    const { exitCode, stdout } = await init(folder, "--yes");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("left out");
    const text = textOf(folder, ".github/workflows/go.yml") + textOf(folder, "Dockerfile");
    expect(text).not.toContain("touch");
  });

  test("hostile files end in time, without a crash", async () => {
    const folder = repository({
      "go.mod": `module ${"x".repeat(100_000)}\n${"use (\n".repeat(1_000)}`,
      "go.work": `use (${" ./a".repeat(20_000)}`,
      Dockerfile: `FROM golang\nRUN ${"$(".repeat(30_000)}`,
      "compose.yaml": `a: ${"[".repeat(20_000)}`,
      "main.go": `package main\n\nfunc main() { ${"(".repeat(50_000)} }\n`,
      ".gitlab-ci.yml": `a: &a [x]\n${Array.from({ length: 30 }, (_, i) => `b${i}: [*a, *a]\n`).join("")}`,
    });
    const { exitCode } = await init(folder, "--yes");
    expect([0, 2]).toContain(exitCode ?? -1);
  });
});
