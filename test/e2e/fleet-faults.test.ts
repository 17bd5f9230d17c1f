/**
 * While real builds run: each of the four processes is killed and started again, the node is cut off from bus and store,
 * the bucket's disk is full, a clock is an hour off. No build fails, none differs from native's, and when all is right
 * again both nodes hold the same.
 */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../contract/fleet-servers.ts";
import { testWith } from "../with-component.ts";
import { contentOf, digestOf, type Fleet, type FleetNode, startFleet, untilQuiet } from "./fleet-fixture.ts";
import { createGoFixture, type GoFixture } from "./go-fixture.ts";
import { mountSmall, whyNoMounts } from "./mounted-folder.ts";
import { startIssuer } from "./oidc-issuer.ts";
import { createClient, errorCode, sha256 } from "./serve-fixture.ts";
import { type Build, createRunners, expectUnharmed, type Runners, type SharedBuild } from "./shared-runners.ts";
import { jobs, operatorToken } from "./trust-fixture.ts";

let go: GoFixture;
let runners: Runners;
let native: Build;
let fleet: Fleet | undefined;
let builds = 0;

beforeAll(async () => {
  go = await createGoFixture();
  runners = createRunners(go);
  native = await runners.native();
});
afterAll(async () => {
  await fleet?.end();
  go[Symbol.dispose]();
});

function folderOf(component: string): string {
  const found = JSON.parse(process.env["BALLAST_TEST_COMPONENTS"] ?? "{}") as Record<string, { folder: string }>;
  return found[component]?.folder ?? "";
}

/** Started by the first test, since only a test has its components. */
function withFleet(title: string, run: (its: Fleet) => Promise<void>): void {
  testWith("nats-server", title, async (nats) => {
    fleet ??= await startFleet(join(go.folder, "fleet"), { nats, versitygw: folderOf("versitygw") });
    await run(fleet);
  });
}

/** A new runner's build at a node, in a scope that nobody has: everything is asked for, and everything is put. */
async function buildAt(node: FleetNode, scope = `pr/${builds}`): Promise<Build> {
  const gocache = go.newCache(`runner-${builds++}`);
  const built = await runners.build({ gocache, server: node.url, env: { BALLAST_SCOPE: scope } });
  rmSync(gocache, { recursive: true });
  return built;
}

/** One build after the other at both nodes, for as long as something goes wrong; each of them must come out right. */
async function duringBuilds(its: Fleet, trouble: () => Promise<void>): Promise<void> {
  let isOver = false;
  const keepBuilding = async (node: FleetNode): Promise<Build[]> => {
    const done: Build[] = [];
    while (!isOver || done.length === 0) done.push(await buildAt(node));
    return done;
  };
  const building = [keepBuilding(its.a), keepBuilding(its.b)];
  try {
    await trouble();
  } finally {
    isOver = true;
  }
  for (const build of (await Promise.all(building)).flat()) expectWell(build);
}

/** Two builds and all servers share the processors, so the time is held only to that nothing hung. */
function expectWell(build: Build): void {
  expect(build.stderr.split("\n").filter((line) => /^(ballast|error|panic)|GOCACHEPROG/i.test(line))).toEqual([]);
  expect(build).toMatchObject({ exitCode: 0, digest: native.digest });
  expect(build.wallMs).toBeLessThan(3 * native.wallMs + 10_000);
}

async function expectEqual(its: Fleet): Promise<void> {
  await untilQuiet([its.a, its.b], 60_000);
  expect(await contentOf(its.a)).toEqual(await contentOf(its.b));
  expect(await digestOf(its.a)).toBe(await digestOf(its.b));
}

