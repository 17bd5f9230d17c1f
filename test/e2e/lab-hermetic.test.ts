/** `ballast lab hermetic` with real Bazel and Nix and without a network, and `ballast hermetic init`. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type ProcessResult, runProcess } from "../../src/core/process.ts";
import type { EnvironmentResult } from "../../src/lab/labs/hermetic/lab.ts";
import { testWithAll } from "../with-component.ts";

const executable = process.env["BALLAST_TEST_EXECUTABLE"] ?? "";
const commit = "0123456789abcdef0123456789abcdef01234567";
let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "ballast-hermetic-"));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function ballast(folders: readonly string[], ...words: readonly string[]): Promise<ProcessResult> {
  const path = [...folders.map((folder) => join(folder, "bin")), process.env["PATH"] ?? ""].join(":");
  const env = { PATH: path, HOME: process.env["HOME"], TMPDIR: tmpdir(), XDG_CACHE_HOME: join(home, "cache") };
  return runProcess({ argv: [executable, ...words], cwd: home, env, deadlineMs: 280_000 });
}

async function lab(folders: readonly string[], ...words: readonly string[]): Promise<readonly EnvironmentResult[]> {
  const result = await ballast(folders, "lab", "hermetic", "--json", ...words);
  if (result.exitCode !== 0 && result.exitCode !== 1) throw new Error(result.stderr);
  return (JSON.parse(result.stdout) as { analysis: { results: EnvironmentResult[] } }).analysis.results;
}

const told = (results: readonly EnvironmentResult[]): readonly string[] =>
  results.map(({ environment, language, verdict, fallbacks }) =>
    [environment, language, verdict, ...fallbacks].join(" "),
  );

describe("the lab", () => {
  test("what is not here is unverified and no pass", async () => {
    const environments = ["system", "nix", "nixpkgs"].flatMap((name) => ["--environment", name]);
    const results = await lab([], "--language", "go", ...environments);
    const hasNix = Bun.which("nix-build") !== null;
    expect(told(results)[0]).toBe("system go repeats");
    if (!hasNix) expect(results[1]?.reason).toBe("there is no nix-build on PATH");
    if (!hasNix) expect(results[1]?.verdict).toBe("unverified");
    expect(results[2]).toMatchObject({ verdict: "unverified", reason: "no commit of Nixpkgs was named: --nixpkgs" });
  }, 120_000);

  testWithAll(
    ["bazel", "nix"],
    "with declared toolchains Bazel and Nix repeat, and start nothing of PATH",
    async (folders) => {
      const results = await lab(folders, "--environment", "bazel", "--environment", "nix", "--language", "go");
      expect(told(results)).toEqual(["bazel go repeats", "nix go repeats"]);
    },
    300_000,
  );

  testWithAll(
    ["bazel", "nix"],
    "Bazel with Nixpkgs, whose rules and toolchains come from the network, is unverified and no pass",
    async (folders) => {
      const results = await lab(folders, "--environment", "nixpkgs", "--nixpkgs", commit);
      expect(told(results)).toEqual(["nixpkgs go unverified", "nixpkgs java unverified"]);
      const reasons = new Set(results.map(({ reason }) => reason));
      expect([...reasons]).toEqual(["the rules need Bazel 7, and this one says bazel no_version"]);
      const loose = await ballast(folders, "lab", "hermetic", "--nixpkgs", "nixos-unstable");
      expect([loose.exitCode, loose.stderr.includes("lab/hermetic-pin")]).toEqual([2, true]);
    },
    120_000,
  );

  testWithAll(
    ["bazel"],
    "a workspace that takes go from PATH without a word is a finding",
    async (folders) => {
      const workspace = join(home, "leaking");
      mkdirSync(workspace);
      writeFileSync(join(workspace, "WORKSPACE"), "");
      writeFileSync(join(workspace, "main.go"), "package main\n\nfunc main() {}\n");
      const cmd = "HOME=$$PWD GOCACHE=$$PWD/cache GOFLAGS=-trimpath go build -o $@ $(SRCS)";
      writeFileSync(
        join(workspace, "BUILD"),
        `genrule(name = "program", srcs = ["main.go"], outs = ["program.bin"], cmd = "${cmd}")\n`,
      );
      const own = ["--workspace", workspace, "--target", "//:program", "--artefact", "bazel-bin/program.bin"];
      const results = await lab(folders, ...own);
      expect(told(results)).toEqual(["bazel go repeats go"]);
      expect((await ballast(folders, "lab", "hermetic", ...own)).exitCode).toBe(1);
    },
    300_000,
  );
});

describe("hermetic init", () => {
  test("writes both forms of a workspace, pinned, and replaces nothing", async () => {
    const module = join(home, "module");
    mkdirSync(module);
    writeFileSync(join(module, "go.mod"), "module example.org/app\n\ngo 1.24\n");
    const init = (...words: readonly string[]): Promise<ProcessResult> =>
      ballast([], "hermetic", "init", ...words, module);
    expect((await init("--nixpkgs", commit, "--program", "./cmd/app", "--java")).exitCode).toBe(0);
    const text = (path: string): string => readFileSync(join(module, path), "utf8");
    for (const path of [
      "MODULE.bazel",
      "WORKSPACE",
      "BUILD.bazel",
      "nix/nixpkgs.nix",
      "nix/toolchains.bzl",
      ".bazelrc",
    ]) {
      expect(existsSync(join(module, path))).toBe(true);
    }
    expect(text("nix/nixpkgs.nix")).toContain(commit);
    expect(text("MODULE.bazel") + text("WORKSPACE")).not.toMatch(/go_sdk\.(?:host|download)\(\s*[a-z]/);
    expect(text("BUILD.bazel")).toContain('actual = "//cmd/app"');
    const again = await init("--nixpkgs", commit);
    expect([again.exitCode, again.stderr.includes("lab/hermetic-exists")]).toEqual([2, true]);
    const loose = await init("--nixpkgs", "nixos-unstable", "--force");
    expect([loose.exitCode, loose.stderr.includes("lab/hermetic-pin")]).toEqual([2, true]);
  });
});
