/** Comparing compiled packages, with archives that the real compiler wrote. */

import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compareArchives } from "../../src/cache/inspect/archive-diff.ts";
import { archiveMembers } from "../../src/go/archive.ts";
import { readObjectSymbols } from "../../src/go/object-symbols.ts";
import { runProcess } from "../../src/core/process.ts";

const folder = mkdtempSync(join(tmpdir(), "ballast-diff-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function compile(name: string, body: string): Promise<Buffer> {
  const [source, out] = [join(folder, "p.go"), join(folder, `${name}.a`)];
  writeFileSync(source, `package p\n\nfunc Same() int { return 1 }\n\n${body}\n`);
  const argv = ["go", "tool", "compile", "-p", "example.org/p", "-trimpath", folder, "-o", out, source];
  const { exitCode, stderr } = await runProcess({ argv, deadlineMs: 30_000 });
  expect([exitCode, stderr]).toEqual([0, ""]);
  return readFileSync(out);
}

test("a changed function is told by its symbol, and importers see what was exported or inlined", async () => {
  const inside = (value: number): string =>
    `//go:noinline\nfunc inside() int { return ${value} }\nfunc Use() int { return inside() }`;
  const [one, two] = [await compile("one", inside(1234)), await compile("two", inside(5678))];
  const difference = compareArchives(one, two);
  expect(difference.compilers).toBeUndefined();
  const object = difference.members.find(({ name }) => name === "_go_.o");
  expect(object?.symbols.map(({ name, what }) => `${name} ${what}`)).toContain("example.org/p.inside bytes");
  expect(object?.symbols.map(({ name }) => name)).not.toContain("example.org/p.Same");
  const more = compareArchives(one, await compile("more", `${inside(1234)}\nfunc Added() {}`));
  expect(more.isSeenByImporters).toBe(true);
  const added = more.members.find(({ name }) => name === "_go_.o")?.symbols ?? [];
  expect(added.map(({ name, what }) => `${name} ${what}`)).toContain("example.org/p.Added only-second");
}, 60_000);

test("equal archives have no difference; cut and changed ones do not make it fail", async () => {
  const archive = await compile("cut", "func A() {}");
  expect(compareArchives(archive, archive).members).toEqual([]);
  for (let length = 0; length < archive.length; length += 97) {
    expect(compareArchives(archive, archive.subarray(0, length)).members.length).toBeGreaterThan(0);
  }
  const object = [...archiveMembers(archive)].find(({ name }) => name === "_go_.o")?.body ?? Buffer.alloc(0);
  expect(readObjectSymbols(object)?.length).toBeGreaterThan(2);
  for (let at = 0; at < Math.min(object.length, 400); at++) {
    const damaged = Buffer.from(object);
    damaged[at] = 0xff;
    readObjectSymbols(damaged);
  }
  expect(compareArchives(Buffer.from("no archive"), Buffer.alloc(0)).members).toEqual([]);
}, 60_000);
