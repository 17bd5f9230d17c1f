/** A node's index as one of many: what it takes from others, what it leaves for them, and what it tells of itself. */

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { join } from "node:path";
import fc from "fast-check";
import type { Store } from "../../src/cache/node/store.ts";
import { codec } from "../../src/cache/protocol/entry.ts";
import { bestOf, emptyState } from "../../src/cache/state/merge.ts";
import type { Candidate, SlotChange, SlotKey, SlotState } from "../../src/cache/state/slot-state.ts";
import {
  bodyOf,
  context,
  entryOf,
  type Fixture,
  headOf,
  openFixture,
  packageBody,
  readRaw,
  receive,
  sha256,
} from "./store-fixture.ts";

let fixture: Fixture;

beforeEach(() => {
  fixture = openFixture({ fleet: { name: "here" } });
  fixture.store.replica.caughtUp();
});

afterEach(() => fixture.dispose());

const view = (store: Store) => store.view(context("main"));

function keyOf(action: string, scope = "main"): SlotKey {
  const { partitionKeys } = fixture.store.view(context(scope));
  return { action: sha256(action), partition: partitionKeys[0], scope };
}

function candidate(body: Uint8Array, version: number, changes: Partial<Candidate> = {}): Candidate {
  return {
    version,
    source: "there",
    output: sha256(body).toString("hex"),
    sizeBytes: body.length,
    kind: 6,
    timeNs: 1_790_000_000_000_000_000n,
    putMs: 1_790_000_000_000,
    costMs: 5,
    provenance: '{"run":"77"}',
    ...changes,
  };
}

function told(action: string, ...candidates: Candidate[]): SlotChange {
  return { key: keyOf(action), state: { ...emptyState, candidates: bestOf(candidates) } };
}

async function* chunks(...parts: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
  await Promise.resolve();
}

describe("what comes from others", () => {
  test("is found without its body, which comes when it is brought, and is checked", async () => {
    const { replica } = fixture.store;
    const body = bodyOf("theirs", 500);
    expect(replica.apply([told("a", candidate(body, 10))], [], "1")).toEqual({ changed: 1, corrected: 0 });
    const row = fixture.store.find(view(fixture.store), sha256("a"));
    expect(row).toMatchObject({ sizeBytes: 500, cost_ms: 5 });
    expect(fixture.store.read(row!)).toBeUndefined();
    const output = sha256(body).toString("hex");
    const wrong = replica.keepBody(output, codec.identity, chunks(bodyOf("other", 500)));
    await expect(wrong).rejects.toMatchObject({ code: "protocol/body-mismatch" });
    expect(readRaw(fixture.store, view(fixture.store), "a")).toBeUndefined();
    await replica.keepBody(output, codec.identity, chunks(body.subarray(0, 200), body.subarray(200)));
    expect(readRaw(fixture.store, view(fixture.store), "a")).toEqual(new Uint8Array(body));
    expect(replica.isShared(output)).toBe(true);
    expect(replica.pendingCount()).toBe(0);
    await fixture.crash();
    expect(readRaw(fixture.store, view(fixture.store), "a")).toEqual(new Uint8Array(body));
    expect(fixture.store.replica.position()).toBe("1");
  });

  test("takes the place of what is outdated, on the disk too", async () => {
    const { store } = fixture;
    const old = bodyOf("old", 40_000);
    await receive(store, view(store), headOf("a", old), old, codec.identity);
    const before = store.fileBytes();
    store.replica.apply([told("a", candidate(bodyOf("new", 100), 50))], []);
    expect(store.fileBytes()).toBe(before - 40_000);
    expect(store.totals.outputs).toBe(1);
    expect(store.replica.version).toBeGreaterThan(50);
  });

  test("an older change does nothing, and the same one once", () => {
    const { replica } = fixture.store;
    const late = told("a", candidate(bodyOf("late", 50), 9));
    const early = told("a", candidate(bodyOf("early", 50), 3));
    expect(replica.apply([late], [])).toMatchObject({ changed: 1 });
    expect(replica.apply([late, early, late], [])).toMatchObject({ changed: 0 });
    expect(replica.state(keyOf("a"))).toEqual(late.state);
  });

  test("two compiled packages: the first is the entry, both are kept with who wrote them", async () => {
    const { store } = fixture;
    await store.put(store.view(context("main", { provenance: { run: "1" } })), entryOf("a", packageBody("mine")));
    const mine = store.replica.state(keyOf("a"))?.candidates[0] as Candidate;
    const conflicts: unknown[] = [];
    store.onComparison((found) => conflicts.push(found));
    const theirs = told("a", candidate(packageBody("theirs"), mine.version + 5, { kind: 1 }));
    for (let times = 0; times < 2; times++) store.replica.apply([theirs], []);
    // Of two others' packages those two tell.
    store.replica.apply([told("b", candidate(packageBody("one"), 100, { kind: 1 }))], []);
    store.replica.apply([told("b", candidate(packageBody("two"), 101, { kind: 1 }))], []);
    const hex = (data: string | Uint8Array): string => sha256(data).toString("hex");
    expect(conflicts).toEqual([
      {
        kind: "conflict",
        action: hex("a"),
        output: hex(packageBody("theirs")),
        other: "main",
        scope: "main",
        provenance: { run: "77" },
      },
    ]);
    expect(readRaw(store, view(store), "a")).toEqual(new Uint8Array(packageBody("mine")));
    expect(store.replica.state(keyOf("a"))?.candidates.map((one) => one.provenance)).toEqual([
      '{"run":"1"}',
      '{"run":"77"}',
    ]);
    await store.gc();
    expect(readRaw(store, view(store), "a")).toEqual(new Uint8Array(packageBody("mine")));
    expect(store.replica.state(keyOf("a"))?.candidates.length).toBe(2);
  });
});

