import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { isMixed, longestStall, showsStalls, type TimedSample } from "./stall.ts";
import { parseSchedLine, type SchedSample } from "./trace-line.ts";

function recorded(version: string): readonly SchedSample[] {
  const text = readFileSync(new URL(`fixtures/go${version}.txt`, import.meta.url), "utf8");
  return text.split("\n").flatMap((line) => parseSchedLine(line) ?? []);
}

function burning(samples: readonly SchedSample[], cpuPerMs: number): TimedSample[] {
  return samples.map((sample) => ({ sample, cpuMs: sample.sinceStartMs * cpuPerMs }));
}

describe("recorded traces", () => {
  for (const version of ["1.25", "1.26", "1.27"]) {
    test(`Go ${version}: the stuck program stalls, the idle one does not`, () => {
      const samples = recorded(version);
      expect(longestStall(burning(samples.slice(0, 4), 2))).toBeUndefined();
      const stall = longestStall(burning(samples.slice(4), 2));
      expect(stall?.cpuMs).toBeGreaterThan(200);
    });
  }

  test("a program that stands still burns nothing: no stall", () => {
    expect(longestStall(burning(recorded("1.26").slice(4), 0.01))).toBeUndefined();
  });

  test("older traces cannot show it, and say so", () => {
    const series = burning(recorded("1.24").slice(4), 2);
    expect(longestStall(series)).toBeUndefined();
    expect(showsStalls(series)).toBe(false);
    expect(showsStalls(burning(recorded("1.26"), 2))).toBe(true);
  });
});

test("a processor that begins slices is no stall", () => {
  const [first] = recorded("1.26").slice(4);
  const ticking = Array.from({ length: 20 }, (_, at) => ({
    sample: { ...(first as SchedSample), sinceStartMs: at * 100, schedTicks: [2, at * 10] },
    cpuMs: at * 200,
  }));
  expect(longestStall(ticking)).toBeUndefined();
});

test("two processes in one trace are noticed", () => {
  const samples = recorded("1.26");
  expect(isMixed(burning(samples.slice(4), 1))).toBe(false);
  expect(isMixed(burning(samples, 1))).toBe(true);
});
