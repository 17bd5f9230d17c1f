/** The frame of the command line, as the executable shows it. */

import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { version } from "../../package.json" with { type: "json" };
import { runProcess } from "../../src/core/process.ts";
import type { ProcessResult } from "../../src/core/process.ts";

const executable = process.env["BALLAST_TEST_EXECUTABLE"] ?? "";
const deadlineMs = 20_000;

function ballast(...words: readonly string[]): Promise<ProcessResult> {
  return runProcess({ argv: [executable, ...words], deadlineMs });
}

describe("what it prints", () => {
  test("the version", async () => {
    for (const flag of ["--version", "-V"]) {
      expect(await ballast(flag)).toMatchObject({ exitCode: 0, stdout: `ballast ${version}\n`, stderr: "" });
    }
    expect(JSON.parse((await ballast("version", "--json")).stdout)).toMatchObject({ version });
  });

  test("help, from three sides", async () => {
    const { stdout } = await ballast("--help");
    expect(stdout).toContain("\nCommands:\n");
    expect((await ballast("help")).stdout).toBe(stdout);
    expect((await ballast("help", "version")).stdout).toBe((await ballast("version", "--help")).stdout);
    expect((await ballast("help", "core/flag-unknown")).stdout).toStartWith("core/flag-unknown: ");
  });

  test("nothing asked: help on stderr and exit 2", async () => {
    expect(await ballast()).toMatchObject({
      exitCode: 2,
      stdout: "",
      stderr: expect.stringContaining("Usage:") as string,
    });
  });

  test("a completion script that bash accepts", async () => {
    const { stdout } = await ballast("completion", "bash");
    expect(await runProcess({ argv: ["bash", "-n"], stdin: stdout, deadlineMs })).toMatchObject({
      exitCode: 0,
      stderr: "",
    });
    expect((await ballast("completion", "bsh")).stderr).toContain("(did you mean bash?)");
  });
});

describe("what it refuses", () => {
  const cases: readonly (readonly [words: readonly string[], code: string, text: string])[] = [
    [["version", "--jsn"], "core/flag-unknown", "--jsn (did you mean --json?)"],
    [["vrsion"], "cli/command-unknown", "vrsion (did you mean ballast version?)"],
    [["--verison"], "core/flag-unknown", "(did you mean --version?)"],
    [["version", "x"], "cli/argument-unexpected", '"x" after ballast version'],
    [["help", "core/flag-unknwn"], "cli/argument-invalid", "(did you mean core/flag-unknown?)"],
  ];
  for (const [words, code, text] of cases) {
    test(`ballast ${words.join(" ")}`, async () => {
      const result = await ballast(...words);
      expect(result).toMatchObject({ exitCode: 2, stdout: "" });
      expect(result.stderr).toContain(text);
      expect(result.stderr).toEndWith(`\n  code: ${code}\n`);
    });
  }

  test("a flag of the helper, which has announced itself by then", async () => {
    const { exitCode, stderr } = await ballast("cacheprog", "--servr", "x");
    expect([exitCode, stderr.split("\n")[0]]).toEqual([
      2,
      "ballast: there is no such flag: --servr (did you mean --server?)",
    ]);
  });

  test("with --json as one JSON line", async () => {
    const { stderr, exitCode } = await ballast("version", "--json", "x");
    expect(exitCode).toBe(2);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: "cli/argument-unexpected", exit: 2 } });
  });
});

test("output that nobody reads any more ends it quietly", async () => {
  const script = `{ sleep 0.3; ${executable} --help; } | true; exit "\${PIPESTATUS[0]}"`;
  expect(await runProcess({ argv: ["bash", "-c", script], deadlineMs })).toMatchObject({ exitCode: 0, stderr: "" });
});

test("neither .env nor bunfig.toml of the working directory reaches it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ballast-cli-"));
  try {
    writeFileSync(join(folder, "bunfig.toml"), 'preload = ["./preload.ts"]\n');
    writeFileSync(join(folder, "preload.ts"), 'console.log("preloaded");\n');
    writeFileSync(join(folder, ".env"), "NO_COLOR=1\nBUN_OPTIONS=--smol\n");
    const { stdout, stderr } = await runProcess({ argv: [executable, "--version"], cwd: folder, deadlineMs });
    expect([stdout, stderr]).toEqual([`ballast ${version}\n`, ""]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("version, help and a refused flag answer within 30 ms", async () => {
  for (const words of [["--version"], ["--help"], ["version", "--jsn"], ["cacheprog", "--servr"]]) {
    const durationsMs: number[] = [];
    for (let round = 0; round < 15; round += 1) durationsMs.push((await ballast(...words)).durationMs);
    // The best of the rounds: other tests may have the machine at the same time.
    expect([words, Math.min(...durationsMs) < 30, durationsMs]).toEqual([words, true, durationsMs]);
  }
});