describe("while builds run", () => {
  withFleet("a node is killed and started again", async (its) => {
    await duringBuilds(its, async () => {
      await Bun.sleep(400);
      await its.a.kill();
      await Bun.sleep(300);
      await its.a.start();
      await Bun.sleep(500);
    });
    await expectEqual(its);
  });

  withFleet("the bus is killed and started again", async (its) => {
    await duringBuilds(its, async () => {
      await Bun.sleep(300);
      await its.nats.kill();
      await Bun.sleep(1000);
      await its.nats.start();
    });
    await expectEqual(its);
  });

  withFleet("the store is killed and started again", async (its) => {
    await duringBuilds(its, async () => {
      await Bun.sleep(300);
      await its.store.kill();
      await Bun.sleep(1000);
      await its.store.start();
    });
    await expectEqual(its);
  });

  withFleet("a node is cut off from bus and store, and from bus and store that say nothing", async (its) => {
    for (const trouble of ["cut", "stall"] as const) {
      await duringBuilds(its, async () => {
        its.busRelay[trouble]();
        its.storeRelay[trouble]();
        await Bun.sleep(1200);
        its.busRelay.mend();
        its.storeRelay.mend();
      });
    }
    await expectEqual(its);
  });

  withFleet(
    "what is only in a store that hangs is a miss within the client's time, and the build ends well",
    async (its) => {
      const built = await buildAt(its.b, "main");
      expect(built.digest).toBe(native.digest);
      await untilQuiet([its.a, its.b], 60_000);
      await forgetBodies(its.a);
      its.storeRelay.stall();
      try {
        await expectUnharmed(await buildAt(its.a, "main"), native, () => runners.native());
      } finally {
        its.storeRelay.mend();
      }
      await expectEqual(its);
    },
  );
});

/** The node loses its disk: it learns the index from the bus again, and the bodies are in the store only. */
async function forgetBodies(node: FleetNode): Promise<void> {
  await node.kill();
  rmSync(join(node.folder, "data"), { recursive: true });
  await node.start();
  await untilQuiet([node], 60_000);
}

withFleet("a bucket that was lost is filled again with what the nodes hold", async (its) => {
  await createClient(its.a.url).put("kept", Buffer.from("kept by its node"));
  await untilQuiet([its.a, its.b], 60_000);
  await its.nats.kill();
  rmSync(join(its.nats.folder, "jetstream"), { recursive: true });
  const before = await Promise.all([its.a, its.b].map(resynchronised));
  await its.nats.start();
  // A body that is asked for before the node that holds it has told it again counts as gone.
  for (const [at, node] of [its.a, its.b].entries()) {
    await until(`${node.name} has noticed`, async () => (await resynchronised(node)) > (before[at] ?? 0));
  }
  await untilQuiet([its.a, its.b], 60_000);
  const c = await its.newNode("c");
  await c.start();
  await untilQuiet([its.a, its.b, c], 60_000);
  expect((await createClient(c.url).get("kept")).status).toBe(200);
  await c.kill();
});

function resynchronised(node: FleetNode): Promise<number> {
  return node.metric('ballast_fleet_changes_total{event="resynchronised"}');
}

testWith("faketime", "a node whose clock is an hour ahead, or behind, shares as the others do", async (faketime) => {
  const its = fleet;
  if (its === undefined) throw new Error("the tests before this one start the fleet");
  const library = findLibrary(join(faketime, "root"));
  for (const [name, offset] of [
    ["ahead", "+1h"],
    ["behind", "-1h"],
  ] as const) {
    const node = await its.newNode(name);
    await node.start({ LD_PRELOAD: library, FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: "1" });
    const body = Buffer.from(`put by a node that is ${name}, `.repeat(100));
    expect((await createClient(node.url).put(name, body)).status).toBe(201);
    await untilQuiet([its.a, its.b, node], 60_000);
    const id = sha256(body).toString("hex");
    expect(existsSync(join(its.store.folder, "cache/fleet/outputs", id.slice(0, 2), id))).toBe(true);
    expect(await (await createClient(its.a.url).get(name)).text()).toBe(body.toString());
    await createClient(its.a.url).put(`to ${name}`, Buffer.from(`from a to ${name}`));
    await untilQuiet([its.a, its.b, node], 60_000);
    expect((await createClient(node.url).get(`to ${name}`)).status).toBe(200);
    const entry = await (await fetch(`${node.url}/v1/entries?output=${id}`)).text();
    const skewMs = (JSON.parse(entry) as { putMs: number }).putMs - Date.now();
    // The clock really was an hour off: otherwise this test would show nothing.
    expect(Math.abs(Math.abs(skewMs) - 3_600_000)).toBeLessThan(120_000);
    await node.kill();
  }
});

