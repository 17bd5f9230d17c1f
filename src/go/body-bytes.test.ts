import { afterEach, beforeEach, expect, test } from "bun:test";
import { copyFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readBody } from "./body-bytes.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ballast-body-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("gives a body's bytes, small or large, and nothing for one that is gone", () => {
  for (const sizeBytes of [0, 10, 3_000_000]) {
    const path = join(folder, String(sizeBytes));
    writeFileSync(path, Buffer.alloc(sizeBytes, "body "));
    expect(readBody(path, sizeBytes)?.equals(Buffer.alloc(sizeBytes, "body "))).toBe(true);
    expect(readBody(join(folder, "gone"), sizeBytes)).toBeUndefined();
  }
});

test("a program whose bytes are held can be started, as somebody does who runs what go has just built", () => {
  const path = join(folder, "program");
  copyFileSync(process.execPath, path);
  const bytes = readBody(path, statSync(path).size);
  expect(bytes?.length).toBeGreaterThan(1024 * 1024);
  expect(Bun.spawnSync([path, "--version"]).exitCode).toBe(0);
  expect(bytes?.readUInt32BE(0)).toBe(0x7f454c46); // held until here
});
