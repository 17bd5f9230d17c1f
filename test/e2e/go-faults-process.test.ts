import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { neverAnswers, startFaultyProxy } from "./faulty-proxy.ts";
import { createGoFixture, type GoFixture } from "./go-fixture.ts";
import { endsWithin, helperOf } from "./go-processes.ts";
import { type ServerProcess, serve } from "./serve-fixture.ts";
import { cacheprog, createRunners, type Runners, wrongBodies } from "./shared-runners.ts";

let go: GoFixture;
let runners: Runners;
/** Empty for each test, so that a build has work to do. */
let server: ServerProcess;
let serial = 0;

beforeAll(async () => {
  go = await createGoFixture();
  runners = createRunners(go);
});
beforeEach(async () => {
  server = await serve(join(go.folder, `server-${serial++}`));
});
afterEach(async () => void (await server.end("SIGTERM")));
afterAll(() => go[Symbol.dispose]());

/** A `go build` in a process group of its own, that has come to the middle of its work. */
interface Underway {
  readonly goPid: number;
  readonly helperPid: number;
  readonly exitCode: Promise<number | null>;
  /** All that it says; resolves when nobody holds its standard error any more. */
  readonly said: Promise<string>;
}

/** Starts a build and waits until it says `moment`. */
async function startBuild(gocache: string, address: string, moment: string): Promise<Underway> {
  const env = { GOCACHE: gocache, GOCACHEPROG: cacheprog, BALLAST_SERVER: address, GOFLAGS: "-buildvcs=false" };
  const { PATH = "", HOME = "" } = process.env;
  const child = Bun.spawn(["go", "build", "-x", "-p", "1", "-o", join(go.folder, "interrupted"), "."], {
    cwd: go.module,
    env: { PATH, HOME, GOENV: "off", GOTOOLCHAIN: "local", ...env },
    stdout: "ignore",
    stderr: "pipe",
    detached: true,
  });
  const { promise: reached, resolve } = Promise.withResolvers<void>();
  const said = readAll(child.stderr, (text) => text.includes(moment) && resolve());
  const helperPid = await helperOf(child.pid);
  await Promise.race([reached, said]);
  expect(child.exitCode).toBeNull();
  return { goPid: child.pid, helperPid, exitCode: child.exited, said };
}

async function readAll(stream: ReadableStream<Uint8Array>, onText: (all: string) => void): Promise<string> {
  let all = "";
  for await (const chunk of stream) onText((all += Buffer.from(chunk).toString("latin1")));
  return all;
}

/** The build after an interrupted one, on the same folder: as if nothing had happened. */
async function expectFineNext(gocache: string): Promise<void> {
  expect(wrongBodies(gocache)).toEqual([]);
  const native = await runners.native();
  const next = await runners.build({ gocache, server: server.url });
  expect(next).toMatchObject({ exitCode: 0, digest: native.digest });
  expect(next.compiled.length).toBeGreaterThan(0);
  expect(wrongBodies(gocache)).toEqual([]);
}

const inTheMiddle = "-p example.org/fixture/p3 ";
const noise = /Error|error:|panic|at .*\.ts|\$bunfs/;

describe("a build that is interrupted", () => {
  test("Ctrl-C ends it and its helper, and the next one is fine", async () => {
    using cache = go.borrowCache();
    const build = await startBuild(cache.path, server.url, inTheMiddle);
    process.kill(-build.goPid, "SIGINT");
    expect(await build.exitCode).not.toBe(0);
    const said = await build.said;
    expect(said).not.toMatch(noise);
    // Go still speaks with its helper after the signal, which both have got.
    expect(said).not.toContain("GOCACHEPROG");
    expect(await endsWithin(build.helperPid, 5000)).toBe(true);
    expect(readdirSync(join(cache.path, "ballast", "tmp"))).toEqual([]);
    await expectFineNext(cache.path);
  });

  test("a helper leaves signals to go: alone with them it goes on", async () => {
    using cache = go.borrowCache();
    const build = await startBuild(cache.path, server.url, inTheMiddle);
    for (const signal of ["SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP"] as const) process.kill(build.helperPid, signal);
    expect(await build.exitCode).toBe(0);
    expect(await build.said).not.toMatch(noise);
  });

  test("SIGTERM to its group ends both as well", async () => {
    using cache = go.borrowCache();
    const build = await startBuild(cache.path, server.url, inTheMiddle);
    process.kill(-build.goPid, "SIGTERM");
    expect(await build.exitCode).not.toBe(0);
    expect(await build.said).not.toMatch(noise);
    expect(await endsWithin(build.helperPid, 5000)).toBe(true);
    await expectFineNext(cache.path);
  });

  test("when go is killed, its helper ends by itself", async () => {
    using cache = go.borrowCache();
    const build = await startBuild(cache.path, server.url, inTheMiddle);
    process.kill(build.goPid, "SIGKILL");
    await build.exitCode;
    expect(await build.said).not.toMatch(noise);
    expect(await endsWithin(build.helperPid, 5000)).toBe(true);
    await expectFineNext(cache.path);
  });

  test("also while it waits for a server that never answers", async () => {
    using cache = go.borrowCache();
    const proxy = await startFaultyProxy({ fault: neverAnswers });
    try {
      const build = await startBuild(cache.path, proxy.url, "WORK=");
      while (proxy.seen.length === 0) await Bun.sleep(5);
      process.kill(build.goPid, "SIGKILL");
      await build.exitCode;
      expect(await build.said).not.toMatch(noise);
      expect(await endsWithin(build.helperPid, 8000)).toBe(true);
    } finally {
      proxy.close();
    }
    await expectFineNext(cache.path);
  });

  test("when the helper is killed, go itself fails; the next build is fine", async () => {
    using cache = go.borrowCache();
    const build = await startBuild(cache.path, server.url, inTheMiddle);
    process.kill(build.helperPid, "SIGKILL");
    expect(await build.exitCode).not.toBe(0);
    expect(await build.said).toContain("GOCACHEPROG");
    await expectFineNext(cache.path);
  });

  test("a helper that is still busy with its server holds nobody's standard error", async () => {
    using cache = go.borrowCache();
    const proxy = await startFaultyProxy({ server: server.url, fault: neverAnswers, only: /^PUT \/v1\/runs/ });
    try {
      const build = await startBuild(cache.path, proxy.url, inTheMiddle);
      expect(await build.exitCode).toBe(0);
      const endedMs = performance.now();
      expect(await build.said).not.toMatch(noise);
      expect(performance.now() - endedMs).toBeLessThan(1000);
      expect(proxy.struck).toEqual(["PUT /v1/runs"]);
      expect(await endsWithin(build.helperPid, 8000)).toBe(true);
    } finally {
      proxy.close();
    }
  });
});