describe("what waits for others", () => {
  test("is the slot as it is now, survives a crash, and is gone when it was published", async () => {
    const { store } = fixture;
    await store.put(view(store), entryOf("a", bodyOf("one", 300)));
    const [first] = store.replica.pending(0, 10);
    await store.put(view(store), entryOf("a", bodyOf("two", 300)));
    store.replica.published([first!.ticket]);
    expect(store.replica.pendingCount()).toBe(1);
    await fixture.crash();
    const { replica } = fixture.store;
    const [pending] = replica.pending(0, 10);
    expect(pending?.kind === "slot" && replica.state(pending.key)?.candidates[0]?.output).toBe(
      sha256(bodyOf("two", 300)).toString("hex"),
    );
    replica.published([pending!.ticket]);
    expect(replica.pendingCount()).toBe(0);
  });

  test("a body that only this node has is not evicted, one that is shared is, and its entry stays", async () => {
    const { store } = fixture;
    const [kept, shared] = [bodyOf("kept", 50_000), bodyOf("shared", 50_000)];
    await store.put(view(store), entryOf("kept", kept));
    await store.put(view(store), entryOf("shared", shared));
    store.replica.markShared([sha256(shared).toString("hex")]);
    await fixture.reopen({ maxSizeBytes: 60_000 });
    await fixture.store.gc();
    expect(readRaw(fixture.store, view(fixture.store), "kept")).toEqual(new Uint8Array(kept));
    expect(readRaw(fixture.store, view(fixture.store), "shared")).toBeUndefined();
    expect(fixture.store.find(view(fixture.store), sha256("shared"))).toBeDefined();
    expect(fixture.store.replica.unsharedOutputs(10)).toEqual([sha256(kept).toString("hex")]);
  });

  test("what a node put alone becomes pending when it joins", async () => {
    await fixture.reopen({ fleet: undefined });
    await fixture.store.put(view(fixture.store), entryOf("a", bodyOf("one", 300)));
    expect(fixture.store.replica.pendingCount()).toBe(0);
    await fixture.reopen({ fleet: { name: "here" } });
    expect(fixture.store.replica.pendingCount()).toBe(1);
    expect(fixture.store.replica.unsharedOutputs(10).length).toBe(1);
  });

  test("what was put before everything was heard comes after it", async () => {
    await fixture.reopen();
    const { store } = fixture;
    await store.put(view(store), entryOf("a", packageBody("mine")));
    await store.put(view(store), entryOf("b", packageBody("mine")));
    store.replica.apply([told("a", candidate(packageBody("theirs"), 4000, { kind: 1 }))], []);
    store.replica.caughtUp();
    expect(store.replica.state(keyOf("a"))?.candidates[0]?.version).toBe(4000);
    expect(store.replica.state(keyOf("b"))?.candidates[0]?.version).toBeGreaterThan(4000);
  });

  test("what was put before everything was heard is theirs, also where they put the same package", async () => {
    await fixture.reopen();
    const { store } = fixture;
    await store.put(view(store), entryOf("a", packageBody("same")));
    const theirs = candidate(packageBody("same"), 4000, { kind: 1 });
    store.replica.apply([told("a", theirs)], []);
    expect(store.replica.state(keyOf("a"))?.candidates).toEqual([theirs]);
    store.replica.caughtUp();
    expect(store.replica.state(keyOf("a"))?.candidates).toEqual([theirs]);
  });
});

