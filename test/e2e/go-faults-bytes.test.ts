import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { encodeEntry, encodeFrame, frameType } from "../../src/cache/protocol/frame.ts";
import { answersWith, diesAfter, type Fault, rewrites, startFaultyProxy } from "./faulty-proxy.ts";
import { writeLargeModule } from "./fixture-modules.ts";
import { endAt, flipBit, replaceFrame } from "./frame-surgery.ts";
import { createGoFixture, type GoFixture } from "./go-fixture.ts";
import { entryOf, type ServerProcess, serve } from "./serve-fixture.ts";
import { createRunners, expectUnharmed, type Runners, type SharedBuild, wrongBodies } from "./shared-runners.ts";

let go: GoFixture;
let runners: Runners;
/** Has the module's entries and a manifest: a new runner gets them as a stream. */
let streaming: ServerProcess;
/** Has the entries of both modules and no manifest: a new runner asks for them. */
let asked: ServerProcess;
let large: string;

beforeAll(async () => {
  go = await createGoFixture();
  runners = createRunners(go);
  streaming = await serve(join(go.folder, "streaming"));
  await runners.build({ gocache: go.newCache("fills-streaming"), server: streaming.url });
  asked = await serve(join(go.folder, "asked"));
  large = writeLargeModule(join(go.folder, "large"), 6_000_000);
  const noManifest = { server: asked.url, fault: answersWith(500), only: /^PUT \/v1\/runs/ };
  const proxy = await startFaultyProxy(noManifest);
  await runners.build({ gocache: go.newCache("fills-asked"), server: proxy.url });
  await runners.build({ gocache: go.newCache("fills-asked-large"), server: proxy.url, cwd: large });
  proxy.close();
});
afterAll(async () => {
  await streaming.end("SIGTERM");
  await asked.end("SIGTERM");
  go[Symbol.dispose]();
});

/** A read-only build on a new runner, with the fault in one kind of request. Nothing wrong may be left behind. */
async function buildWith(server: ServerProcess, only: RegExp, fault: Fault, cwd = go.module): Promise<SharedBuild> {
  using cache = go.borrowCache();
  const gocache = cache.path;
  const proxy = await startFaultyProxy({ server: server.url, fault, only });
  try {
    const native = await runners.native({ cwd });
    const built = await runners.build({ gocache, server: proxy.url, flags: ["--mode", "read-only"], cwd });
    await expectUnharmed(built, native, () => runners.native({ cwd }));
    // Bytes that are wrong are known to be wrong at once: nothing is waited for.
    expect(built.summary.waitedMs).toBeLessThan(1500);
    expect(proxy.struck.length).toBeGreaterThan(0);
    expect(wrongBodies(gocache)).toEqual([]);
    expect(await runners.native({ gocache, cwd })).toMatchObject({ digest: native.digest, compiled: [] });
    return built;
  } finally {
    proxy.close();
  }
}

/** Offsets into an entry's payload. */
const at = { action: 3, output: 35, size: 65, codec: 85, partition: 86, body: 140 } as const;
/** Where a frame's length is told, from its start. */
const lengthBytes = -3;
const wrongSize = flipBit(frameType.entry, at.size);
const nothingThere = encodeEntry(entryOf("an action that nobody asked for", Buffer.from("not a package")));

const entryFaults: readonly [string, (body: Buffer) => Buffer][] = [
  ["a bit of a body is flipped", flipBit(frameType.entry, at.body)],
  ["a bit of an action id is flipped", flipBit(frameType.entry, at.action)],
  ["a bit of an output id is flipped", flipBit(frameType.entry, at.output)],
  ["a wrong size", wrongSize],
  ["a codec that nobody knows", flipBit(frameType.entry, at.codec)],
  ["a partition that nobody knows", flipBit(frameType.entry, at.partition)],
  ["a frame's length is wrong", flipBit(frameType.entry, lengthBytes)],
  ["it ends early", endAt(frameType.entry)],
  ["the body is truncated", (body) => body.subarray(0, body.length >> 1)],
  ["the body is empty", (body) => body.subarray(0, 0)],
  ["an entry that nobody asked for", replaceFrame(frameType.entry, nothingThere)],
  ["a frame of no known type", replaceFrame(frameType.entry, encodeFrame(99, Buffer.alloc(1000)))],
];

describe("in a run's stream", () => {
  const only = /^POST \/v1\/runs/;
  const faults: typeof entryFaults = [
    ...entryFaults,
    ["a bit of the reply is flipped", flipBit(frameType.run, 2)],
    ["a bit of the absence set's head is flipped", flipBit(frameType.absence, 5)],
    ["a bit of the announcement is flipped", flipBit(frameType.announce, 8)],
    ["no announcement", replaceFrame(frameType.announce, Buffer.alloc(0))],
  ];
  test("nothing is wrong", async () => {
    const built = await buildWith(
      streaming,
      only,
      rewrites((body) => body),
    );
    expect(built.compiled).toEqual([]);
  });
  for (const [what, change] of faults) {
    test(what, async () => void (await buildWith(streaming, only, rewrites(change))));
  }
});

describe("in the answer to a lookup", () => {
  const only = /^POST \/v1\/lookup/;
  test("nothing is wrong", async () => {
    const built = await buildWith(
      asked,
      only,
      rewrites((body) => body),
    );
    expect(built.compiled).toEqual([]);
  });
  for (const [what, change] of entryFaults) {
    test(what, async () => {
      const built = await buildWith(asked, only, rewrites(change));
      expect(built.compiled.length).toBeGreaterThan(0);
    });
  }
});

describe("in a large body", () => {
  const only = /^GET \/v1\/outputs\//;
  test("nothing is wrong", async () => {
    const built = await buildWith(
      asked,
      only,
      rewrites((body) => body),
      large,
    );
    expect(built.compiled).toEqual([]);
  });
  const faults: readonly [string, Fault][] = [
    ["a bit is flipped", rewrites((body) => ((body[3_000_000] = (body[3_000_000] as number) ^ 1), body))],
    ["it is truncated", rewrites((body) => body.subarray(0, 3_000_000))],
    ["it is longer than its entry says", rewrites((body) => Buffer.concat([body, body]))],
    ["it is empty", rewrites((body) => body.subarray(0, 0))],
    ["it is not there", answersWith(404)],
    ["the server dies in the middle of it", diesAfter(0.5)],
    ["a page comes instead", answersWith(200, "<html>".repeat(100), "text/html")],
  ];
  for (const [what, fault] of faults) {
    test(what, async () => {
      const built = await buildWith(asked, only, fault, large);
      expect(built.compiled).toContain("example.org/large/data");
    });
  }
});
