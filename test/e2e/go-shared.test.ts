import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type GoFixture, compiledPackages, createGoFixture } from "./go-fixture.ts";
import { type ServerProcess, serve } from "./serve-fixture.ts";
import { type Build, createRunners, type Runners, wrongBodies } from "./shared-runners.ts";

let go: GoFixture;
let runners: Runners;
let native: Build;
let server: ServerProcess;
const packages = 13;

beforeAll(async () => {
  go = await createGoFixture();
  runners = createRunners(go);
  native = await runners.native();
  server = await serve(join(go.folder, "server"));
});
afterAll(async () => {
  await server.end("SIGTERM");
  go[Symbol.dispose]();
});

describe("runners that share a server", () => {
  test("the first compiles, the second compiles nothing; both get native's binary", async () => {
    const first = await runners.build({ gocache: go.newCache("first"), server: server.url });
    expect(first).toMatchObject({ exitCode: 0, digest: native.digest });
    expect(first.compiled).toHaveLength(packages);
    expect(first.summary).toMatchObject({ dropped: 0, remoteHits: 0 });
    expect(first.summary.uploaded).toBeGreaterThanOrEqual(packages);

    const gocache = go.newCache("second");
    const second = await runners.build({ gocache, server: server.url });
    expect(second).toMatchObject({ exitCode: 0, digest: native.digest, compiled: [] });
    expect(second.summary.remoteHits).toBeGreaterThanOrEqual(packages);
    expect(second.summary).toMatchObject({ corrupt: 0, dropped: 0 });
    // The linker's empty output, which Go puts in every build without having asked for it.
    expect(second.summary.uploaded).toBeLessThanOrEqual(1);
    expect(wrongBodies(gocache)).toEqual([]);

    // What came from the server stays useful without Ballast.
    const alone = await runners.native({ gocache });
    expect(alone).toMatchObject({ digest: native.digest, compiled: [] });
  });

  test("a change in one package is compiled with its importers, and everything else comes from the server", async () => {
    const source = join(go.module, "p10", "p.go");
    const text = await Bun.file(source).text();
    await Bun.write(source, text.replace("+ 10", "+ 11"));
    try {
      const built = await runners.build({ gocache: go.newCache("changed"), server: server.url });
      expect(built).toMatchObject({ exitCode: 0 });
      expect(built.compiled.toSorted()).toEqual(["example.org/fixture/p10", "example.org/fixture/p11", "main"]);
      expect(built.digest).not.toBe(native.digest);
    } finally {
      await Bun.write(source, text);
    }
  });

  test("a read-only runner reads and sends nothing", async () => {
    const own = await serve(join(go.folder, "read-only-server"));
    try {
      const shared = { server: own.url };
      const alone = await runners.build({ ...shared, gocache: go.newCache("ro-1"), flags: ["--mode", "read-only"] });
      expect(alone).toMatchObject({ exitCode: 0, digest: native.digest, summary: { uploaded: 0, bytesUp: 0 } });
      const writer = await runners.build({ ...shared, gocache: go.newCache("ro-2") });
      expect(writer.compiled).toHaveLength(packages);
      const reader = await runners.build({ ...shared, gocache: go.newCache("ro-3"), flags: ["--mode", "read-only"] });
      expect(reader).toMatchObject({ exitCode: 0, compiled: [], digest: native.digest });
      expect(reader.summary).toMatchObject({ uploaded: 0, bytesUp: 0 });
    } finally {
      await own.end("SIGTERM");
    }
  });

  test("go run, vet, list, test and tool work as they do natively", async () => {
    const gocache = go.newCache("commands");
    const command = { gocache, server: server.url };
    expect(await runners.command(["run", "."], command)).toMatchObject({ exitCode: 0, stdout: "67\n", stderr: "" });
    expect(await runners.command(["vet", "./..."], command)).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await runners.command(["test", "./p0"], command)).toMatchObject({ exitCode: 0, stderr: "" });
    const list = await runners.command(["list", "-export", "-f", "{{.Export}}", "./..."], command);
    const exports = list.stdout
      .trim()
      .split("\n")
      .filter((line) => line !== "");
    expect(list).toMatchObject({ exitCode: 0, stderr: "" });
    expect(exports.length).toBeGreaterThanOrEqual(12);
    expect(exports.filter((path) => !existsSync(path))).toEqual([]);
    const tool = await runners.command(["tool", "-n", "compile"], command);
    expect(tool).toMatchObject({ exitCode: 0, stderr: "" });
    expect(existsSync(tool.stdout.trim())).toBe(true);
  });

  test("go vet's results come from the server too", async () => {
    const command = { server: server.url };
    await runners.command(["vet", "./..."], { ...command, gocache: go.newCache("vet-1") });
    const vet = await runners.command(["vet", "-x", "./..."], { ...command, gocache: go.newCache("vet-2") });
    expect(vet.exitCode).toBe(0);
    expect(compiledPackages(vet)).toEqual([]);
    expect(vet.stderr).not.toContain("/vet.cfg");
  });
});

describe("test results", () => {
  test("are not shared unless the team says so", async () => {
    const own = await serve(join(go.folder, "test-server"));
    try {
      const command = { server: own.url };
      const cached = async (name: string, flags: readonly string[]) => {
        const run = await runners.command(["test", "./p0", "./p1"], { ...command, gocache: go.newCache(name), flags });
        expect(run).toMatchObject({ exitCode: 0 });
        return run.stdout.match(/\(cached\)/g)?.length ?? 0;
      };
      expect(await cached("test-1", [])).toBe(0);
      expect(await cached("test-2", [])).toBe(0);
      const shared = ["--share", "compile,vet,index,test"];
      expect(await cached("test-3", shared)).toBe(0);
      expect(await cached("test-4", shared)).toBe(2);
    } finally {
      await own.end("SIGTERM");
    }
  });
});
