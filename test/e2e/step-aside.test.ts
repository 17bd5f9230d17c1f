/** A job whose transfers cost more than they save is told so by the server, and does without it; now and then it tries again. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { type Relay, startRelay } from "../../src/build/demo/relay/relay.ts";
import { readSummaries } from "../../src/build/run-summary.ts";
import { joinJson, type RunGain, setDigest } from "../../src/cache/protocol/run.ts";
import { writeTinyModule } from "./fixture-modules.ts";
import { ballast, createGoFixture, type GoFixture } from "./go-fixture.ts";
import { createClient, entryOf, serve, type ServerProcess, sha256 } from "./serve-fixture.ts";

let go: GoFixture;
let server: ServerProcess;
let relay: Relay;
let serial = 0;

beforeAll(async () => {
  go = await createGoFixture();
  server = await serve(join(go.folder, "server"));
  relay = startRelay({ target: { host: "127.0.0.1", port: Number(new URL(server.url).port) }, roundTripMs: 800 });
});
afterAll(async () => {
  relay.stop();
  await server.end("SIGTERM");
  go[Symbol.dispose]();
});

/** What a run used is told to the server when Go has gone already, for two seconds at most. */
const toldMs = 2500;

test("a job that waits longer than it saves steps aside, and says so", async () => {
  const module = writeTinyModule(join(go.folder, "tiny"));
  const far = `http://127.0.0.1:${relay.port}`;
  const build = async (url: string) => {
    using cache = go.borrowCache();
    const id = serial++;
    const [out, summaryFile] = [join(go.folder, `tiny-${id}`), join(go.folder, `tiny-summary-${id}`)];
    const env = { GOCACHE: cache.path, BALLAST_SERVER: url, BALLAST_JOB: "tiny", BALLAST_SUMMARY_FILE: summaryFile };
    const { exitCode, stderr } = await go.run([...ballast, "go", "build", "-o", out, "."], env, module);
    expect(exitCode).toBe(0);
    await Bun.sleep(toldMs);
    const summary = readSummaries(summaryFile);
    if (summary === undefined) throw new Error(`the helper left no summary: ${stderr}`);
    const digest = go.digest(out);
    rmSync(out);
    return { stderr, summary, digest };
  };
  const first = await build(server.url);
  expect(first.summary.uploaded).toBeGreaterThan(0);
  for (let i = 0; i < 3; i++) {
    const { summary, stderr } = await build(far);
    expect(summary.steppedAside).toBe(0);
    expect(summary.waitedMs).toBeGreaterThan(summary.savedMs);
    expect(stderr).not.toContain("stepped aside");
  }
  // One run in ten tries again: six of them in a row would be one in a million.
  for (let i = 0; i < 6; i++) {
    const { summary, stderr, digest } = await build(far);
    expect(digest).toBe(first.digest);
    if (summary.steppedAside === 0) continue;
    expect(summary).toMatchObject({ remoteHits: 0, dropped: 0 });
    expect(summary.misses).toBeGreaterThan(0);
    expect(stderr).toMatch(
      /^ballast: .*, stepped aside: this job's last runs waited longer than the server saved them$/m,
    );
    return;
  }
  throw new Error("no run was told to step aside");
});

test("now and then it tries again; one run that gained, and it goes on", async () => {
  const client = createClient(server.url);
  const job = { job: "told", family: "told", revision: "" };
  const actions = Buffer.concat([sha256("told 1"), sha256("told 2")]);
  await client.putBatch(["told 1", "told 2"].map((name) => entryOf(name, Buffer.from(name), { costMs: 50 })));
  const tell = async (gain: RunGain): Promise<void> => {
    const body = joinJson({ ...job, ...gain }, actions);
    expect((await client.request("/v1/runs", { method: "PUT", body })).status).toBe(200);
  };
  const ask = async (): Promise<string> => {
    const body = joinJson(job, new Uint8Array(0));
    const text = await (await client.request("/v1/runs", { method: "POST", body })).text();
    const { verdict, entries, manifest } = JSON.parse(/\{.*?\}/.exec(text)?.[0] ?? "{}") as Record<string, unknown>;
    return [verdict, entries, manifest].join(" ");
  };
  const use = `use 2 ${setDigest(actions)}`;
  const aside = `step-aside 0 ${setDigest(new Uint8Array(0))}`;
  const loss = { savedMs: 0, waitedMs: 800, offeredMs: 100, hits: 2 };
  for (let i = 0; i < 2; i++) await tell(loss);
  expect(await ask()).toBe(use);
  await tell(loss);
  const answers: string[] = [];
  for (let i = 0; i < 200; i++) answers.push(await ask());
  expect([...new Set(answers)].toSorted()).toEqual([aside, use]);
  const tries = answers.filter((answer) => answer === use).length;
  expect(tries).toBeLessThan(60);
  await tell({ ...loss, savedMs: 900 });
  for (let i = 0; i < 30; i++) expect(await ask()).toBe(use);
});
