/** `ballast lab isolation`, on this machine and in real image builds. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { runProcess } from "../../src/core/process.ts";
import type { IsolationAnalysis, ModeResult } from "../../src/lab/labs/isolation/analysis.ts";
import { makeGoBase, startImageBuilder } from "../image-builder.ts";
import { testWithAll } from "../with-component.ts";

const executable = process.env["BALLAST_TEST_EXECUTABLE"] ?? "";
let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "ballast-isolation-"));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

interface Answer {
  readonly isFinding: boolean;
  readonly verdict: string;
  readonly analysis: IsolationAnalysis;
}

async function lab(env: Readonly<Record<string, string>>, ...words: readonly string[]): Promise<Answer> {
  const result = await runProcess({
    argv: [executable, "lab", "isolation", "--json", ...words],
    cwd: home,
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      TMPDIR: tmpdir(),
      ...env,
      XDG_CACHE_HOME: join(home, "cache"),
    },
    deadlineMs: 280_000,
  });
  if (result.exitCode !== 0 && result.exitCode !== 1) throw new Error(result.stderr);
  return JSON.parse(result.stdout) as Answer;
}

/** What was served and tampered with, and how many jobs failed, by mode. */
function told(modes: readonly ModeResult[]): Record<string, readonly (number | undefined)[]> {
  return Object.fromEntries(
    modes.map(({ where, mode, served, tampered, failed }) => [
      `${where} ${mode}`,
      [served?.count, tampered?.count, failed.count],
    ]),
  );
}

test("on one machine: who gets what another compiled, and who links what somebody wrote", async () => {
  const { isFinding, analysis } = await lab({}, "--budget", "60s");
  expect(told(analysis.modes)).toEqual({
    "host native": [1, 1, 0],
    "host shared": [1, 0, 0],
    "host read-only": [0, 0, 0],
    "host isolated": [0, 0, 0],
    "host off": [0, 0, 0],
  });
  expect(analysis.modes.map(({ found }) => found?.count)).toEqual([1, 1, 0, 0, 0]);
  expect(analysis.programs).toEqual({ host: 1 });
  expect(isFinding).toBe(false);
}, 300_000);

testWithAll(
  ["buildkit", "runc"],
  "in image builds: one mount is one cache, a mount for each job is not, and go cannot build over one that is read-only",
  async (folders) => {
    const base = join(home, "base");
    makeGoBase(base);
    const builder = await startImageBuilder(folders);
    try {
      const modes = ["--mode", "shared", "--mode", "isolated", "--mode", "read-only"];
      const image = ["--image", "golang:1.26", "--image-folder", base];
      const { isFinding, verdict, analysis } = await lab(builder.env, "--budget", "100s", ...modes, ...image);
      const images = analysis.modes.filter(({ where }) => where === "image");
      expect(told(images)).toEqual({
        "image shared": [1, undefined, 0],
        "image read-only": [undefined, undefined, 2],
        "image isolated": [0, undefined, 0],
      });
      expect(images.find(({ mode }) => mode === "read-only")?.firstFailure).toContain("read-only file system");
      expect([isFinding, analysis.programs["image"]]).toEqual([true, 1]);
      expect(verdict).toContain("image read-only: 2 of 2 jobs failed");
    } finally {
      await builder.stop();
    }
  },
  300_000,
);

test("without a builder image builds are left out, and that is said", async () => {
  const { analysis } = await lab(
    { BUILDKIT_HOST: "unix:///nowhere" },
    "--budget",
    "20s",
    "--mode",
    "native",
    "--image",
    "golang:1.26",
  );
  expect(analysis.notes).toEqual(["image builds are not verified: no BuildKit answers to buildctl (BUILDKIT_HOST)"]);
}, 120_000);
