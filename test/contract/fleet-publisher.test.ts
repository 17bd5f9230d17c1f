/** What the publisher does with what it finds on the bus: the real one, over a store on disk and the simulation's bus. */

import { afterEach, beforeEach, expect, test } from "bun:test";
import { slotBusKey } from "../../src/cache/fleet/key.ts";
import { encodeSlot } from "../../src/cache/fleet/change.ts";
import { zeroFleetCounts } from "../../src/cache/fleet/fleet-counts.ts";
import { createOwnEchoes } from "../../src/cache/fleet/own-echoes.ts";
import { createPublisher } from "../../src/cache/fleet/publisher.ts";
import { emptyState } from "../../src/cache/state/merge.ts";
import type { Candidate, SlotChange } from "../../src/cache/state/slot-state.ts";
import { createChance } from "./fleet-simulation/chance.ts";
import { createSimulatedBus } from "./fleet-simulation/simulated-bus.ts";
import { createWires, type Wires } from "./fleet-simulation/wires.ts";
import { context, entryOf, type Fixture, openFixture, packageBody, sha256 } from "./store-fixture.ts";

let fixture: Fixture;

beforeEach(() => {
  fixture = openFixture({ fleet: { name: "here" } });
  fixture.store.replica.caughtUp();
});

afterEach(() => fixture.dispose());

/** Answers requests until the work has ended. */
async function carryOut<Result>(wires: Wires, work: Promise<Result>): Promise<Result> {
  let isOver = false;
  const over = work.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    wires.step();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return over;
}

function told(action: string, body: Uint8Array, version: number): SlotChange & { readonly candidate: Candidate } {
  const { partitionKeys } = fixture.store.view(context("main"));
  const candidate: Candidate = {
    version,
    source: "there",
    output: sha256(body).toString("hex"),
    sizeBytes: body.length,
    kind: 1,
    timeNs: 1_790_000_000_000_000_000n,
    putMs: 1_790_000_000_000,
    costMs: 5,
    provenance: "",
  };
  const key = { action: sha256(action), partition: partitionKeys[0], scope: "main" };
  return { key, state: { ...emptyState, candidates: [candidate] }, candidate };
}

test("what lies on the bus is taken, also where it leaves nothing to publish", async () => {
  const { store } = fixture;
  const chance = createChance(1);
  const wires = createWires(chance);
  const bus = createSimulatedBus(chance, wires, { onSlot: () => undefined });
  const other = bus.connect({ node: "there", incarnation: 1 }, "another");
  const theirs = told("a", packageBody("same"), 50);
  await carryOut(wires, other.publish(slotBusKey(theirs.key), encodeSlot(theirs), 0, 1000));

  store.replica.apply([told("b", packageBody("other"), 100)], []);
  await store.put(store.view(context("main")), entryOf("a", packageBody("same")));
  expect(store.replica.state(theirs.key)?.candidates[0]?.version).toBeGreaterThan(100);
  const here = bus.connect({ node: "here", incarnation: 1 }, store.replica.source);
  const counts = zeroFleetCounts();
  const publisher = createPublisher({
    replica: store.replica,
    bus: here,
    sharing: undefined,
    counts,
    echoes: createOwnEchoes(),
    onRepair: () => undefined,
    deadlineMs: 1000,
  });
  await carryOut(wires, publisher.publishAll());

  expect(store.replica.state(theirs.key)?.candidates).toEqual([theirs.candidate]);
  expect(store.replica.pendingCount()).toBe(0);
  expect(bus.revision).toBe(1);
});
