import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { frameType } from "../../src/cache/protocol/frame.ts";
import {
  answersWith,
  closesConnection,
  diesAfter,
  dripsAfter,
  type Fault,
  neverAnswers,
  rewritesRequest,
  startFaultyProxy,
} from "./faulty-proxy.ts";
import { endAt, flipBit } from "./frame-surgery.ts";
import { createGoFixture, type GoFixture } from "./go-fixture.ts";
import { type ServerProcess, serve } from "./serve-fixture.ts";
import { createRunners, expectUnharmed, type Runners, type SharedBuild, wrongBodies } from "./shared-runners.ts";

let go: GoFixture;
let runners: Runners;
let serial = 0;
const packages = 13;
/** So that no run of a test changes what the server says to the next one. */
const readOnly = ["--mode", "read-only"];

beforeAll(async () => {
  go = await createGoFixture();
  runners = createRunners(go);
});
afterAll(() => go[Symbol.dispose]());

/** A build on a new runner beside a native one, which it must equal; what it left must serve Go alone. */
async function buildBeside(server: string, flags: readonly string[] = []): Promise<SharedBuild> {
  using cache = go.borrowCache();
  const gocache = cache.path;
  const native = await runners.native();
  const built = await runners.build({ gocache, server, flags });
  await expectUnharmed(built, native, () => runners.native());
  expect(wrongBodies(gocache)).toEqual([]);
  expect(await runners.native({ gocache })).toMatchObject({ digest: native.digest, compiled: [] });
  return built;
}

describe("a server that is none", () => {
  test("it is not there", async () => {
    expect((await buildBeside("http://127.0.0.1:9")).compiled).toHaveLength(packages);
  });

  const faults: readonly [string, Fault][] = [
    ["it accepts and never answers", neverAnswers],
    ["it closes every connection", closesConnection],
    ["it answers 500", answersWith(500, "oops")],
    ["it answers 401", answersWith(401)],
    ["it answers 413", answersWith(413)],
    ["it answers 302 to a page", answersWith(302)],
    ["it answers an HTML page", answersWith(200, "<!doctype html><title>Sign in</title>".repeat(20), "text/html")],
    ["it answers nothing with 200", answersWith(200)],
    ["it answers 204", answersWith(204)],
  ];
  for (const [what, fault] of faults) {
    test(what, async () => {
      const proxy = await startFaultyProxy({ fault });
      try {
        expect((await buildBeside(proxy.url)).compiled).toHaveLength(packages);
        expect(proxy.struck.length).toBeGreaterThan(0);
      } finally {
        proxy.close();
      }
    });
  }
});

describe("a server that fails on the way", () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await serve(join(go.folder, "server"));
    const first = await runners.build({ gocache: go.newCache("first"), server: server.url });
    expect(first.compiled).toHaveLength(packages);
  });
  afterAll(async () => void (await server.end("SIGTERM")));

  const faults: readonly [string, Fault][] = [
    ["it sends one byte a second", dripsAfter(0)],
    ["it sends half of a stream, and one byte a second from there", dripsAfter(20_000)],
    ["it dies before the first byte of a body", diesAfter(0)],
    ["it dies in the middle of a body", diesAfter(0.5)],
    ["it dies with all but the end of a body sent", diesAfter(0.99)],
  ];
  for (const [what, fault] of faults) {
    test(what, async () => {
      const proxy = await startFaultyProxy({ server: server.url, fault });
      try {
        await buildBeside(proxy.url, readOnly);
        expect(proxy.struck).toContain("POST /v1/runs");
      } finally {
        proxy.close();
      }
    });
  }

  test("and is whole again for the next one", async () => {
    expect((await buildBeside(server.url, readOnly)).compiled).toEqual([]);
  });
});

describe("a server that cannot take what is sent", () => {
  const faults: readonly [string, Fault, RegExp][] = [
    ["puts are never answered", neverAnswers, /^POST \/v1\/entries/],
    ["puts are refused with 403", answersWith(403), /^POST \/v1\/entries/],
    ["puts end the connection", closesConnection, /^POST \/v1\/entries/],
    ["the manifest is never answered", neverAnswers, /^PUT \/v1\/runs/],
    ["neither puts nor the manifest are answered", neverAnswers, /^(POST \/v1\/entries|PUT \/v1\/runs)/],
  ];
  for (const [what, fault, only] of faults) {
    test(what, async () => {
      const server = await serve(join(go.folder, `takes-${serial++}`));
      const proxy = await startFaultyProxy({ server: server.url, fault, only });
      try {
        expect((await buildBeside(proxy.url)).compiled).toHaveLength(packages);
        expect(proxy.struck.length).toBeGreaterThan(0);
      } finally {
        proxy.close();
        await server.end("SIGTERM");
      }
    });
  }

  const sent = /^POST \/v1\/entries/;
  const damages: readonly [string, (body: Buffer) => Buffer][] = [
    ["a bit of a body is flipped on the way", flipBit(frameType.entry, 140)],
    ["a bit of an output id is flipped on the way", flipBit(frameType.entry, 35)],
    ["a size is wrong", flipBit(frameType.entry, 65)],
    ["the frames end early", endAt(frameType.entry)],
    ["the last half is lost", (body) => body.subarray(0, body.length >> 1)],
  ];
  for (const [what, change] of damages) {
    test(`${what}, and nothing wrong is stored`, async () => {
      const server = await serve(join(go.folder, `damaged-${serial++}`));
      const proxy = await startFaultyProxy({ server: server.url, fault: rewritesRequest(change), only: sent });
      try {
        await buildBeside(proxy.url);
        expect(proxy.struck.length).toBeGreaterThan(0);
        const next = await buildBeside(server.url, readOnly);
        expect(next.summary.corrupt).toBe(0);
        expect(next.summary.remoteHits).toBeGreaterThan(0);
      } finally {
        proxy.close();
        await server.end("SIGTERM");
      }
    });
  }
});
