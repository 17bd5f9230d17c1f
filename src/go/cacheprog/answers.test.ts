import { expect, test } from "bun:test";
import fc from "fast-check";
import { hitAnswer, TimeText } from "./answers.ts";

test("a time keeps all its nanoseconds", () => {
  const times = new TimeText();
  expect(times.of(0n)).toBe("1970-01-01T00:00:00.000000000Z");
  expect(times.of(1_700_000_000_000_000_001n)).toBe("2023-11-14T22:13:20.000000001Z");
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n }), (timeNs) => {
      const text = times.of(timeNs);
      expect(BigInt(Date.parse(`${text.slice(0, 19)}Z`)) * 1_000_000n + BigInt(text.slice(20, 29))).toBe(timeNs);
    }),
  );
});

test("an answer is one line of JSON", () => {
  const line = hitAnswer(7, "b3V0", 12, "2023-11-14T22:13:20.000000001Z", JSON.stringify('/a "b"/c-d'));
  expect(line.endsWith("}\n")).toBe(true);
  expect(JSON.parse(line)).toEqual({
    ID: 7,
    OutputID: "b3V0",
    Size: 12,
    Time: "2023-11-14T22:13:20.000000001Z",
    DiskPath: '/a "b"/c-d',
  });
});
