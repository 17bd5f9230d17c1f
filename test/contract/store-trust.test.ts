/** What a store promises about writers: who is not read, who came to the same, who was given what. */

import { afterEach, beforeEach, expect, test } from "bun:test";
import type { Comparison } from "../../src/cache/node/scope-comparison.ts";
import { context, entryOf, type Fixture, openFixture, packageBody, readRaw, sha256 } from "./store-fixture.ts";

let fixture: Fixture;
beforeEach(() => {
  fixture = openFixture();
});
afterEach(() => fixture.dispose());

type Writer = Readonly<Record<string, string>>;
const trusted: Writer = { run: "1", trust: "trusted" };
const internal: Writer = { run: "2", trust: "internal" };

function view(scope: string, provenance: Writer, ancestors: readonly string[] = []) {
  return fixture.store.view(context(scope, { provenance, ancestors }));
}

test("a scope with a less trusted writer is not read by whoever is trusted more, until that is purged", async () => {
  const { store } = fixture;
  const reader = view("main", trusted);
  await store.put(reader, entryOf("good", Buffer.from("good")));
  expect(readRaw(store, reader, "good")).toEqual(Buffer.from("good"));
  await store.put(view("main", internal), entryOf("bad", Buffer.from("bad")));
  expect([readRaw(store, reader, "good"), readRaw(store, reader, "bad")]).toEqual([undefined, undefined]);
  expect(await store.absence(reader)).toBeUndefined();
  expect(readRaw(store, view("pr/1", internal, ["main"]), "good")).toEqual(Buffer.from("good"));
  expect(fixture.lines.join("")).toContain("writers of different trust");
  await fixture.reopen();
  const again = view("main", trusted);
  expect(readRaw(fixture.store, again, "good")).toBeUndefined();
  await fixture.store.purge({ provenance: { trust: "internal" } });
  expect(readRaw(fixture.store, again, "good")).toEqual(Buffer.from("good"));
});

test("without levels everything is read as before", async () => {
  await fixture.store.put(view("main", internal), entryOf("a", Buffer.from("a")));
  expect(readRaw(fixture.store, view("main", {}), "a")).toEqual(Buffer.from("a"));
});

test("what a trusted job comes to again is reproduced, what it contradicts is a conflict with both writers", async () => {
  const { store } = fixture;
  const told: Comparison[] = [];
  store.onComparison((found) => told.push(found));
  const [change, main] = [view("pr/1", internal), view("main", trusted)];
  for (const [action, body] of [
    ["same", "x"],
    ["other", "of pr"],
    ["alone", "y"],
  ] as const) {
    await store.put(change, entryOf(action, packageBody(body)));
  }
  await store.put(change, entryOf("text", Buffer.from("a test's output differs")));
  await store.put(main, entryOf("same", packageBody("x")));
  await store.put(main, entryOf("other", packageBody("main")));
  await store.put(main, entryOf("text", Buffer.from("each time")));
  await store.put(main, entryOf("other", packageBody("third")));
  expect(told.map(({ kind, scope, other }) => `${kind} ${scope} ${other}`).toSorted()).toEqual([
    "conflict main main",
    "conflict main pr/1",
    "reproduced main pr/1",
  ]);
  expect(store.counts).toMatchObject({ reproduced: 1, scopeConflicts: 1, conflicts: 1 });
  const { actions } = await store.survey({ what: "unreproduced", limit: 100 });
  const names = new Map(["same", "other", "alone", "text"].map((name) => [sha256(name).toString("hex"), name]));
  expect(actions.map(({ action, unreproduced }) => `${names.get(action)} ${unreproduced}`).toSorted()).toEqual([
    "alone alone",
    "other differs",
  ]);
  const conflicts = await store.survey({ what: "conflicts", limit: 100 });
  expect(conflicts.actions.map(({ action }) => names.get(action))).toEqual(["other"]);
  const writers = conflicts.actions[0]?.writings.map(({ scope, isCurrent, provenance }) => [
    scope,
    isCurrent,
    provenance["run"],
  ]);
  expect(writers).toHaveLength(3);
  expect(writers).toContainEqual(["main", false, "1"]);
  const same = await store.survey({ what: "all", action: sha256("same").toString("hex"), limit: 10 });
  expect(same.actions[0]?.writings.find(({ scope }) => scope === "pr/1")?.reproducedBy).toEqual(trusted);
});

test("a survey goes on where its last page ended, and misses and repeats nothing", async () => {
  const writer = view("pr/1", internal);
  await Promise.all(
    Array.from({ length: 57 }, (_, i) => fixture.store.put(writer, entryOf(`${i}`, packageBody(`${i}`)))),
  );
  const seen: string[] = [];
  for (let after: string | undefined; ;) {
    const page = await fixture.store.survey({ what: "unreproduced", limit: 10, after });
    seen.push(...page.actions.map(({ action }) => action));
    if (page.cursor === undefined) break;
    after = page.cursor;
  }
  expect([seen.length, new Set(seen).size]).toEqual([57, 57]);
});

test("which run was given what is remembered, once each, and over a restart", async () => {
  const writer = view("main", { run: "1" });
  for (const name of ["a", "b", "c"]) await fixture.store.put(writer, entryOf(name, Buffer.from(name)));
  const reader = view("main", { run: "9" });
  for (const name of ["a", "b", "a", "absent"]) fixture.store.find(reader, sha256(name));
  await fixture.reopen();
  const [run] = await fixture.store.uses({ run: "9" });
  const short = (id: Buffer): string => id.toString("hex").slice(0, 16);
  expect(run).toMatchObject({ scope: "main", provenance: { run: "9" } });
  expect(run?.uses).toEqual(["a", "b"].map((name) => ({ action: short(sha256(name)), output: short(sha256(name)) })));
  const users = await fixture.store.uses({ action: sha256("b").toString("hex") });
  expect(users.map(({ provenance, uses }) => [provenance["run"], uses.length])).toEqual([["9", 1]]);
  expect(await fixture.store.uses({ output: sha256("c").toString("hex") })).toEqual([]);
  expect(await fixture.store.uses({ run: "8" })).toEqual([]);
});
