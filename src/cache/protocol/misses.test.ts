import { expect, test } from "bun:test";
import fc from "fast-check";
import { decodeMisses, encodeMisses } from "./misses.ts";

test("what was missed is read back in its order", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (isMiss) => {
      const actions = isMiss.map((_, at) => `action ${at}`);
      const bits = encodeMisses(isMiss);
      expect(bits.length).toBe(Math.ceil(isMiss.length / 8));
      expect(decodeMisses(bits, actions)).toEqual(actions.filter((_, at) => isMiss[at]));
    }),
  );
});

test("bits of another number of actions are refused", () => {
  expect(() => decodeMisses(new Uint8Array(2), ["one"])).toThrow("2 bytes of misses for 1 actions");
  expect(() => decodeMisses(new Uint8Array(0), ["one"])).toThrow("0 bytes");
});
