import { expect, test } from "bun:test";
import { createSharedState, sum, word } from "./shared-state.ts";

test("every word has a place of its own, and there is room for it", () => {
  const { ints, sums } = createSharedState();
  for (const [places, room] of [
    [Object.values(word), ints.length],
    [Object.values(sum), sums.length],
  ] as const) {
    expect(new Set<number>(places).size).toBe(places.length);
    expect(Math.max(...places)).toBeLessThan(room);
  }
});
