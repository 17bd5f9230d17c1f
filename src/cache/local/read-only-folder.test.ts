import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { actionPath, formatEntryLine, outputPath } from "../../go/gocache/entry-file.ts";
import { findCacheFolder } from "./folder.ts";
import { LocalTier } from "./local-tier.ts";
import { origin } from "./record.ts";
import { openReadOnlyFolder, type ReadOnlyFolder } from "./read-only-folder.ts";

let base: string;
let gocache: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "ballast-ro-"));
  gocache = join(base, "gocache");
  for (let i = 0; i < 256; i++) mkdirSync(join(gocache, i.toString(16).padStart(2, "0")), { recursive: true });
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const sha256 = (text: string): string => new Bun.CryptoHasher("sha256").update(text).digest("hex");

function putAsGo(name: string, body: string): Buffer {
  const action = sha256(name);
  const output = sha256(body);
  writeFileSync(actionPath(gocache, action), formatEntryLine(action, { output, sizeBytes: body.length, timeNs: 7n }));
  writeFileSync(outputPath(gocache, output), body);
  return Buffer.from(action, "hex");
}

function open(toolchainTag = 0): ReadOnlyFolder {
  return openReadOnlyFolder({ folder: findCacheFolder(gocache, "main"), memoPath: join(base, "memo"), toolchainTag });
}

test("an entry of Go's is a hit, and nothing in the folder changes", () => {
  const action = putAsGo("a", "body");
  const past = new Date(Date.now() - 7_200_000);
  utimesSync(outputPath(gocache, sha256("body")), past, past);
  const before = [readdirSync(gocache).length, statSync(outputPath(gocache, sha256("body"))).mtimeMs];
  const folder = open();
  expect(folder.get(action)).toMatchObject({ output: sha256("body"), sizeBytes: 4, timeNs: 7n });
  expect(folder.get(Buffer.alloc(32))).toBeUndefined();
  folder.flush();
  expect([readdirSync(gocache).length, statSync(outputPath(gocache, sha256("body"))).mtimeMs]).toEqual(before);
  expect(open().get(action)).toBeDefined();
});

test("a body that is something else is a miss, also when it was right before", () => {
  const action = putAsGo("a", "body");
  const first = open();
  expect(first.get(action)).toBeDefined();
  first.flush();
  writeFileSync(outputPath(gocache, sha256("body")), "ydob");
  expect(open().get(action)).toBeUndefined();
});

test("an entry that was replaced is found by its new body", () => {
  const action = putAsGo("a", "body");
  const first = open();
  first.get(action);
  first.flush();
  rmSync(outputPath(gocache, sha256("body")));
  putAsGo("a", "other");
  expect(open().get(action)).toMatchObject({ output: sha256("other") });
});

test("what was fetched for another toolchain is a miss", () => {
  const folder = findCacheFolder(gocache, "main");
  mkdirSync(join(folder.ballastPath, "tmp"), { recursive: true });
  const tier = new LocalTier({ folder, toolchainTag: 1, nowMs: Date.now, name: "t" });
  const body = tier.startBody(sha256("fetched"), 7);
  body.write(Buffer.from("fetched"));
  const done = body.finish();
  const action = Buffer.from(sha256("b"), "hex");
  const entry = { action, output: Buffer.from(sha256("fetched"), "hex"), sizeBytes: 7, timeNs: 1n };
  tier.link({ ...entry, kind: 0, origin: origin.fetched, costMs: 3 }, done.print);
  tier.flush();
  rmSync(actionPath(gocache, sha256("b")));
  expect(open(2).get(action)).toBeUndefined();
  expect(open(1).get(action)).toMatchObject({ costMs: 3 });
});
