/** Two nodes, a real bus, a real store, and real builds: what one runner built, another finds at the other node. */

import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { joinJson, setDigest } from "../../src/cache/protocol/run.ts";
import { startNats, until } from "../contract/fleet-servers.ts";
import { testWith } from "../with-component.ts";
import { contentOf, type Fleet, startFleet, untilQuiet } from "./fleet-fixture.ts";
import { createGoFixture, type GoFixture } from "./go-fixture.ts";
import { createClient, entryOf, errorCode, mainContext, sha256 } from "./serve-fixture.ts";
import { type Build, createRunners, type Runners, wrongBodies } from "./shared-runners.ts";
import { freePorts } from "../free-port.ts";

const packages = 13;
let go: GoFixture;
let runners: Runners;
let native: Build;
let fleet: Fleet;

beforeAll(async () => {
  go = await createGoFixture();
  runners = createRunners(go);
  native = await runners.native();
});
afterAll(async () => {
  await fleet?.end();
  go[Symbol.dispose]();
});

/** Started by the first test, since only a test has its components. */
function withFleet(title: string, run: (its: Fleet) => Promise<void>): void {
  testWith("nats-server", title, async (nats) => {
    fleet ??= await startFleet(join(go.folder, "fleet"), { nats, versitygw: versitygw() });
    await run(fleet);
  });
}

function versitygw(): string {
  const found = JSON.parse(process.env["BALLAST_TEST_COMPONENTS"] ?? "{}") as Record<string, { folder: string }>;
  return found["versitygw"]?.folder ?? "";
}

withFleet(
  "what a runner built at node a, a new runner finds at node b: nothing is compiled, the same binary",
  async (its) => {
    const first = await runners.build({ gocache: go.newCache("first"), server: its.a.url });
    expect(first).toMatchObject({ exitCode: 0, digest: native.digest });
    expect(first.compiled).toHaveLength(packages);
    await untilQuiet([its.a, its.b]);
    const gocache = go.newCache("second");
    const second = await runners.build({ gocache, server: its.b.url });
    expect(second).toMatchObject({ exitCode: 0, digest: native.digest, compiled: [] });
    expect(second.summary.remoteHits).toBeGreaterThanOrEqual(packages);
    expect(wrongBodies(gocache)).toEqual([]);
    expect(await its.b.metric('ballast_fleet_bodies_total{direction="from"}')).toBeGreaterThanOrEqual(packages);
    await untilQuiet([its.a, its.b]);
    expect(await contentOf(its.a)).toEqual(await contentOf(its.b));
  },
);

withFleet(
  "what a run used at node a is sent ahead to a new runner's first run at a node that never saw its job",
  async (its) => {
    const [clientA, clientB] = [createClient(its.a.url), createClient(its.b.url)];
    const names = Array.from({ length: 40 }, (_, at) => `used ${at}`);
    await clientA.putBatch(names.map((name) => entryOf(name, Buffer.from(name), { costMs: 50 })));
    const actions = Buffer.concat(names.map((name) => sha256(name)));
    const job = { job: "told job", family: "told", revision: "1" };
    const branch = createClient(its.a.url, { context: { ...mainContext, scope: "pr/9", ancestors: ["main"] } });
    const gain = { savedMs: 900, waitedMs: 1, offeredMs: 2000, hits: 40 };
    const kept = await clientA.request("/v1/runs", { method: "PUT", body: joinJson({ ...job, ...gain }, actions) });
    expect(kept.status).toBe(200);
    const ofBranch = { job: "job of a branch", family: "of a branch", revision: "1" };
    await branch.request("/v1/runs", { method: "PUT", body: joinJson({ ...ofBranch, ...gain }, actions) });
    await untilQuiet([its.a, its.b]);
    const open = async (of: typeof job): Promise<string> => {
      const body = joinJson(of, new Uint8Array(0));
      const text = await (await clientB.request("/v1/runs", { method: "POST", body })).text();
      const { verdict, entries, manifest } = JSON.parse(/\{.*?\}/.exec(text)?.[0] ?? "{}") as Record<string, unknown>;
      return [verdict, entries, manifest].join(" ");
    };
    const told = `use 40 ${setDigest(actions)}`;
    expect(await open(job)).toBe(told);
    // Another job of the family, and the same once more, by when it is the node's own.
    expect(await open({ ...job, job: "told job of others" })).toBe(told);
    await its.store.kill();
    expect(await open(job)).toBe(told);
    await its.store.start();
    // What a branch used is nothing to main, which does not read it.
    const nothing = `use 0 ${setDigest(new Uint8Array(0))}`;
    expect(await open(ofBranch)).toBe(nothing);
    expect(await open({ ...job, job: "unknown", family: "unknown" })).toBe(nothing);
  },
);

withFleet("what came once from the store is on the node's own disk: the store may be away", async (its) => {
  await its.store.kill();
  const built = await runners.build({ gocache: go.newCache("third"), server: its.b.url });
  expect(built).toMatchObject({ exitCode: 0, digest: native.digest, compiled: [] });
  await its.store.start();
});

withFleet("a new node reads the index once; a build at it finds everything", async (its) => {
  const c = await its.newNode("c");
  await c.start();
  await untilQuiet([its.a, c]);
  const built = await runners.build({ gocache: go.newCache("fourth"), server: c.url });
  expect(built).toMatchObject({ exitCode: 0, digest: native.digest, compiled: [] });
  await c.kill();
  // Under its old name with an empty disk it is a new source, and learns all of it again.
  rmSync(join(c.folder, "data"), { recursive: true });
  await c.start();
  await untilQuiet([its.a, c]);
  await c.kill();
});

