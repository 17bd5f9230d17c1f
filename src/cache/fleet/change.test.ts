import { expect, test } from "bun:test";
import fc from "fast-check";
import { hasCode } from "../../core/errors.ts";
import { bestOf } from "../state/merge.ts";
import type { Purge } from "../state/purge.ts";
import type { Candidate, SlotChange } from "../state/slot-state.ts";
import { decodeSlot, encodeSlot, slotValueBytesMax } from "./change.ts";
import { purgeBusKey, slotBusKey } from "./key.ts";
import { decodePurge, encodePurge } from "./purge-change.ts";

const seed = Number(process.env["BALLAST_TEST_SEED"] ?? Date.now() % 2 ** 31);
const runs = { seed, numRuns: 500 };

const hex64 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString("hex"));
const text = fc.string({ minLength: 1, maxLength: 60, unit: "grapheme" });
const stamp = { version: fc.nat({ max: 2 ** 40 }), source: text };
const provenance = fc.oneof(
  fc.constant(""),
  fc.dictionary(text, text, { maxKeys: 5 }).map((one) => JSON.stringify(one)),
);

const candidate: fc.Arbitrary<Candidate> = fc.record({
  ...stamp,
  output: hex64,
  sizeBytes: fc.nat(1024 * 1024),
  kind: fc.nat(13),
  timeNs: fc.bigInt({ min: 0n, max: 2n ** 62n }),
  putMs: fc.nat(2 ** 42),
  costMs: fc.nat(0x7fffffff),
  provenance,
});

const change: fc.Arbitrary<SlotChange> = fc.record({
  key: fc.record({
    action: hex64.map((hex) => Buffer.from(hex, "hex")),
    partition: hex64,
    scope: text,
  }),
  state: fc.record({
    era: fc.oneof(fc.constant({ version: 0, source: "" }), fc.record({ ...stamp, version: fc.integer({ min: 1 }) })),
    candidates: fc.array(candidate, { maxLength: 5 }).map(bestOf),
  }),
});

test("a slot comes out as it went in", () => {
  fc.assert(
    fc.property(change, (one) => {
      const bytes = encodeSlot(one);
      expect(bytes.length).toBeLessThanOrEqual(slotValueBytesMax);
      expect(decodeSlot(bytes)).toEqual(one);
    }),
    runs,
  );
});

test("a purge comes out as it went in", () => {
  const id = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString("hex"));
  const match = fc.record(
    {
      scope: text,
      kind: fc.nat(255),
      output: hex64,
      sinceMs: fc.nat(),
      provenance: fc.dictionary(text, text, { maxKeys: 5 }).map((fields) => ({ ...fields })),
    },
    { requiredKeys: [] },
  );
  const purge: fc.Arbitrary<Purge> = fc.record({
    ...stamp,
    id,
    createdMs: fc.nat(),
    expiresMs: fc.nat(),
    by: fc.constant("{}"),
    keepsOut: fc.boolean(),
    match,
  });
  fc.assert(
    fc.property(purge, (one) => {
      expect(decodePurge(encodePurge(one))).toEqual(one);
    }),
    runs,
  );
});

test("whatever else lies on the bus is refused with a code", () => {
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map((json) => Buffer.from(json)),
    fc.tuple(change, fc.nat(), fc.nat(255)).map(([one, at, byte]) => {
      const bytes = Buffer.from(encodeSlot(one));
      bytes[at % bytes.length] = byte;
      return bytes;
    }),
  );
  fc.assert(
    fc.property(anything, (bytes) => {
      for (const decode of [decodeSlot, decodePurge]) {
        try {
          decode(bytes);
        } catch (cause) {
          expect(hasCode(cause, "fleet/malformed")).toBe(true);
        }
      }
    }),
    runs,
  );
});

test.each([
  ["too long", Buffer.alloc(slotValueBytesMax + 1, "x")],
  ["another shape", Buffer.from('{"v":2}')],
  ["a list", Buffer.from("[]")],
])("%s is refused", (_name, bytes) => {
  expect(() => decodeSlot(bytes)).toThrow();
});

test("a purge with a field of a newer version is refused: it would remove more than was meant", () => {
  const id = "0".repeat(32);
  const value = { v: 1, stamp: [1, "a"], id, createdMs: 1, expiresMs: 2, by: "", keepsOut: false, match: { moon: 1 } };
  expect(() => decodePurge(Buffer.from(JSON.stringify(value)))).toThrow();
});

test("keys keep to what a bus takes, and tell slots apart", () => {
  fc.assert(
    fc.property(change, change, ({ key: a }, { key: b }) => {
      expect(slotBusKey(a)).toMatch(/^e\.[0-9a-f]{2}\.[0-9a-f]{40}$/);
      expect(slotBusKey(a).slice(2, 4)).toBe(Buffer.from(a.action).toString("hex", 0, 1));
      const isSame = Bun.deepEquals(a, b);
      expect(slotBusKey(a) === slotBusKey(b)).toBe(isSame);
    }),
    runs,
  );
  expect(purgeBusKey("ab")).toBe("p.ab");
});
