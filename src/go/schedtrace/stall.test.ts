import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { createStallWatch, type StallWatch } from "./stall.ts";
import { parseSchedLine, type SchedSample } from "./trace-line.ts";

function recorded(version: string): readonly SchedSample[] {
  const text = readFileSync(new URL(`fixtures/go${version}.txt`, import.meta.url), "utf8");
  return text.split("\n").flatMap((line) => parseSchedLine(line) ?? []);
}

function watchAll(samples: readonly SchedSample[], cpuPerMs: number): StallWatch {
  const watch = createStallWatch();
  for (const sample of samples) watch.add(sample, sample.sinceStartMs * cpuPerMs);
  return watch;
}

describe("recorded traces", () => {
  for (const version of ["1.25", "1.26", "1.27"]) {
    test(`Go ${version}: the stuck program stalls, the idle one does not`, () => {
      const samples = recorded(version);
      expect(watchAll(samples.slice(0, 4), 2).longest()).toBeUndefined();
      const watch = watchAll(samples.slice(4), 2);
      expect(watch.longest()?.cpuMs).toBeGreaterThan(200);
      expect(watch.currentCpuMs()).toBe(watch.longest()?.cpuMs as number);
    });
  }

  test("a program that stands still burns nothing: no stall", () => {
    expect(watchAll(recorded("1.26").slice(4), 0.01).longest()).toBeUndefined();
  });

  test("older traces cannot show it, and say so", () => {
    const watch = watchAll(recorded("1.24").slice(4), 2);
    expect([watch.longest(), watch.seen.showsStalls]).toEqual([undefined, false]);
    expect(watchAll(recorded("1.26"), 2).seen.showsStalls).toBe(true);
  });
});

test("a processor that begins slices is no stall", () => {
  const [first] = recorded("1.26").slice(4);
  const ticking = Array.from({ length: 20 }, (_, at) => ({
    ...(first as SchedSample),
    sinceStartMs: at * 100,
    schedTicks: [2, at * 10],
  }));
  expect(watchAll(ticking, 2).longest()).toBeUndefined();
});

test("two processes in one trace are noticed", () => {
  const samples = recorded("1.26");
  expect(watchAll(samples.slice(4), 1).seen.isMixed).toBe(false);
  expect(watchAll(samples, 1).seen.isMixed).toBe(true);
});
