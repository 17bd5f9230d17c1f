import { expect, test } from "bun:test";
import fc from "fast-check";

import { didYouMean, editDistance, nearestWord } from "./suggestion.ts";

test("single edits and swaps of neighbours cost one", () => {
  expect(editDistance("json", "jsno")).toBe(1);
  expect(editDistance("json", "jso")).toBe(1);
  expect(editDistance("json", "xson")).toBe(1);
  expect(editDistance("", "abc")).toBe(3);
  expect(editDistance("kitten", "sitting")).toBe(3);
});

test("the distance is symmetric, zero only for equal words, and at most the longer length", () => {
  const word = fc.string({ maxLength: 8 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      const distance = editDistance(a, b);
      expect(distance).toBe(editDistance(b, a));
      expect(distance === 0).toBe(a === b);
      expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
    }),
  );
});

test("only near words are proposed", () => {
  expect(nearestWord("vrsion", ["help", "version"])).toBe("version");
  expect(nearestWord("vers", ["help", "version"])).toBe("version");
  expect(nearestWord("banana", ["help", "version"])).toBeUndefined();
  expect(nearestWord("x", ["json"])).toBeUndefined();
  expect(didYouMean("jsn", ["json"], (word) => `--${word}`)).toBe(" (did you mean --json?)");
  expect(didYouMean("jsn", [])).toBe("");
});
