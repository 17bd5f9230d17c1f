/** Both ways of packing a cache give it back whole; what cannot be packed is said. */

import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packCache, unpackCache } from "./archive.ts";

const work = mkdtempSync(join(tmpdir(), "ballast-archive-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const { signal } = new AbortController();
const folder = join(work, "cache");
const bodies = new Map([
  ["00/one-d", "a".repeat(100_000)],
  ["ff/two-a", "v1 x\n"],
  ["README", ""],
]);
for (const [path, text] of bodies) {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** A machine with these programs only. */
function machineWith(name: string, programs: Readonly<Record<string, string>>): { PATH: string } {
  const PATH = join(work, `${name}-bin`);
  mkdirSync(PATH);
  for (const [program, text] of Object.entries(programs)) writeFileSync(join(PATH, program), text, { mode: 0o755 });
  return { PATH };
}

describe.each([
  ["the system's tar", { PATH: process.env["PATH"] }],
  ["no tar", machineWith("no-tar", {})],
  ["a tar that knows no zstd", machineWith("old-tar", { tar: "#!/bin/sh\necho unknown option >&2\nexit 64\n" })],
])("%s", (name, env) => {
  test("packs small and gives back the same", async () => {
    const archive = await packCache({ folder, path: join(work, `${name}.tar.zst`), env, signal });
    if ("reason" in archive) throw new Error(archive.reason);
    expect(archive.sizeBytes).toBeGreaterThan(50);
    expect(archive.sizeBytes).toBeLessThan(5000);
    const target = join(work, `${name} unpacked`);
    expect(await unpackCache(archive, { folder: target, env, signal })).toBeGreaterThan(0);
    for (const [path, text] of bodies) expect(readFileSync(join(target, path), "utf8")).toBe(text);
  });
});
