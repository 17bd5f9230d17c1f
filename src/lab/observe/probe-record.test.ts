import { expect, test } from "bun:test";
import { parseProbe } from "./probe-record.ts";

/** 90 sleeps in the first bucket, 9 in the eleventh, one in the last; as Go prints a slice of numbers. */
const counts = Array.from(
  { length: 80 },
  (_, at) =>
    new Map([
      [0, 90],
      [10, 9],
      [79, 1],
    ]).get(at) ?? 0,
);
const record = `2000000 100 190000 [${counts.join(" ")}]`;

test("a record and what it means", () => {
  const lateness = parseProbe(`${record.padEnd(1023)}\n`, 2500);
  expect(lateness).toMatchObject({ ticks: 100, p50Ms: 0.01, maxMs: 190, silentMs: 500 });
  expect(lateness?.p99Ms).toBeCloseTo(0.01 * 1.25 ** 10, 3);
});

test("a record that is torn or not ours is none", () => {
  for (const text of ["", record.slice(0, 50), "1 2 3 [1 2]", "x y z [0]", record.replace("100", "-1")]) {
    expect(parseProbe(text, 100)).toBeUndefined();
  }
});
