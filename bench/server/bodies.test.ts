import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert, integer, property } from "fast-check";
import { compressBodies, cutBodies, cutOffsets, joinArchives, writeBodyList } from "./bodies.ts";

const work = mkdtempSync(join(tmpdir(), "ballast-bodies-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

function gocache(): string {
  const folder = join(work, "gocache");
  mkdirSync(join(folder, "ab"), { recursive: true });
  const noise = (seed: number): Buffer =>
    Buffer.from(Array.from({ length: 50_000 }, (_, i) => `${i * seed} `).join(""));
  writeFileSync(join(folder, "ab", "1-d"), Buffer.concat([Buffer.from("!<arch>\n"), noise(7)]));
  writeFileSync(join(folder, "ab", "2-d"), "a test log, no archive");
  writeFileSync(join(folder, "ab", "3-d"), Buffer.concat([Buffer.from("!<arch>\n"), noise(11)]));
  writeFileSync(join(folder, "ab", "3-a"), "v1 an entry");
  return folder;
}

describe("cutOffsets", () => {
  test("pieces lie inside, and side by side where there is room", () => {
    expect(cutOffsets(10_000, 1000, 3)).toEqual([0, 1000, 2000]);
    expect(cutOffsets(2000, 1000, 5)).toEqual([0, 250, 500, 750, 1000]);
    assert(
      property(integer({ min: 5000, max: 1e9 }), integer({ min: 64, max: 2000 }), integer({ min: 1, max: 20 }), check),
    );
  });

  function check(totalBytes: number, sizeBytes: number, count: number): void {
    const offsets = cutOffsets(totalBytes, sizeBytes, count);
    expect(new Set(offsets).size).toBe(count);
    expect((offsets.at(-1) ?? 0) + sizeBytes).toBeLessThanOrEqual(totalBytes);
  }

  test("too little to cut from is refused", () => {
    expect(() => cutOffsets(2000, 1000, 1000)).toThrow("too few");
  });
});

test("bodies are distinct pieces of the archives, named by their hash, and compressed ones unpack to them", () => {
  const blob = join(work, "blob");
  const totalBytes = joinArchives(gocache(), blob, 1e9);
  const bytes = readFileSync(blob);
  expect(bytes.length).toBe(totalBytes);
  expect(bytes.includes("no archive")).toBe(false);
  const set = cutBodies({ file: blob, totalBytes, sizeBytes: 800, count: 300, label: "get" });
  expect(new Set(set.bodies.map(({ output }) => output)).size).toBe(300);
  const packed = compressBodies(set, join(work, "packed"));
  const packedBytes = readFileSync(packed.file);
  for (const [index, { output, offset, length }] of packed.bodies.entries()) {
    const raw = Bun.zstdDecompressSync(packedBytes.subarray(offset, offset + length));
    expect(new Bun.CryptoHasher("sha256").update(raw).digest("hex")).toBe(output);
    const first = set.bodies[index];
    expect(raw).toEqual(bytes.subarray(first?.offset, (first?.offset ?? 0) + 800));
  }
  writeBodyList(set, join(work, "list"));
  const lines = readFileSync(join(work, "list"), "utf8").trimEnd().split("\n");
  expect(lines).toHaveLength(300);
  expect(lines[0]).toMatch(/^[0-9a-f]{64} [0-9a-f]{64} 0 800$/);
});

test("archives stop being joined when there is enough", () => {
  expect(joinArchives(gocache(), join(work, "short"), 1000)).toBeLessThan(
    joinArchives(gocache(), join(work, "long"), 1e9),
  );
});
