import { expect, test } from "bun:test";
import fc from "fast-check";
import { coversDays, decodeDays, encodeDays, mergeDays, prefixOf, type UseDays, useKey } from "./use-days.ts";

const seed = Number(process.env["BALLAST_TEST_SEED"] ?? Date.now() % 2 ** 31);
const runs = { seed, numRuns: 300 };
const prefix = fc.constantFrom("00".repeat(8), "ab".repeat(8), "ff".repeat(8), "0123456789abcdef");
const days: fc.Arbitrary<UseDays> = fc
  .array(fc.tuple(prefix, fc.integer({ min: 1, max: 65_535 })))
  .map((pairs) => new Map(pairs));
const sorted = (map: UseDays): unknown => [...map].map(([action, day]) => `${action} ${day}`).toSorted();

test("they merge in any order and however often, and forget nothing", () => {
  fc.assert(
    fc.property(days, days, days, (a, b, c) => {
      expect(sorted(mergeDays(a, b))).toEqual(sorted(mergeDays(b, a)));
      expect(sorted(mergeDays(mergeDays(a, b), c))).toEqual(sorted(mergeDays(a, mergeDays(b, c))));
      expect(sorted(mergeDays(a, a))).toEqual(sorted(a));
      expect(coversDays(mergeDays(a, b), b)).toBe(true);
      expect(coversDays(a, mergeDays(a, b))).toBe(coversDays(a, b));
    }),
    runs,
  );
});

test("they are read back as they were written", () => {
  fc.assert(
    fc.property(days, (some) => {
      expect(sorted(decodeDays(encodeDays(some)))).toEqual(sorted(some));
    }),
    runs,
  );
});

test("of more than a value holds those used last are told", () => {
  const many = new Map(Array.from({ length: 7000 }, (_, at) => [at.toString(16).padStart(16, "0"), at + 1]));
  const told = decodeDays(encodeDays(many));
  expect(told.size).toBe(6000);
  expect(Math.min(...told.values())).toBe(1001);
});

test.each([[""], ["02"], ["01ff"], ["0100112233445566770001ff"]])("what is no such value is refused: %j", (hex) => {
  expect(() => decodeDays(Buffer.from(hex, "hex"))).toThrow();
});

test("keys and prefixes", () => {
  expect([useKey(0), useKey(4095)]).toEqual(["u.000", "u.fff"]);
  expect(prefixOf(Buffer.from("0123456789abcdef0011", "hex"))).toBe("0123456789abcdef");
});
