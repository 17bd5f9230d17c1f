import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statfsSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createGoFixture, type GoFixture } from "./go-fixture.ts";
import { mountReadOnly, mountSmall, whyNoMounts } from "./mounted-folder.ts";
import { type ServerProcess, serve } from "./serve-fixture.ts";
import { createRunners, expectUnharmed, type Runners, type SharedBuild, wrongBodies } from "./shared-runners.ts";

let go: GoFixture;
let runners: Runners;
/** Has all that the module needs but the standard library. */
let server: ServerProcess;
/** Where bodies go that GOCACHE refuses. */
let TMPDIR: string;
const packages = 13;

beforeAll(async () => {
  go = await createGoFixture();
  runners = createRunners(go);
  server = await serve(join(go.folder, "server"));
  await runners.build({ gocache: go.newCache("first"), server: server.url });
  TMPDIR = join(go.folder, "tmp");
  mkdirSync(TMPDIR);
});
afterAll(async () => {
  await server.end("SIGTERM");
  go[Symbol.dispose]();
});

type Settings = Readonly<Record<string, string>>;

async function buildBeside(gocache: string, withServer: boolean, env: Settings = {}): Promise<SharedBuild> {
  const native = await runners.native();
  const shared = withServer ? { server: server.url, flags: ["--mode", "read-only"] } : {};
  const built = await runners.build({ gocache, ...shared, env: { TMPDIR, ...env } });
  await expectUnharmed(built, native, () => runners.native());
  return built;
}

function spilledBodies(): number {
  const folders = readdirSync(TMPDIR).filter((name) => name.startsWith("ballast-spill"));
  const bodies = folders.flatMap((name) => readdirSync(join(TMPDIR, name), { recursive: true }) as string[]);
  for (const name of folders) rmSync(join(TMPDIR, name), { recursive: true });
  return bodies.filter((name) => name.endsWith("-d")).length;
}

const reason = whyNoMounts();

function testMounted(title: string, run: () => Promise<void>): void {
  if (reason === undefined) test(title, run);
  else test.skip(`${title} [skipped: mount: ${reason}]`, () => undefined);
}

describe("a GOCACHE that takes nothing", () => {
  testMounted("a read-only one", async () => {
    await using folder = await mountReadOnly(go.newCache("read-only"));
    expect((await buildBeside(folder.path, false)).compiled).toHaveLength(packages);
    expect(spilledBodies()).toBeGreaterThanOrEqual(packages);
  });

  testMounted("a read-only one, and a server that has all of it", async () => {
    await using folder = await mountReadOnly(go.newCache("read-only-served"));
    expect((await buildBeside(folder.path, true)).compiled).toEqual([]);
    expect(spilledBodies()).toBeGreaterThanOrEqual(packages);
  });

  testMounted("a read-only one that belongs to another scope", async () => {
    const gocache = go.newCache("read-only-foreign");
    await runners.build({ gocache, env: { BALLAST_SCOPE: "main" } });
    await using folder = await mountReadOnly(gocache);
    // The standard library is in main's folder, which a change does not read; without a server all is compiled.
    const env = { BALLAST_SCOPE: "pr/7", TMPDIR };
    const run = await runners.command(["build", "-o", "/dev/null", "./p3"], { gocache: folder.path, env });
    expect(run).toMatchObject({ exitCode: 0, stderr: "" });
    expect(spilledBodies()).toBeGreaterThan(0);
  });

  testMounted("a full one", async () => {
    await using folder = await mountSmall(join(go.folder, "full"), 96_000_000);
    cpSync(go.newCache("for-full"), folder.path, { recursive: true, preserveTimestamps: true });
    fill(folder.path);
    expect((await buildBeside(folder.path, false)).compiled).toHaveLength(packages);
    expect(spilledBodies()).toBeGreaterThanOrEqual(packages);
    expect(wrongBodies(folder.path)).toEqual([]);
    expect((await buildBeside(folder.path, true)).compiled).toEqual([]);
  });

  testMounted("one that is full after a few bodies", async () => {
    await using folder = await mountSmall(join(go.folder, "nearly-full"), 96_000_000);
    cpSync(go.newCache("for-nearly-full"), folder.path, { recursive: true, preserveTimestamps: true });
    fill(folder.path);
    truncateSync(join(folder.path, "filler"), 0);
    writeFileSync(join(folder.path, "filler"), Buffer.alloc(freeBytes(folder.path) - 64 * 1024));
    expect((await buildBeside(folder.path, false)).compiled).toHaveLength(packages);
    expect(spilledBodies()).toBeGreaterThan(0);
    expect(wrongBodies(folder.path)).toEqual([]);
    rmSync(join(folder.path, "filler"));
    // With room again all is as it should be, whatever the full disk tore.
    const native = await runners.native();
    expect(await runners.build({ gocache: folder.path })).toMatchObject({ exitCode: 0, digest: native.digest });
  });
});

