import { expect, test } from "bun:test";
import fc from "fast-check";
import type { OutputRow, Slot } from "../index/rows.ts";
import { createEntryTable, type EntryTable } from "./entry-table.ts";
import type { EntryFacts } from "./row-words.ts";

const seed = Number(process.env["BALLAST_TEST_SEED"] ?? Date.now() % 2 ** 31);

function actionOf(number: number): Uint8Array {
  return new Uint8Array(new Bun.CryptoHasher("sha256").update(String(number)).digest().buffer);
}

function outputOf(number: number): OutputRow {
  return {
    id: number,
    output: actionOf(-number),
    sizeBytes: number * 1000,
    storedBytes: 2 ** 31 + number,
    codec: number % 2 === 0 ? 0 : 1,
    settled: 2,
    kind: number % 256,
    segment: (number % 5) - 1,
    offset: 2 ** 30 - 1 - number,
  };
}

function entryOf({ partition, scope }: Slot, number: number): EntryFacts {
  return {
    partition,
    scope,
    time_s: 4e9,
    time_ns: 999_999_999 - number,
    cost_ms: 2 ** 32 - 1,
    used: 29_600_000 + number,
  };
}

const scopes = [7, 300_000, 8];
const partitions = [1, 2] as const;

/** Views of three scopes, the second and third of which do not read each other. */
const views = [[7], [7, 300_000], [7, 8]].map((read) => ({ scopes: read, partitions, readKey: read.join() }));

interface Held {
  readonly slot: Slot;
  readonly number: number;
  readonly usedMinute: number;
}

type Model = Map<string, Held>;

function textOf({ action, partition, scope }: Slot): string {
  return `${action.toHex()} ${scope} ${partition}`;
}

function expected(model: Model, read: readonly number[], action: Uint8Array): Held | undefined {
  for (const scope of read) {
    for (const partition of partitions) {
      const held = model.get(textOf({ action, partition, scope }));
      if (held !== undefined) return held;
    }
  }
  return undefined;
}

function checkAll(table: EntryTable, model: Model, actions: readonly Uint8Array[]): void {
  for (const action of actions) {
    for (const view of views) {
      const held = expected(model, view.scopes, action);
      const row = held && { ...outputOf(held.number), ...entryOf(held.slot, held.number), used: held.usedMinute };
      expect(table.find(view, action)).toEqual(row);
    }
  }
  expect(table.count).toBe(model.size);
}

const steps = fc.array(
  fc.record({
    what: fc.constantFrom("put", "put", "put", "remove", "mark"),
    action: fc.nat(60),
    scope: fc.constantFrom(...scopes),
    partition: fc.constantFrom(...partitions),
    number: fc.nat(1000),
  }),
  { maxLength: 300 },
);

test("a table holds what a map holds, whatever is put, replaced and removed", () => {
  const actions = Array.from({ length: 61 }, (_, number) => actionOf(number));
  fc.assert(
    fc.property(steps, (taken) => {
      const table = createEntryTable(1e7);
      const model: Model = new Map();
      table.knowsUpTo(undefined);
      for (const { what, action: at, partition, scope, number } of taken) {
        const slot = { action: actions[at] as Uint8Array, partition, scope };
        const held = model.get(textOf(slot));
        if (what === "put") {
          table.put(slot, entryOf(slot, number), outputOf(number));
          model.set(textOf(slot), { slot, number, usedMinute: entryOf(slot, number).used });
        } else if (what === "remove") {
          table.remove(slot);
          model.delete(textOf(slot));
        } else if (held !== undefined && what === "mark") {
          const view = { scopes: [scope], partitions: [partition, 0] as const, readKey: `${scope} ${partition}` };
          expect(table.find(view, slot.action)).toBeObject();
          table.markLast(held.usedMinute + 1);
          model.set(textOf(slot), { ...held, usedMinute: held.usedMinute + 1 });
        }
      }
      checkAll(table, model, actions);
    }),
    { seed, numRuns: 100 },
  );
});

test("many entries come and go, and the memory with them", () => {
  const table = createEntryTable(1e8);
  table.knowsUpTo(undefined);
  const slots = Array.from({ length: 20_000 }, (_, number) => ({ action: actionOf(number), partition: 1, scope: 7 }));
  for (const [number, slot] of slots.entries()) table.put(slot, entryOf(slot, number), outputOf(number));
  const view = { scopes: [7], partitions, readKey: "7" };
  expect(slots.every(({ action }, number) => (table.find(view, action) as OutputRow).id === number)).toBe(true);
  expect(table.bytes).toBeLessThan(20_000 * 140);
  for (const slot of slots.slice(100)) table.remove(slot);
  expect(table.count).toBe(100);
  expect(table.bytes).toBeLessThan(256 * 20 * 120);
  expect(slots.map(({ action }) => table.find(view, action) !== undefined).filter(Boolean)).toHaveLength(100);
});

test("beyond its limit a table tells of what it has, and says of all else that the index must be asked", () => {
  const table = createEntryTable(200_000);
  table.knowsUpTo(undefined);
  const view = { scopes: [7], partitions, readKey: "7" };
  const slots = Array.from({ length: 5000 }, (_, number) => ({ action: actionOf(number), partition: 1, scope: 7 }));
  for (const [number, slot] of slots.entries()) table.put(slot, entryOf(slot, number), outputOf(number));
  expect(table.bytes).toBeLessThanOrEqual(200_000);
  expect(table.count).toBeGreaterThan(1000);
  const found = slots.map(({ action }) => table.find(view, action));
  expect(found.filter((row) => row !== "ask")).toHaveLength(table.count);
  expect(found.every((row, number) => row === "ask" || row?.id === number)).toBe(true);
  expect(table.find(view, actionOf(-1))).toBe("ask");
});

test("while only a part is known, nothing of less trust is told and no miss", () => {
  const table = createEntryTable(1e6, [{ scope: 7, partition: 1 }]);
  const view = { scopes: [7, 8], partitions, readKey: "7,8" };
  const [low, high] = [new Uint8Array(32), new Uint8Array(32).fill(200)];
  for (const action of [low, high]) {
    const slot = { action, partition: 1, scope: 8 };
    table.put(slot, entryOf(slot, 1), outputOf(1));
  }
  table.knowsUpTo(new Uint8Array(32).fill(100));
  expect(table.find(view, low)).toMatchObject({ scope: 8 });
  expect(table.find(view, high)).toBe("ask");
  expect(table.find(view, new Uint8Array(32).fill(1))).toBeUndefined();
});

test("values that do not fit are asked of the index", () => {
  const table = createEntryTable(1e6);
  table.knowsUpTo(undefined);
  const slot = { action: actionOf(1), partition: 1, scope: 7 };
  const view = { scopes: [7], partitions, readKey: "7" };
  table.put(slot, { ...entryOf(slot, 1), time_s: 2 ** 32 }, outputOf(1));
  expect(table.find(view, slot.action)).toBe("ask");
  table.put(slot, entryOf(slot, 1), outputOf(1));
  expect(table.find(view, slot.action)).toMatchObject({ id: 1 });
});
