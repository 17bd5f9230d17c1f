import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const work = mkdtempSync(join(tmpdir(), "ballast-packages-"));

afterAll(() => rmSync(work, { recursive: true, force: true }));

const wanted = {
  "": { version: "0.1.0" },
  "node_modules/bun": { version: "1.4.5" },
  "node_modules/knip": { version: "6.0.0", dev: true },
  "node_modules/@oven/bun-darwin-x64": { version: "1.4.5", optional: true },
};

function isInstalled(installed: unknown, kind: "run" | "all"): boolean {
  mkdirSync(join(work, "node_modules"), { recursive: true });
  writeFileSync(join(work, "package-lock.json"), JSON.stringify({ packages: wanted }));
  writeFileSync(join(work, "node_modules/.package-lock.json"), JSON.stringify({ packages: installed }));
  const script = join(import.meta.dir, "packages-installed.ts");
  return Bun.spawnSync({ cmd: [process.execPath, script, kind], cwd: work, stderr: "inherit" }).exitCode === 0;
}

test("what the executable is built from is enough to build, not to develop", () => {
  const installed = { "node_modules/bun": { version: "1.4.5" } };
  expect(isInstalled(installed, "run")).toBe(true);
  expect(isInstalled(installed, "all")).toBe(false);
  expect(isInstalled({ ...installed, "node_modules/knip": { version: "6.0.0" } }, "all")).toBe(true);
});

test("another version is not installed, nor is an installation that npm did not finish", () => {
  expect(isInstalled({ "node_modules/bun": { version: "1.4.4" } }, "run")).toBe(false);
  expect(isInstalled({}, "run")).toBe(false);
  expect(isInstalled(undefined, "run")).toBe(false);
});
