/** Manifests of many changes at once: each finds its own, or that of what it came from. */

import { afterEach, expect, test } from "bun:test";
import { type Fixture, openFixture } from "./store-fixture.ts";
import type { RequestContext } from "../../src/cache/protocol/entry.ts";
import type { View } from "../../src/cache/node/view.ts";

let fixture: Fixture | undefined;
afterEach(async () => {
  await fixture?.dispose();
  fixture = undefined;
});

const gain = { savedMs: 1, waitedMs: 0, offeredMs: 1, hits: 1 };
const job = { job: "app go build", family: "app", revision: "1" };

function viewOf({ store }: Fixture, scope: string, ancestors: readonly string[] = ["main"]): View {
  const context: RequestContext = {
    scope,
    ancestors,
    toolchain: "a".repeat(64),
    image: "b".repeat(64),
    provenance: {},
  };
  return store.view(context);
}

const actionsOf = (name: string): Buffer => new Bun.CryptoHasher("sha256").update(name).digest();

test("a change finds main's, however many other changes have left theirs since", () => {
  fixture = openFixture();
  const { store, clock } = fixture;
  store.manifests.keep(viewOf(fixture, "main", []), job, actionsOf("main"), gain);
  for (let number = 0; number < 60; number++) {
    clock.advance(1000);
    store.manifests.keep(viewOf(fixture, `pr/${number}`), job, actionsOf(`change ${number}`), gain);
  }
  const found = (scope: string, of = job): Buffer | undefined =>
    store.manifests.find(viewOf(fixture as Fixture, scope), of)?.actions;
  expect(found("pr/new")).toEqual(actionsOf("main"));
  expect(found("pr/7")).toEqual(actionsOf("change 7"));
  expect(found("pr/new", { ...job, job: "app go vet" })).toEqual(actionsOf("main"));
  expect(found("pr/new", { ...job, job: "x", family: "x" })).toBeUndefined();
  const other = viewOf(fixture, "release", []);
  expect(store.manifests.find(other, job)).toBeUndefined();
});

test("those that were written longest ago go when there are too many", () => {
  fixture = openFixture();
  const { store, clock } = fixture;
  const view = viewOf(fixture, "main", []);
  const named = (number: number): typeof job => ({ job: `job ${number}`, family: `family ${number}`, revision: "" });
  const count = 10_900;
  for (let number = 0; number < count; number++) {
    clock.advance(1);
    store.manifests.keep(view, named(number), actionsOf(`job ${number}`), gain);
  }
  const isThere = (number: number): boolean => store.manifests.find(view, named(number)) !== undefined;
  expect(isThere(0)).toBe(false);
  expect(isThere(400)).toBe(false);
  expect(isThere(1000)).toBe(true);
  expect(isThere(count - 1)).toBe(true);
}, 20_000);
