/** A `go` on PATH that is `ballast go`, under tools that start go by themselves. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { testWith } from "../with-component.ts";
import { ballast, createGoFixture, type GoFixture, type GoResult } from "./go-fixture.ts";

let go: GoFixture;
let gocache: string;
let bin: string;
let summaries = 0;

beforeAll(async () => {
  go = await createGoFixture();
  gocache = go.newCache("cache");
  bin = join(go.folder, "shim folder's");
  const made = await go.run([...ballast, "shim", bin], {});
  expect(made.stderr).toBe(`ballast: wrote ${bin}/go\n`);
  expect(made.exitCode).toBe(0);
});
afterAll(() => go[Symbol.dispose]());

interface Governed extends GoResult {
  /** What Ballast's helpers said they did. */
  readonly helpers: number;
}

async function run(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Governed> {
  const summaryFile = join(go.folder, `summary-${summaries++}`);
  writeFileSync(summaryFile, "");
  const PATH = [bin, process.env["PATH"] ?? ""].join(delimiter);
  const result = await go.run(argv, { PATH, GOCACHE: gocache, BALLAST_SUMMARY_FILE: summaryFile, ...env });
  return { ...result, helpers: readFileSync(summaryFile, "utf8").split("\n").length - 1 };
}

describe("the shim", () => {
  test("is go, governed: same output, same status, no line of its own", async () => {
    expect(await run(["go", "run", "."])).toMatchObject({ exitCode: 0, stdout: "67\n", stderr: "", helpers: 1 });
    expect(await run(["go", "-C", "p0", "list"])).toMatchObject({ exitCode: 0, stdout: "example.org/fixture/p0\n" });
    expect(await run(["go", "vet", "./absent"])).toMatchObject({ exitCode: 1 });
    expect((await run(["go", "--help"])).exitCode).toBe((await go.run(["go", "--help"], {})).exitCode);
  });

  test("obeys the settings, and starts the real go once, also from a go inside of it", async () => {
    const off = await run(["go", "env", "GOCACHE"], {
      BALLAST_CACHE: "isolated",
      XDG_CACHE_HOME: join(go.folder, "caches"),
    });
    expect(off.stdout).toContain("/isolated/gocache");
    const file = join(go.folder, "nested.go");
    writeFileSync(file, 'package main\n\n//go:generate sh -c "go list fmt"\n');
    expect(await run(["go", "generate", file])).toMatchObject({ exitCode: 0, stdout: "fmt\n" });
    const twice = [bin, bin, process.env["PATH"] ?? ""].join(delimiter);
    expect(await run(["go", "version"], { PATH: twice })).toMatchObject({ exitCode: 0 });
    expect(await run([...ballast, "go", "version"], { PATH: bin })).toMatchObject({ exitCode: 3, stdout: "" });
  });

  test("under make", async () => {
    const makefile = join(go.folder, "Makefile");
    writeFileSync(makefile, "GO ?= go\nall:\n\t$(GO) build -o $(OUT) .\n\t$(GO) vet ./p0\n");
    const made = await run(["make", "-f", makefile, `OUT=${join(go.folder, "made")}`]);
    expect(made).toMatchObject({ exitCode: 0, stderr: "" });
    expect(made.helpers).toBeGreaterThan(0);
  });

  testWith("gotestsum", "under gotestsum", async (component) => {
    const tested = await run([
      join(component, "bin", "gotestsum"),
      "--format=pkgname",
      "--",
      "-count=1",
      "./p0",
      "./p1",
    ]);
    expect(tested.stdout).toContain("DONE 2 tests");
    expect(tested.exitCode).toBe(0);
    expect(tested.helpers).toBeGreaterThan(0);
  });

  test("leaves another file alone, and writes over its own", async () => {
    const taken = join(go.folder, "taken");
    mkdirSync(taken);
    writeFileSync(join(taken, "go"), "somebody's");
    const refused = await go.run([...ballast, "shim", taken], {});
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain("build/shim-not-written");
    expect(readFileSync(join(taken, "go"), "utf8")).toBe("somebody's");
    const again = await go.run([...ballast, "shim", bin], {});
    expect(again.exitCode).toBe(0);
    const line = await go.run(["sh", "-c", `${again.stdout.trim()}; command -v go`], {});
    expect(line.stdout).toBe(`${bin}/go\n`);
  });

  test("puts itself on a GitHub job's PATH", async () => {
    const file = join(go.folder, "github-path");
    writeFileSync(file, "");
    expect(await go.run([...ballast, "shim", "--github", bin], { GITHUB_PATH: file })).toMatchObject({
      exitCode: 0,
      stdout: "",
    });
    expect(readFileSync(file, "utf8")).toBe(`${bin}\n`);
    expect(await go.run([...ballast, "shim", "--github", bin], {})).toMatchObject({ exitCode: 2 });
  });
});