describe("purges", () => {
  test("take back, keep out a purged run, and refuse what arrives late", async () => {
    const { store } = fixture;
    const bad = store.view(context("main", { provenance: { run: "13" } }));
    await store.put(bad, entryOf("a", bodyOf("bad", 100)));
    await store.put(view(store), entryOf("b", bodyOf("good", 100)));
    expect(await store.purge({ provenance: { run: "13" } })).toMatchObject({ entries: 1 });
    expect(store.find(view(store), sha256("a"))).toBeUndefined();
    expect(store.find(view(store), sha256("b"))).toBeDefined();
    await expect(store.put(bad, entryOf("c", bodyOf("more", 100)))).rejects.toMatchObject({ code: "node/purged" });
    const late = told("d", candidate(bodyOf("late", 100), 1, { provenance: '{"run":"13"}' }));
    expect(store.replica.apply([late], [])).toMatchObject({ corrected: 1 });
    expect(store.find(view(store), sha256("d"))).toBeUndefined();
    await fixture.crash();
    const again = fixture.store.view(context("main", { provenance: { run: "13" } }));
    await expect(fixture.store.put(again, entryOf("c", bodyOf("more", 100)))).rejects.toMatchObject({
      code: "node/purged",
    });
    fixture.clock.advance(31 * 24 * 3_600_000);
    expect(fixture.store.purges()).toEqual([]);
    expect(await fixture.store.put(again, entryOf("c", bodyOf("more", 100)))).toBe("stored");
  });

  test("from another node count from the moment on in which they come", async () => {
    const { store } = fixture;
    await store.put(store.view(context("main", { provenance: { run: "13" } })), entryOf("a", bodyOf("bad", 100)));
    const nowMs = fixture.clock.nowMs();
    const purge = {
      id: "ab".repeat(16),
      version: 100,
      source: "there",
      createdMs: nowMs,
      expiresMs: nowMs + 1000,
      by: "{}",
      keepsOut: true,
      match: { provenance: { run: "13" } },
    };
    store.replica.apply([], [purge]);
    expect(store.find(view(store), sha256("a"))).toBeUndefined();
    await Bun.sleep(20);
    expect(store.totals.entries).toBe(0);
    expect(store.replica.state(keyOf("a"))?.era).toEqual({ version: 100, source: "there" });
  });

  test("by kind, scope or time take what was there and leave what comes", async () => {
    const { store } = fixture;
    await store.put(view(store), entryOf("a", bodyOf("one", 100)));
    fixture.clock.advance(5000);
    await store.put(view(store), entryOf("b", bodyOf("two", 100)));
    await store.purge({ sinceMs: fixture.clock.nowMs() - 1000 });
    expect(store.find(view(store), sha256("a"))).toBeDefined();
    expect(store.find(view(store), sha256("b"))).toBeUndefined();
    await store.purge({ scope: "main" });
    expect(store.totals.entries).toBe(0);
    expect(await store.put(view(store), entryOf("a", bodyOf("one", 100)))).toBe("stored");
  });

  test("are told to runners by epochs, and only those of their scopes", async () => {
    const { store } = fixture;
    await store.put(view(store), entryOf("a", bodyOf("one", 100)));
    await store.put(store.view(context("pr/1")), entryOf("b", bodyOf("two", 100)));
    const { epoch, node } = store.removals;
    await store.purge({});
    const { scopes } = view(store);
    expect(store.removals.since(epoch, scopes, 10)?.map((one) => Buffer.from(one).toString("hex"))).toEqual([
      sha256("a").toString("hex"),
    ]);
    expect(store.removals.since(store.removals.epoch, scopes, 10)).toEqual([]);
    await fixture.reopen();
    expect(fixture.store.removals.node).toBe(node);
    expect(fixture.store.removals.since(epoch, scopes, 10)?.length).toBe(1);
  });
});

