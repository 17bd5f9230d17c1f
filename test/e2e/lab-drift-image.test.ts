/** `ballast lab drift --dockerfile` with a real BuildKit: what decides an image, what is chance, and where both are. */

import { afterAll, beforeAll, expect } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { runProcess } from "../../src/core/process.ts";
import type { ImageDriftAnalysis } from "../../src/lab/labs/drift/image-build/image-lab.ts";
import { type ImageBuilder, startImageBuilder } from "../image-builder.ts";
import { testWithAll } from "../with-component.ts";

const executable = process.env["BALLAST_TEST_EXECUTABLE"] ?? "";
let home: string;
let temporary: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "ballast-drift-image-"));
  temporary = join(home, "tmp");
  mkdirSync(temporary);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function context(name: string, dockerfile: string): string {
  const folder = join(home, name);
  mkdirSync(join(folder, "data"), { recursive: true });
  writeFileSync(join(folder, "go.mod"), "module example.org/image\n\ngo 1.24\n");
  for (const file of ["one", "two"]) writeFileSync(join(folder, "data", file), `${file}\n`);
  writeFileSync(join(folder, "Dockerfile"), dockerfile);
  return folder;
}

interface Answer {
  readonly isFinding: boolean;
  readonly verdict: string;
  readonly analysis: ImageDriftAnalysis;
}

async function drift({ env }: ImageBuilder, folder: string, ...words: readonly string[]): Promise<Answer> {
  const argv = [executable, "lab", "drift", "--dockerfile", "Dockerfile", "--json", ...words];
  const own = { HOME: home, XDG_CACHE_HOME: join(home, "cache"), TMPDIR: temporary, ...env };
  const { exitCode, stdout, stderr } = await runProcess({ argv, cwd: folder, env: own, deadlineMs: 240_000 });
  if (exitCode !== 0 && exitCode !== 1) throw new Error(stderr);
  expect(readdirSync(temporary)).toEqual([]);
  return JSON.parse(stdout) as Answer;
}

testWithAll(
  ["buildkit", "runc"],
  "files keep their times, the rest is the time of the build, and an argument changes what it changes",
  async (folders) => {
    const builder = await startImageBuilder(folders);
    try {
      const copying = context("copying", "FROM scratch\nARG NAME=x\nCOPY data /data\nLABEL name=$NAME\n");
      const factors = ["epoch", "rewrite", "filetimes", "NAME=one,two"].map((name) => `--factor=${name}`);
      const { verdict, isFinding, analysis } = await drift(builder, copying, "--no-screen", ...factors);
      expect([isFinding, analysis.cells, analysis.chance.remains]).toEqual([false, 16, false]);
      expect(analysis.chance.combinations).toBeGreaterThan(0);
      expect(analysis.chance.what).toContain("configuration /created");
      expect(analysis.chance.deciding).toContain("epoch");
      expect(verdict).toStartWith("Equal builds come out differently without epoch");
      const influence = (name: string): number | undefined =>
        analysis.influences.find(({ factor }) => factor === name)?.changed;
      // rewrite-timestamp only lowers times that are later than the epoch, as both of these are.
      expect([influence("NAME"), influence("filetimes")]).toEqual([8, 6]);
      const where = new Map(analysis.where.map(({ factor, difference }) => [factor, difference]));
      expect(where.get("NAME")?.config.map(({ pointer }) => pointer)).toContain("/config/Labels/name");
      expect(where.get("NAME")?.layers).toEqual([]);
      expect(where.get("filetimes")?.layers.flatMap(({ entries }) => entries.map(({ kind }) => kind))).toEqual([
        "mtime",
      ]);
    } finally {
      await builder.stop();
    }
  },
  240_000,
);

testWithAll(
  ["buildkit", "runc"],
  "an image that does not build, no builder, and a Dockerfile elsewhere are refused with a code",
  async (folders) => {
    const builder = await startImageBuilder(folders);
    try {
      const broken = context("broken", "FROM scratch\nCOPY absent /\n");
      const refused = async (env: ImageBuilder["env"], ...words: string[]): Promise<string> => {
        try {
          await drift({ ...builder, env }, broken, ...words);
          return "done";
        } catch (cause) {
          return /"code":"([^"]+)"/.exec((cause as Error).message)?.[1] ?? String(cause);
        }
      };
      expect(await refused(builder.env, "--factor=epoch")).toBe("lab/image-does-not-build");
      expect(await refused(builder.env, "--factor=workdir=x,y")).toBe("lab/factor-unknown");
      expect(await refused({ ...builder.env, BUILDKIT_HOST: "unix:///nowhere" })).toBe("lab/image-no-buildkit");
    } finally {
      await builder.stop();
    }
  },
  60_000,
);
