import { afterAll, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { outputPath } from "../../go/gocache/entry-file.ts";
import { openCacheFolder } from "./folder.ts";
import { LocalTier } from "./local-tier.ts";

const root = mkdtempSync(join(tmpdir(), "ballast-spill-test-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let gocache: string;
let tier: LocalTier;
let serial = 0;
const body = Buffer.from("what a compiler made");
const output = new Bun.CryptoHasher("sha256").update(body).digest("hex");

beforeEach(() => {
  gocache = join(root, String(serial++));
  for (let i = 0; i < 256; i++) mkdirSync(join(gocache, i.toString(16).padStart(2, "0")), { recursive: true });
  tier = newTier();
});

function newTier(): LocalTier {
  return new LocalTier({ folder: openCacheFolder(gocache, "main"), toolchainTag: 0, nowMs: Date.now, name: "t" });
}

/** Puts the body, with `between` before its end; it must be there in the end, wherever that is. */
function putWith(between: () => void): string {
  const file = tier.startBody(output, body.length);
  file.write(body.subarray(0, 7));
  between();
  file.write(body.subarray(7));
  const { path } = file.finish();
  expect(readFileSync(path)).toEqual(body);
  expect(tier.findBody(output)?.path).toBe(path);
  return path;
}

test("a body lies in the folder, and nothing else stays", () => {
  expect(putWith(() => undefined)).toBe(outputPath(gocache, output));
  expect(tier.counts.spilled).toBe(0);
  expect(readdirSync(join(gocache, "ballast", "tmp"))).toEqual([]);
});

test("a folder that is cleaned under way has the body elsewhere", () => {
  const path = putWith(() => rmSync(join(gocache, output.slice(0, 2)), { recursive: true }));
  expect(path).not.toStartWith(gocache);
  expect(tier.counts.spilled).toBe(1);
  expect(readdirSync(join(gocache, "ballast", "tmp"))).toEqual([]);
});

test("an executable's folder in the body's place has it elsewhere", () => {
  const path = putWith(() => mkdirSync(outputPath(gocache, output)));
  expect(path).not.toStartWith(gocache);
});

test("a folder without room for temporary files has the body elsewhere from the start", () => {
  rmSync(join(gocache, "ballast"), { recursive: true });
  expect(putWith(() => undefined)).not.toStartWith(gocache);
});

test("what a killed helper left under the same process id is in nobody's way", () => {
  tier.startBody(output, body.length).write(body.subarray(0, 7));
  tier = newTier();
  expect(putWith(() => undefined)).toBe(outputPath(gocache, output));
  expect(tier.counts.spilled).toBe(0);
});
