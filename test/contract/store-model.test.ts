/**
 * The store against a model that is a plain map: whatever is done in whatever order, ends and crashes included, a
 * lookup gives exactly what the map has.
 */

import { expect, test } from "bun:test";
import fc from "fast-check";
import { readAbsenceSet } from "../../src/cache/protocol/absence.ts";
import { codec } from "../../src/cache/protocol/entry.ts";
import type { PutResult } from "../../src/cache/node/store.ts";
import type { View } from "../../src/cache/node/view.ts";
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
  zstdEntryOf,
} from "./store-fixture.ts";

const scopes = ["main", "pr/1", "pr/2"] as const;
const actions = Array.from({ length: 12 }, (_, i) => `action ${i}`);

interface Model {
  /** Body name under `scope|action`. */
  readonly slots: Map<string, string>;
  /** Compiled packages that lie beside an entry, under the same. */
  readonly beside: Map<string, Set<string>>;
}

/** A package that did not become the entry, or that another kind replaced, is kept for who wants to compare. */
function keepBeside(model: Model, slot: string, held: string | undefined, body: string): void {
  const beside = model.beside.get(slot) ?? new Set();
  for (const name of [held, body]) if (name?.startsWith("package") === true) beside.add(name);
  model.beside.set(slot, beside);
}

function bodyBytes(name: string): Buffer {
  if (name.startsWith("package")) return packageBody(name.slice(8));
  return bodyOf(name, Number(name.split(" ")[1]));
}

const bodyName = fc.oneof(
  fc
    .tuple(fc.constantFrom("x", "y", "z"), fc.constantFrom(5, 300, 5000, 60_000))
    .map(([word, size]) => `${word} ${size}`),
  fc.constantFrom("package a", "package b", "empty 0"),
);
const scope = fc.constantFrom(...scopes);
const action = fc.constantFrom(...actions);

/** For lookups: none, room for some entries, room for all. */
const memory = fc.constantFrom(0, 2500, 1e6);

type Step =
  | {
      readonly do: "put" | "put-zstd" | "receive" | "link";
      readonly scope: string;
      readonly action: string;
      readonly body: string;
    }
  | { readonly do: "purge"; readonly scope: string }
  | { readonly do: "gc" | "reopen" | "crash" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constantFrom("put", "put-zstd", "receive", "link"), scope, action, body: bodyName }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("purge" as const), scope }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("gc", "reopen", "crash") }) },
);

function viewOf(fixture: Fixture, name: string): View {
  return fixture.store.view(context(name, { ancestors: name === "main" ? [] : ["main"] }));
}

function expectedResult(held: string | undefined, body: string): PutResult {
  if (held === body) return "known";
  return held !== undefined && body.startsWith("package") ? "conflict" : "stored";
}

async function applyPut(fixture: Fixture, model: Model, at: Extract<Step, { action: string }>): Promise<void> {
  const view = viewOf(fixture, at.scope);
  const body = bodyBytes(at.body);
  const slot = `${at.scope}|${at.action}`;
  const held = model.slots.get(slot);
  const expected = expectedResult(held, at.body);
  if (at.do === "link") {
    const link = { ...headOf(at.action, body), codec: codec.absent, body: new Uint8Array(0) };
    const isKnown = fixture.store.findOutput(sha256(body)) !== undefined;
    if (!isKnown) return expect(fixture.store.put(view, link)).rejects.toThrow();
    expect(await fixture.store.put(view, link)).toBe(expected);
  } else if (at.do === "receive") {
    expect(await receive(fixture.store, view, headOf(at.action, body), body, codec.identity)).toBe(expected);
  } else {
    const entry = at.do === "put" ? entryOf(at.action, body) : zstdEntryOf(at.action, body);
    expect(await fixture.store.put(view, entry)).toBe(expected);
  }
  keepBeside(model, slot, held, at.body);
  if (expected !== "conflict") model.slots.set(slot, at.body);
}

async function apply(fixture: Fixture, model: Model, at: Step): Promise<void> {
  if ("action" in at) return applyPut(fixture, model, at);
  if (at.do === "purge") {
    await fixture.store.purge({ scope: at.scope });
    for (const slot of model.slots.keys()) {
      if (!slot.startsWith(`${at.scope}|`)) continue;
      model.slots.delete(slot);
      model.beside.delete(slot);
    }
  } else if (at.do === "gc") await fixture.store.gc();
  else if (at.do === "reopen") await fixture.reopen();
  else await fixture.crash();
}

async function check(fixture: Fixture, model: Model): Promise<void> {
  for (const name of scopes) {
    const view = viewOf(fixture, name);
    const bytes = await fixture.store.absence(view);
    const absence = bytes === undefined ? undefined : readAbsenceSet(bytes);
    for (const each of actions) {
      const expected = model.slots.get(`main|${each}`) ?? model.slots.get(`${name}|${each}`);
      const found = readRaw(fixture.store, view, each);
      const isRight =
        expected === undefined ? found === undefined : found !== undefined && bodyBytes(expected).equals(found);
      expect({ name, each, expected, isRight }).toMatchObject({ isRight: true });
      if (expected !== undefined) expect(absence?.mayHold(sha256(each))).toBe(true);
    }
  }
  expect(fixture.store.totals.entries).toBe(model.slots.size);
  expect(fixture.store.counts.damaged).toBe(0);
}

test("a lookup gives what the model has, after any steps", async () => {
  const seed = Number(process.env["BALLAST_TEST_SEED"] ?? Date.now() % 2 ** 31);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), memory, async (steps, lookupBytes) => {
      const fixture = openFixture({ lookupBytes });
      const slots = new Map<string, string>();
      const beside = new Map<string, Set<string>>();
      const model: Model = { slots, beside };
      try {
        for (const at of steps) {
          await apply(fixture, model, at);
          if (Math.abs(Bun.hash.crc32(JSON.stringify(at))) % 4 === 0) await check(fixture, model);
        }
        await check(fixture, model);
        // After a collection exactly the bodies that are named are left.
        await fixture.store.gc();
        expect(fixture.store.totals.outputs).toBe(
          new Set([...slots.values(), ...[...beside.values()].flatMap((names) => [...names])]).size,
        );
        await check(fixture, model);
      } finally {
        await fixture.dispose();
      }
    }),
    { seed, numRuns: 60 },
  );
}, 60_000);
