/** `npm run build` for the one platform that can be started here, glibc Linux on x64; the others are only built. */

import { afterAll, describe, expect, test } from "bun:test";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const repository = resolve(import.meta.dir, "../..");
const work = mkdtempSync(join(tmpdir(), "ballast-release-"));

afterAll(() => rmSync(work, { recursive: true, force: true }));

function release(...platforms: readonly string[]): { status: number; stdout: string; stderr: string } {
  const script = join(repository, "scripts/release.ts");
  const made = Bun.spawnSync({ cmd: [process.execPath, script, ...platforms], cwd: work });
  return { status: made.exitCode, stdout: made.stdout.toString(), stderr: made.stderr.toString() };
}

describe("the release", () => {
  test("is one file that starts anywhere, with its sum beside it", () => {
    const made = release(`--out=${work}`, "linux-x64");
    expect(made).toMatchObject({ status: 0, stderr: "" });
    const sizes = "+[\\d.]+ MB, \\.gz +[\\d.]+ MB, \\.zst +[\\d.]+ MB";
    const sum = new RegExp(`ballast-linux-x64 ${sizes}  sha256 ([0-9a-f]{64})  starts: (.+)$`, "m").exec(made.stdout);
    const check = Bun.spawnSync({ cmd: ["sha256sum", "--check", "SHA256SUMS"], cwd: work });
    expect(check.stdout.toString()).toBe(
      "ballast-linux-x64: OK\nballast-linux-x64.gz: OK\nballast-linux-x64.zst: OK\n",
    );
    expect(readFileSync(join(work, "SHA256SUMS"), "utf8")).toStartWith(`${sum?.[1]}  ballast-linux-x64\n`);
    const whole = readFileSync(join(work, "ballast-linux-x64"));
    expect(Buffer.from(Bun.gunzipSync(readFileSync(join(work, "ballast-linux-x64.gz")))).equals(whole)).toBe(true);
    expect(Bun.zstdDecompressSync(readFileSync(join(work, "ballast-linux-x64.zst"))).equals(whole)).toBe(true);
    const copied = join(work, "renamed");
    copyFileSync(join(work, "ballast-linux-x64"), copied);
    const run = Bun.spawnSync({ cmd: [copied, "--version"], cwd: work, env: {} });
    expect({ status: run.exitCode, stdout: run.stdout.toString().trim() }).toEqual({
      status: 0,
      stdout: sum?.[2] ?? "",
    });
  });

  test("has no platform that it does not know", () => {
    const refused = release("linux-x64", "amiga");
    expect(refused).toMatchObject({ status: 2, stdout: "" });
    expect(refused.stderr).toContain("no platform amiga; there are linux-x64, ");
  });
});
