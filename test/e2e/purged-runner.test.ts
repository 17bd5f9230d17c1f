/**
 * What a purge does to a runner whose own disk holds it already: its next CI run asks what was taken back and builds that
 * anew. Within a run nothing is asked twice, and a server that is away costs no build.
 */

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { ballast, compiledPackages, createGoFixture, type GoFixture, type GoResult } from "./go-fixture.ts";
import { serve, type ServerProcess, temporaryFolder } from "./serve-fixture.ts";
import { cacheprog } from "./shared-runners.ts";

let go: GoFixture;
let folder: ReturnType<typeof temporaryFolder>;
let server: ServerProcess;
let serial = 0;

beforeAll(async () => {
  go = await createGoFixture();
});
afterAll(() => go[Symbol.dispose]());
beforeEach(async () => {
  folder = temporaryFolder();
  server = await serve(folder.path);
});
afterEach(async () => {
  await server.end("SIGKILL");
  folder.remove();
});

interface Runner {
  readonly gocache: string;
  readonly out: string;
}

function newRunner(): Runner {
  const name = `purged-${serial++}`;
  return { gocache: go.newCache(name), out: join(go.folder, `${name}-out`) };
}

/** A CI run's environment. */
function ci(runner: Runner, run: string): Record<string, string> {
  return {
    GOCACHE: runner.gocache,
    BALLAST_SERVER: server.url,
    BALLAST_SCOPE: "main",
    GITHUB_ACTIONS: "true",
    GITHUB_REPOSITORY: "example/app",
    GITHUB_RUN_ID: run,
    GITHUB_JOB: "build",
  };
}

async function build(runner: Runner, run: string): Promise<GoResult> {
  // Go compiles no main package whose program lies there and is up to date.
  rmSync(runner.out, { force: true });
  const result = await go.run([...ballast, "go", "build", "-x", "-o", runner.out, "."], ci(runner, run));
  expect(result).toMatchObject({ exitCode: 0 });
  expect((await go.run([runner.out], {})).stdout).toBe("67\n");
  return result;
}

async function purge(...flags: string[]): Promise<void> {
  const result = await go.run([...ballast, "cache", "purge", "--server", server.url, ...flags], {});
  expect(result).toMatchObject({ exitCode: 0 });
}

async function asked(): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const line = text.split("\n").find((each) => each.includes('ballast_http_requests_total{route="removals"'));
  return Number(line?.split(" ").at(-1) ?? 0);
}

test("a runner that holds what was purged does not serve it in its next run", async () => {
  const [writer, reader] = [newRunner(), newRunner()];
  const all = compiledPackages(await build(writer, "1"));
  expect(all.length).toBeGreaterThan(10);
  expect(compiledPackages(await build(reader, "2"))).toEqual([]);
  expect(compiledPackages(await build(reader, "3"))).toEqual([]);
  await purge("--run", "1");
  expect(compiledPackages(await build(reader, "4")).toSorted()).toEqual(all.toSorted());
  // What was built since is good, and is kept.
  expect(compiledPackages(await build(reader, "5"))).toEqual([]);
  // The purged run's own runner forgets its own, too, and gets what the other one built.
  const again = await build(writer, "6");
  expect(compiledPackages(again)).toEqual([]);
  expect(again.stderr).toContain("from the server");
  expect(wasPurged(await go.run([...ballast, "cache", "purge", "--server", server.url, "--list"], {}))).toBe(true);
}, 120_000);

function wasPurged({ stdout }: GoResult): boolean {
  return stdout.includes('{"provenance":{"run":"1"}}') && stdout.includes("and what comes");
}

test("the same for a helper that go starts by itself, and for a folder that only go reads afterwards", async () => {
  const [writer, reader] = [newRunner(), newRunner()];
  const all = compiledPackages(await build(writer, "1"));
  await build(reader, "2");
  await purge("--run", "1");
  const env = { ...ci(reader, "3"), GOCACHEPROG: cacheprog };
  rmSync(reader.out);
  const helped = await go.run(["go", "build", "-x", "-o", reader.out, "."], env);
  expect(helped).toMatchObject({ exitCode: 0 });
  expect(compiledPackages(helped).toSorted()).toEqual(all.toSorted());
}, 120_000);

test("within a run it is asked once, and not at all where nothing is held", async () => {
  const runner = newRunner();
  await build(runner, "1");
  expect(await asked()).toBe(0);
  await build(runner, "2");
  await build(runner, "2");
  await build(runner, "2");
  expect(await asked()).toBe(1);
  await build(runner, "3");
  expect(await asked()).toBe(2);
}, 120_000);

test("a server that is away costs no build", async () => {
  const runner = newRunner();
  await build(runner, "1");
  await server.end("SIGKILL");
  const result = await build(runner, "2");
  expect(compiledPackages(result)).toEqual([]);
}, 120_000);
