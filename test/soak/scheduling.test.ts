/** The planted faults of `test/e2e/scheduling.test.ts`, 59 times each, and as often nothing planted. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { cpuCgroupOf } from "../../src/core/cgroup/hierarchy.ts";
import {
  buildPlanted,
  limitTrouble,
  observedFaults,
  observedPlants,
  type PlantedPrograms,
  schedCounts,
  visibilityVerdict,
} from "../e2e/starvation-series.ts";
import { type SeriesPart, testSeries } from "./series.ts";

let planted: PlantedPrograms;
beforeAll(async () => {
  planted = await buildPlanted();
});
afterAll(() => planted[Symbol.dispose]());

function limitedSeries(name: string, most: number, run: (part: SeriesPart) => Promise<void>): void {
  if (limitTrouble === undefined) testSeries(name, most, run);
  else test.skip(`${name} [skipped: cgroup: ${limitTrouble}]`, () => undefined);
}

/** What was named how often: `{ throttling: 20 }`. */
async function countNames(times: number, name: () => Promise<string>): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < times; i++) {
    const seen = await name();
    counts[seen] = (counts[seen] ?? 0) + 1;
  }
  return counts;
}

for (const [index, { fault, needsLimit, words }] of observedPlants("").entries()) {
  const name = `observe ${words.slice(-2).join(" ")}: ${fault}`;
  const run = async ({ runs }: SeriesPart): Promise<void> => {
    const plant = observedPlants(planted.plain)[index];
    const seen = await countNames(runs, () => observedFaults(plant?.words ?? [], plant?.env));
    expect(seen).toEqual({ [fault]: runs });
  };
  if (needsLimit) limitedSeries(name, 30, run);
  else testSeries(name, 59, run);
}

for (const workload of ["loop", "leaf"]) {
  limitedSeries(`lab sched, ${workload}`, 20, async ({ runs }) => {
    expect(await schedCounts(workload, "none,0.2", runs)).toEqual([
      `0.2/off: ${runs} throttled, ${runs} stalled of ${runs}`,
      `0.2/on: ${runs} throttled, 0 stalled of ${runs}`,
      `none/off: 0 throttled, ${runs} stalled of ${runs}`,
      `none/on: 0 throttled, 0 stalled of ${runs}`,
    ]);
  });
}

testSeries("lab sched, idle: silent", 59, async ({ runs }) => {
  expect(await schedCounts("idle", "none", runs)).toEqual([
    `none/off: 0 throttled, 0 stalled of ${runs}`,
    `none/on: 0 throttled, 0 stalled of ${runs}`,
  ]);
});

for (const [plant, verdict, most] of [
  ["race", "data race", 20],
  ["preemption", "preemption", 20],
  ["both", "data race and preemption", 20],
  ["clean", "nothing seen", 20],
  ["deadlock", "neither", 10],
] as const) {
  testSeries(`lab visibility, ${plant}: ${verdict}`, most, async ({ runs }) => {
    const deadline = plant === "deadlock" ? "700ms" : "6s";
    const seen = await countNames(runs, () => visibilityVerdict(planted, plant, deadline));
    expect(seen).toEqual({ [verdict]: runs });
  });
}

const isVersion2 = cpuCgroupOf("self")?.version === 2;
const onVersion2 = "cgroup v2: a limit of its own throttles and is counted";
if (isVersion2 && limitTrouble === undefined) {
  test(onVersion2, async () => {
    expect(readFileSync("/proc/self/cgroup", "utf8")).toContain("0::");
    expect(await observedFaults(["--quota", "0.1", "--", planted.plain, "busy", "1000"])).toBe("throttling");
  });
} else {
  test.skip(`${onVersion2} [skipped: cgroup-v2: this machine's cpu controller is not in it]`, () => undefined);
}
