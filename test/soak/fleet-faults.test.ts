/**
 * Two nodes, their bus and their store, each ended, cut off and hung at random while puts and lookups go on: 20 minutes,
 * or as many seconds as BALLAST_SOAK_SECONDS says. Nothing is served that is not what it says; what was acknowledged is at
 * both nodes at the end. BALLAST_TEST_SEED repeats an order of faults.
 */

import { afterAll, expect } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createChance } from "../contract/fleet-simulation/chance.ts";
import { contentOf, digestOf, type Fleet, type FleetNode, startFleet, untilQuiet } from "../e2e/fleet-fixture.ts";
import { createClient, sha256 } from "../e2e/serve-fixture.ts";
import { testWithAll } from "../with-component.ts";

const seconds = Number(process.env["BALLAST_SOAK_SECONDS"] ?? 1200);
const seed = Number(process.env["BALLAST_TEST_SEED"] ?? Date.now() % 2 ** 20);
const putEveryMs = 10;
const lookupEveryMs = 15;
/** Half of them go to the bus, the others to the store. */
const bodyBytes = [300, 900, 3000, 20_000] as const;

const folder = mkdtempSync(join(tmpdir(), "ballast-soak-"));
let fleet: Fleet | undefined;
afterAll(async () => {
  await fleet?.end();
  rmSync(folder, { recursive: true, force: true });
});

interface Traffic {
  readonly bodies: Map<string, Buffer>;
  readonly acknowledged: Set<string>;
  readonly counts: { puts: number; refused: number; hits: number; misses: number; failed: number; faults: number };
  wrong: string | undefined;
}

type Fault = (its: Fleet) => Promise<void>;

const faults: Readonly<Record<string, Fault>> = {
  "node a ends": ({ a }) => restart(a),
  "node b ends": ({ b }) => restart(b),
  "the bus ends": async ({ nats }) => restart(nats),
  "the store ends": async ({ store }) => restart(store),
  "a is cut off from the bus": ({ busRelay }) => broken(busRelay, "cut"),
  "a's bus hangs": ({ busRelay }) => broken(busRelay, "stall"),
  "a is cut off from the store": ({ storeRelay }) => broken(storeRelay, "cut"),
  "a's store hangs": ({ storeRelay }) => broken(storeRelay, "stall"),
};

async function restart(one: { kill(): Promise<void>; start(): Promise<void> }): Promise<void> {
  await one.kill();
  await Bun.sleep(1500);
  await one.start();
}

async function broken(relay: Fleet["busRelay"], how: "cut" | "stall"): Promise<void> {
  relay[how]();
  await Bun.sleep(3000);
  relay.mend();
}

async function put(node: FleetNode, traffic: Traffic, name: string, body: Buffer): Promise<void> {
  traffic.bodies.set(name, body);
  const answer = await createClient(node.url)
    .put(name, body)
    .catch(() => undefined);
  if (answer?.status === 201) traffic.acknowledged.add(name);
  else traffic.counts.refused += 1;
  traffic.counts.puts += 1;
}

async function lookUp(node: FleetNode, traffic: Traffic, name: string): Promise<void> {
  const { counts, bodies } = traffic;
  try {
    const answer = await createClient(node.url).get(name);
    if (answer.status === 404) counts.misses += 1;
    else if (answer.status !== 200) counts.failed += 1;
    else if (sha256(await answer.bytes()).equals(sha256(bodies.get(name) ?? ""))) counts.hits += 1;
    else traffic.wrong = `${name} was served with other bytes by ${node.name}`;
  } catch {
    // The node has ended, or ends while it answers.
    counts.failed += 1;
  }
}

testWithAll(["nats-server", "versitygw"], `faults for ${seconds} s with seed ${seed}`, async ([nats, versitygw]) => {
  const its = await startFleet(folder, { nats: nats ?? "", versitygw: versitygw ?? "" });
  fleet = its;
  const chance = createChance(seed);
  const counts = { puts: 0, refused: 0, hits: 0, misses: 0, failed: 0, faults: 0 };
  const traffic: Traffic = { bodies: new Map(), acknowledged: new Set(), counts, wrong: undefined };
  const endMs = performance.now() + seconds * 1000;
  const underWay = new Set<Promise<void>>();
  const begin = (work: Promise<void>): void => {
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
  };
  const every = async (ms: number, act: () => Promise<void>): Promise<void> => {
    while (performance.now() < endMs && traffic.wrong === undefined) {
      if (underWay.size < 500) begin(act());
      await Bun.sleep(ms);
    }
  };
  const names: string[] = [];
  const putting = every(putEveryMs, () => {
    const name = `soak ${names.length}`;
    names.push(name);
    return put(chance.of([its.a, its.b]), traffic, name, Buffer.from(randomBytes(chance.of(bodyBytes))));
  });
  const asking = every(lookupEveryMs, () =>
    names.length === 0 ? Promise.resolve() : lookUp(chance.of([its.a, its.b]), traffic, chance.of(names)),
  );
  while (performance.now() < endMs) {
    const name = chance.of(Object.keys(faults));
    await faults[name]?.(its);
    counts.faults += 1;
    await Bun.sleep(500 + chance.below(1500));
  }
  await Promise.all([putting, asking]);
  await Promise.all(underWay);
  expect(traffic.wrong).toBeUndefined();
  await untilQuiet([its.a, its.b], 120_000);
  expect(await digestOf(its.a)).toBe(await digestOf(its.b));
  const held = await contentOf(its.a);
  process.stdout.write(`seed ${seed}, ${seconds} s: ${JSON.stringify({ ...counts, held: held.length })}\n`);
  const before = counts.hits;
  for (const name of traffic.acknowledged) for (const node of [its.a, its.b]) await lookUp(node, traffic, name);
  expect(traffic.wrong).toBeUndefined();
  expect(counts.hits - before).toBe(traffic.acknowledged.size * 2);
  // A soak in which nothing happens finds nothing.
  expect(counts.faults).toBeGreaterThan(seconds / 10);
  expect(traffic.acknowledged.size).toBeGreaterThan(seconds * 10);
});

function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}