withFleet(
  "a body that is gone from the store is a miss at other nodes, its entry is removed everywhere",
  async (its) => {
    const [clientA, clientB] = [createClient(its.a.url), createClient(its.b.url)];
    const body = crypto.getRandomValues(Buffer.alloc(5000));
    expect((await clientA.put("gone", body)).status).toBe(201);
    await untilQuiet([its.a, its.b]);
    const id = sha256(body).toString("hex");
    rmSync(join(its.store.folder, "cache/fleet/outputs", id.slice(0, 2), id));
    expect((await clientB.get("gone")).status).toBe(404);
    expect(await its.b.metric("ballast_fleet_repairs_total")).toBe(1);
    await until("node b knows nothing of it", async () => !(await contentOf(its.b)).some((line) => line.includes(id)));
  },
);

withFleet("what was removed since nobody has its body is in the ledger of the node that found it", async (its) => {
  const node = await its.newNode("ledger");
  await node.start();
  const body = crypto.getRandomValues(Buffer.alloc(5000));
  await createClient(its.a.url).put("gone for good", body);
  await untilQuiet([its.a, node]);
  const id = sha256(body).toString("hex");
  rmSync(join(its.store.folder, "cache/fleet/outputs", id.slice(0, 2), id));
  expect((await createClient(node.url).get("gone for good")).status).toBe(404);
  await node.end();
  const ledger = new Database(join(node.folder, "data/ledger.sqlite"), { readonly: true });
  const rows = ledger.query<Record<string, unknown>, []>("SELECT * FROM events").all();
  ledger.close();
  const repairs = rows.map((row) => JSON.stringify(row)).filter((text) => text.includes("ballast.cache.repaired"));
  expect(repairs).toHaveLength(1);
  expect(repairs[0]).toContain(id);
  expect(repairs[0]).toContain("it is not in the shared store");
});

withFleet("a body that was changed in the store is never served, and leaves it", async (its) => {
  const [clientA, clientB] = [createClient(its.a.url), createClient(its.b.url)];
  const body = crypto.getRandomValues(Buffer.alloc(5000));
  await clientA.put("changed", body);
  await untilQuiet([its.a, its.b]);
  const id = sha256(body).toString("hex");
  const path = join(its.store.folder, "cache/fleet/outputs", id.slice(0, 2), id);
  const bytes = Buffer.from(await Bun.file(path).arrayBuffer());
  bytes.writeUInt8(bytes.readUInt8(100) ^ 1, 100);
  await Bun.write(path, bytes);
  expect((await clientB.get("changed")).status).toBe(404);
  await until("the store has lost it", async () => !(await Bun.file(path).exists()));
});

withFleet("wrong credentials for the store: puts are taken, and reach the others once they are right", async (its) => {
  const d = await its.newNode("d");
  await d.start({ AWS_SECRET_ACCESS_KEY: "wrong" });
  const body = Buffer.from("taken while nobody could be told, ".repeat(100));
  expect((await createClient(d.url).put("early", body)).status).toBe(201);
  expect((await createClient(d.url).get("early")).status).toBe(200);
  expect(await d.metric("ballast_fleet_pending_changes")).toBeGreaterThan(0);
  expect(await errorOf(its.a.url, "early")).toBe("404 server/not-here");
  await until("it has tried", async () => (await d.metric('ballast_fleet_errors_total{of="store"}')) > 0);
  expect(await d.end()).toContain("fleet/store-refused");
  await d.start();
  await untilQuiet([its.a, its.b, d]);
  expect(await (await createClient(its.a.url).get("early")).text()).toBe(body.toString());
  await d.kill();
});

async function errorOf(url: string, action: string): Promise<string> {
  return errorCode(await createClient(url).get(action));
}

testWith("nats-server", "with a bus of three servers, one of which ends, changes go on", async (nats) => {
  const cluster = await startCluster(nats);
  const its = fleet ?? (await startFleet(join(go.folder, "fleet"), { nats, versitygw: versitygw() }));
  fleet = its;
  const bus = cluster.map(({ url }) => url).join(",");
  const flags = ["--bus-replicas", "3", "--bus-bucket", "of-three"];
  const [x, y] = [await its.newNode("x", { bus, flags }), await its.newNode("y", { bus, flags })];
  await Promise.all([x.start(), y.start()]);
  try {
    await createClient(x.url).put("one", Buffer.from("1"));
    // Three servers elect their leaders first.
    await untilQuiet([x, y], 45_000);
    await cluster[0]?.kill();
    await createClient(x.url).put("two", Buffer.from("2"));
    await createClient(y.url).put("three", Buffer.from("3"));
    // Three servers elect their leaders first.
    await untilQuiet([x, y], 45_000);
    expect((await createClient(y.url).get("two")).status).toBe(200);
    expect((await createClient(x.url).get("three")).status).toBe(200);
  } finally {
    await Promise.all([x.kill(), y.kill(), ...cluster.map((server) => server.end())]);
  }
});

async function startCluster(nats: string): Promise<Awaited<ReturnType<typeof startNats>>[]> {
  const ports = freePorts(3);
  const routes = ports.map((port) => `nats://127.0.0.1:${port}`).join(",");
  const servers = await Promise.all(
    ports.map((port, at) =>
      startNats(nats, [
        "-n",
        `s${at}`,
        "--cluster_name",
        "test",
        "--cluster",
        `nats://127.0.0.1:${port}`,
        "--routes",
        routes,
      ]),
    ),
  );
  return servers;
}
