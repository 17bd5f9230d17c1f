import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSharedToolHashes, sharedToolHashesBytes } from "./shared-tool-hashes.ts";
import { hashToolchain, helpHashing, recallToolchain } from "./toolchain.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ballast-toolchain-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function goroot(name: string, compiler: string): readonly [string, string] {
  const tools = join(folder, name, "tool");
  mkdirSync(tools, { recursive: true });
  writeFileSync(join(folder, name, "VERSION"), "go1.26.8");
  writeFileSync(join(tools, "compile"), compiler);
  return [join(folder, name), tools];
}

test("toolchains differ by a byte of their compiler, not by where they lie", () => {
  const memo = join(folder, "memo");
  const first = hashToolchain(...goroot("a", "one"), memo);
  expect(hashToolchain(...goroot("b", "one"), memo)).toBe(first as string);
  expect(hashToolchain(...goroot("c", "two"), memo)).not.toBe(first);
});

test("two threads find what one finds", () => {
  const tools = goroot("a", "one");
  writeFileSync(join(tools[1], "link"), "a longer tool");
  const alone = hashToolchain(...tools, join(folder, "memo"));
  const shared = openSharedToolHashes(new SharedArrayBuffer(sharedToolHashesBytes));
  expect(shared.take(1)).toBe(true);
  helpHashing(...tools, shared);
  shared.put(1, new Bun.CryptoHasher("sha256").update("one").digest("hex"));
  expect(hashToolchain(...tools, join(folder, "other memo"), shared)).toBe(alone as string);
});

test("a folder that knows a toolchain finds out about another one, and remembers both", () => {
  const memo = join(folder, "memo");
  const one = goroot("a", "one");
  const two = goroot("b", "two");
  expect(recallToolchain(...one, memo)).toBeUndefined();
  const hash = hashToolchain(...one, memo);
  expect(recallToolchain(...one, memo)).toBe(hash as string);
  const other = recallToolchain(...two, memo);
  expect(other).not.toBe(hash);
  expect(other).toHaveLength(64);
  expect(recallToolchain(...one, memo)).toBe(hash as string);
  expect((JSON.parse(readFileSync(memo, "utf8")) as unknown[]).length).toBe(2);
});

test("without a compiler there is nothing to tell, and a torn memory is none", () => {
  const memo = join(folder, "memo");
  expect(hashToolchain(folder, join(folder, "nowhere"), memo)).toBeUndefined();
  writeFileSync(memo, '[{"key":');
  expect(recallToolchain(...goroot("a", "one"), memo)).toBeUndefined();
  expect(hashToolchain(...goroot("a", "one"), memo)).toHaveLength(64);
});