testWith(
  "faketime",
  "a node whose clock is an hour off takes no job's token; with the clock right it shares again",
  async (faketime) => {
    const its = fleet;
    if (its === undefined) throw new Error("the tests before this one start the fleet");
    const issuer = await startIssuer();
    const policy = join(go.folder, "access.yaml");
    writeFileSync(
      policy,
      `issuers: { ci: { url: "${issuer.url}", audience: ballast, platform: github } }
rules:
  - { name: main, when: { issuer: ci, ref: refs/heads/main, event: push }, set: { write: main, trust: trusted } }
  - { name: operators, when: { token: operator }, set: { operate: look } }
`,
    );
    const tokens = join(go.folder, "tokens");
    writeFileSync(tokens, `read ${operatorToken} operator\n`);
    const flags = ["--access", policy, "--token-file", tokens];
    const node = await its.newNode("skewed", { flags, token: operatorToken });
    const LD_PRELOAD = findLibrary(join(faketime, "root"));
    const job = async (): Promise<SharedBuild> => {
      const gocache = go.newCache(`skewed-${builds++}`);
      const env = { BALLAST_TOKEN: await issuer.sign(jobs.main), BALLAST_SCOPE: "main" };
      return runners.build({ gocache, server: node.url, env });
    };
    for (const FAKETIME of ["+1h", "-1h"]) {
      await node.start({ LD_PRELOAD, FAKETIME, FAKETIME_DONT_FAKE_MONOTONIC: "1" });
      const authorization = `Bearer ${await issuer.sign(jobs.main)}`;
      const refused = await fetch(`${node.url}/v1/hello`, { headers: { authorization } });
      expect([FAKETIME, await errorCode(refused)]).toEqual([FAKETIME, "401 server/token-refused"]);
      const alone = await job();
      expect(alone).toMatchObject({ exitCode: 0, digest: native.digest, summary: { remoteHits: 0, uploaded: 0 } });
      await node.kill();
    }
    await node.start();
    expect(await job()).toMatchObject({ exitCode: 0, digest: native.digest });
    expect(await job()).toMatchObject({ exitCode: 0, digest: native.digest, compiled: [] });
    await untilQuiet([its.a, its.b, node], 60_000);
    expect(await digestOf(node)).toBe(await digestOf(its.a));
    await node.kill();
    issuer.stop();
  },
);

function findLibrary(root: string): string {
  const name = (readdirSync(root, { recursive: true }) as string[]).find((path) => path.endsWith("/libfaketime.so.1"));
  if (name === undefined) throw new Error("the component holds no libfaketime.so.1");
  return join(root, name);
}

withFleet("credentials that expire are read again when they are renewed; builds go on meanwhile", async (its) => {
  const file = join(go.folder, "credentials");
  const write = (secret: string): void =>
    writeFileSync(file, `[default]\naws_access_key_id = ballast\naws_secret_access_key = ${secret}\n`);
  write("a-secret-of-tests");
  const env = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "", AWS_SHARED_CREDENTIALS_FILE: file };
  const node = await its.newNode("renewing");
  await node.start(env);
  await untilQuiet([its.a, node], 60_000);
  write("no-longer-valid");
  await createClient(node.url).put("meanwhile", crypto.getRandomValues(Buffer.alloc(5000)));
  await expectUnharmed(await buildAt(node), native, () => runners.native());
  expect(await node.metric("ballast_fleet_pending_changes")).toBeGreaterThan(0);
  write("a-secret-of-tests");
  await untilQuiet([its.a, its.b, node], 60_000);
  await node.kill();
});

const reason = whyNoMounts();
if (reason === undefined) {
  testWith(
    "versitygw",
    "the bucket's disk is full: builds go on, and all is shared once there is room",
    async (versitygw) => {
      await using small = await mountSmall(join(go.folder, "small"), 24 * 1024 * 1024);
      const nats = folderOf("nats-server");
      mkdirSync(join(go.folder, "full"));
      const its = await startFleet(join(go.folder, "full"), { nats, versitygw, storeFolder: small.path });
      try {
        const ballastFile = join(small.path, "filling");
        fill(ballastFile);
        await expectUnharmed(await buildAt(its.a), native, () => runners.native());
        expect(await its.a.metric("ballast_fleet_pending_changes")).toBeGreaterThan(0);
        rmSync(ballastFile);
        await expectEqual(its);
        await expectUnharmed(await buildAt(its.b), native, () => runners.native());
      } finally {
        await its.end();
      }
    },
  );
} else {
  test.skip(`the bucket's disk is full: builds go on, and all is shared once there is room [skipped: ${reason}]`, () =>
    undefined);
}

/** Writes until nothing goes any more. */
function fill(path: string): void {
  const piece = Buffer.alloc(64 * 1024);
  for (let size = 1; size < 1000; size++) {
    try {
      writeFileSync(path, piece, { flag: "a" });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOSPC") return;
      throw cause;
    }
  }
}