function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

function fill(path: string): void {
  writeFileSync(join(path, "filler"), Buffer.alloc(freeBytes(path)));
  expect(freeBytes(path)).toBe(0);
}

describe("damage in the runner's folder", () => {
  /** Files of the module's own entries: what is in `gocache` and not in a new one. */
  function ownFiles(gocache: string, suffix: "-a" | "-d"): string[] {
    using cache = go.borrowCache();
    const original = new Set(readdirSync(cache.path, { recursive: true }) as string[]);
    const all = (readdirSync(gocache, { recursive: true }) as string[]).filter((name) => name.endsWith(suffix));
    return all.filter((name) => !original.has(name)).map((name) => join(gocache, name));
  }

  function forEach(suffix: "-a" | "-d", damage: (path: string) => void): (gocache: string) => void {
    return (gocache) => {
      for (const path of ownFiles(gocache, suffix)) damage(path);
    };
  }

  function flipByte(path: string): void {
    const bytes = readFileSync(path);
    if (bytes.length === 0) return;
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
    writeFileSync(path, bytes);
  }

  const bodyDamages: readonly [string, (gocache: string) => void][] = [
    ["a flipped byte in every body", forEach("-d", flipByte)],
    ["every body cut", forEach("-d", (path) => truncateSync(path, 10))],
    ["every body empty", forEach("-d", (path) => truncateSync(path, 0))],
    ["every body gone", forEach("-d", (path) => rmSync(path))],
    ["a flipped byte in every entry", forEach("-a", flipByte)],
    ["every entry cut", forEach("-a", (path) => truncateSync(path, 10))],
  ];
  const otherDamages: typeof bodyDamages = [
    ["a flipped byte in the index", (gocache) => flipByte(join(gocache, "ballast", "index"))],
    ["noise for an index", (gocache) => writeFileSync(join(gocache, "ballast", "index"), noise(4000))],
    ["a folder for an index", (gocache) => replaceByFolder(join(gocache, "ballast", "index"))],
    ["a file for Ballast's own folder", (gocache) => replaceByFile(join(gocache, "ballast"))],
  ];

  function noise(sizeBytes: number): Buffer {
    return Buffer.from(Array.from({ length: sizeBytes }, (_, i) => (i * i * 31 + (i >> 3)) & 0xff));
  }

  function replaceByFolder(path: string): void {
    rmSync(path);
    mkdirSync(path);
  }

  function replaceByFile(path: string): void {
    rmSync(path, { recursive: true });
    writeFileSync(path, "");
  }

  async function mends(damage: (gocache: string) => void, withServer: boolean): Promise<void> {
    using cache = go.borrowCache();
    await runners.build({ gocache: cache.path });
    damage(cache.path);
    const built = await buildBeside(cache.path, withServer);
    if (withServer) expect(built.compiled).toEqual([]);
    // Two lists of source files, which only vet reads, stay as they are: nobody asked for them.
    expect(wrongBodies(cache.path).length).toBeLessThanOrEqual(withServer ? 2 : 0);
    expect((await runners.native({ gocache: cache.path })).digest).toBe(built.digest);
  }

  for (const [what, damage] of [...bodyDamages, ...otherDamages]) test(what, () => mends(damage, false));
  for (const [what, damage] of bodyDamages) test(`${what}, mended from the server`, () => mends(damage, true));
});