test("a body that nobody has any more takes its entries with it, here and for the others", async () => {
  const { store } = fixture;
  store.replica.apply([told("a", candidate(bodyOf("gone", 100), 10))], []);
  expect(store.replica.forgetOutput(sha256(bodyOf("gone", 100)).toString("hex"))).toBe(1);
  expect(store.find(view(store), sha256("a"))).toBeUndefined();
  expect(store.replica.pendingCount()).toBe(1);
  // The entry as it was does not come back.
  store.replica.apply([told("a", candidate(bodyOf("gone", 100), 10))], []);
  expect(store.find(view(store), sha256("a"))).toBeUndefined();
});

test("the digest is the same in whatever order things came, and by each change what a count anew would give", async () => {
  const bodies = [packageBody("a"), packageBody("b"), bodyOf("x", 60), bodyOf("y", 60)];
  const change = fc
    .record({
      action: fc.nat(5),
      body: fc.nat(3),
      version: fc.integer({ min: 1, max: 30 }),
      era: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined, freq: 4 }),
    })
    .map(({ action, body, version, era }): { action: string; state: SlotState } => ({
      action: `action ${action}`,
      state: {
        era: era === undefined ? emptyState.era : { version: era, source: "there" },
        candidates: [candidate(bodies[body]!, version, { kind: body < 2 ? 1 : 6 })],
      },
    }));
  const orders = fc
    .array(change, { minLength: 1, maxLength: 12 })
    .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
  const seed = Number(process.env["BALLAST_TEST_SEED"] ?? Date.now() % 2 ** 31);
  await fc.assert(
    fc.asyncProperty(orders, async ([list, shuffled]) => {
      const other = openFixture({ fleet: { name: "other" } });
      const one = openFixture({ fleet: { name: "one" } });
      try {
        // Asked for before, so that it is kept up by each change.
        await one.store.digest();
        const slots = (each: typeof list): SlotChange[] =>
          each.map(({ action, state }) => ({ key: keyOf(action), state }));
        for (const each of slots(list)) one.store.replica.apply([each], []);
        other.store.replica.apply(slots(shuffled), []);
        expect(await one.store.digest()).toEqual(await other.store.digest());
        await one.store.purge({ action: sha256("action 1").toString("hex") });
        const kept = await one.store.digest();
        await one.reopen();
        expect(await one.store.digest()).toEqual(kept);
      } finally {
        await one.dispose();
        await other.dispose();
      }
    }),
    { seed, numRuns: 25 },
  );
}, 60_000);

test("an index of version 1 is brought up in place", async () => {
  await fixture.reopen({ fleet: undefined });
  await fixture.store.put(view(fixture.store), entryOf("a", bodyOf("one", 300)));
  await fixture.store.close();
  const db = new Database(join(fixture.folder, "index.sqlite"));
  for (const table of ["candidates", "slots", "dirty", "unshared", "purges", "removals", "positions"]) {
    db.run(`DROP TABLE ${table}`);
  }
  db.run("PRAGMA user_version = 1");
  db.close();
  await fixture.reopen();
  expect(readRaw(fixture.store, view(fixture.store), "a")).toEqual(new Uint8Array(bodyOf("one", 300)));
  expect(await fixture.store.put(view(fixture.store), entryOf("a", packageBody("b")))).toBe("conflict");
});
