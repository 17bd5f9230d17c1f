/** What nobody in a fleet uses any more ends everywhere, and what somebody uses anywhere stays: over a real bus. */

import { afterAll, expect } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bus } from "../../src/cache/fleet/bus.ts";
import { openNatsBus } from "../../src/cache/fleet/buses/nats.ts";
import { endUnused, type EndingReport } from "../../src/cache/fleet/ending.ts";
import { type Fleet, joinFleet } from "../../src/cache/fleet/fleet.ts";
import { openFolderStore } from "../../src/cache/fleet/stores/folder.ts";
import { withSmallBodies } from "../../src/cache/fleet/stores/small-bodies.ts";
import { createManualClock, systemClock } from "../../src/core/clock.ts";
import { silentLogger } from "../../src/core/logger.ts";
import { testWith } from "../with-component.ts";
import { startNats, until } from "./fleet-servers.ts";
import { bodyOf, context, entryOf, type Fixture, openFixture, sha256 } from "./store-fixture.ts";

const endings: (() => Promise<void> | void)[] = [];
afterAll(async () => {
  for (const end of endings.toReversed()) await end();
});

const dayMs = 86_400_000;
const maxAgeMs = 30 * dayMs;
const none = { credsFile: undefined, caFile: undefined, certFile: undefined, keyFile: undefined };
const clock = createManualClock(1_790_000_000_000);

interface Node {
  readonly uses: Bus;
  readonly fixture: Fixture;
  readonly fleet: Fleet;
  pass(uses?: Bus): Promise<EndingReport>;
  holds(action: string): boolean;
}

function startNode(name: string, url: string, folder: string): Node {
  const fixture = openFixture({ fleet: { name }, clock });
  const open = (bucket: string) => openNatsBus({ url, ...none, name, bucket, replicas: 1, maxBytes: -1 });
  const beside = open("ages-bodies");
  // The server's clock cannot be moved; that it is asked is the last test's.
  const uses = { ...beside, timeMs: () => Promise.resolve(clock.nowMs()) };
  const store = withSmallBodies(openFolderStore(`file://${folder}`), uses);
  const { replica } = fixture.store;
  const its = { ...systemClock, nowMs: (): number => clock.nowMs() };
  const base = { replica, store, uses, storeDeadlineMs: 3000, maxAgeMs, clock: its, log: silentLogger };
  const fleet = joinFleet({ ...base, bus: open("ages"), onRepair: () => undefined });
  const nowMs = (): number => clock.nowMs();
  endings.push(async () => {
    await fleet.stop();
    await fixture.dispose();
  });
  return {
    uses: beside,
    fixture,
    fleet,
    pass: (byBus) =>
      endUnused({
        ...base,
        ...(byBus === undefined ? {} : { uses: byBus }),
        counts: fleet.counts,
        busDeadlineMs: 3000,
        nowMs,
        isFollowing: () => fleet.isFollowing(),
      }),
    holds: (action) => fixture.store.find(fixture.store.view(context("main")), sha256(action)) !== undefined,
  };
}

const bodies = {
  "used, small": bodyOf("used, small", 300),
  "used, large": crypto.getRandomValues(new Uint8Array(5000)),
  "unused, small": bodyOf("unused, small", 300),
  "unused, large": crypto.getRandomValues(new Uint8Array(5000)),
} as const;
const names = Object.keys(bodies) as (keyof typeof bodies)[];

testWith("nats-server", "an entry ends when no node has used it for as long as was said, its body too", async (at) => {
  const folder = mkdtempSync(join(tmpdir(), "ballast-ages-"));
  endings.push(() => rmSync(folder, { recursive: true }));
  const server = await startNats(at);
  endings.push(() => server.end());
  const [a, b] = [startNode("a", server.url, folder), startNode("b", server.url, folder)];
  await until("both follow", () => a.fleet.isFollowing() && b.fleet.isFollowing());
  const { store } = a.fixture;
  for (const name of names) await store.put(store.view(context("main")), entryOf(name, bodies[name]));
  const areOn = (node: Node, expected: readonly string[]) => (): boolean =>
    names.every((name) => node.holds(name) === expected.includes(name)) &&
    node.fixture.store.replica.pendingCount() === 0;
  await until("both hold all", () => areOn(a, names)() && areOn(b, names)());
  const stored = (name: keyof typeof bodies): boolean => {
    const id = sha256(bodies[name]).toString("hex");
    return existsSync(join(folder, "outputs", id.slice(0, 2), id));
  };
  expect([stored("used, large"), stored("unused, large")]).toEqual([true, true]);

  for (const node of [a, b]) expect(await node.pass()).toEqual({ entries: 0, bodies: 0 });

  // Twenty days later somebody uses two of them, at the node that did not take them, which tells it within a day. (That
  // it is asked for the others, above, was within the first ten minutes, and does not count as a use.)
  clock.advance(20 * dayMs);
  for (const name of ["used, small", "used, large"]) expect(b.holds(name)).toBe(true);
  await b.fixture.store.gc();
  expect(await b.pass()).toEqual({ entries: 0, bodies: 0 });

  clock.advance(15 * dayMs);
  expect(await a.pass()).toEqual({ entries: 2, bodies: 0 });
  const left = ["used, small", "used, large"];
  const others = names.filter((name) => !left.includes(name));
  await until("what nobody used has ended at both", () => {
    return others.every((name) => !a.holds(name)) && b.fixture.store.totals.entries === 2;
  });
  expect(a.fleet.counts.ended).toBe(2);
  expect(stored("unused, large")).toBe(true);
  // An hour later nobody has put it again.
  clock.advance(2 * 3_600_000);
  expect(await a.pass()).toEqual({ entries: 0, bodies: 2 });
  expect([stored("used, large"), stored("unused, large")]).toEqual([true, false]);
  const beside = openNatsBus({
    url: server.url,
    ...none,
    name: "look",
    bucket: "ages-bodies",
    replicas: 1,
    maxBytes: -1,
  });
  endings.push(() => beside.close());
  const valueOf = (name: keyof typeof bodies) => beside.read(sha256(bodies[name]).toString("hex"), 3000);
  expect(await valueOf("unused, small")).toBeUndefined();
  expect(await valueOf("used, small")).toBeDefined();

  // A node that was put something again keeps its body.
  await store.put(store.view(context("main")), entryOf("unused, large", bodies["unused, large"]));
  await until("it is back", () => b.fixture.store.totals.entries === 3 && stored("unused, large"));
  clock.advance(20 * dayMs);
  // Of the two that had ended the one that was not put again, which is not there any more.
  expect(await b.pass()).toEqual({ entries: 2, bodies: 1 });
  await until("only what was put last is left", () => a.fixture.store.totals.entries === 1);
  clock.advance(2 * 3_600_000);
  await b.pass();
  expect([stored("used, large"), stored("unused, large")]).toEqual([false, true]);
  // A node that is new to it knows only what it used itself.
  const c = startNode("c", server.url, folder);
  await until("c has caught up", () => c.fleet.isFollowing() && c.fixture.store.totals.entries === 1);
  clock.advance(40 * dayMs);
  expect(await c.pass()).toEqual({ entries: 0, bodies: 0 });
  expect(await c.pass()).toEqual({ entries: 1, bodies: 0 });

  // By the server's clock all of this has taken a second: a node that is so far ahead ends nothing.
  await expect(b.pass(b.uses)).rejects.toMatchObject({ code: "fleet/clock-wrong" });
});
