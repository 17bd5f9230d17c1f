/** The planted faults of `test/e2e/scheduling.test.ts`, 59 times each: without a wrong name, less than 5 % are wrong (95 %). */

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

const times = 59;
let planted: PlantedPrograms;
beforeAll(async () => {
  planted = await buildPlanted();
});
afterAll(() => planted[Symbol.dispose]());

function testLimited(title: string, run: () => Promise<void>): void {
  if (limitTrouble === undefined) test(title, run);
  else test.skip(`${title} [skipped: cgroup: ${limitTrouble}]`, () => undefined);
}

/** What was named how often: `{ throttling: 59 }`. */
async function countNames(name: () => Promise<string>): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < times; i++) {
    const seen = await name();
    counts[seen] = (counts[seen] ?? 0) + 1;
  }
  return counts;
}

for (const [index, { fault, needsLimit, words }] of observedPlants("").entries()) {
  const title = `observe ${words.slice(-2).join(" ")}: ${fault}`;
  const run = async (): Promise<void> => {
    const plant = observedPlants(planted.plain)[index];
    expect(await countNames(() => observedFaults(plant?.words ?? [], plant?.env))).toEqual({ [fault]: times });
  };
  if (needsLimit) testLimited(title, run);
  else test(title, run);
}

for (const workload of ["loop", "leaf"]) {
  testLimited(`lab sched, ${workload}`, async () => {
    expect(await schedCounts(workload, "none,0.2", times)).toEqual([
      `0.2/off: ${times} throttled, ${times} stalled of ${times}`,
      `0.2/on: ${times} throttled, 0 stalled of ${times}`,
      `none/off: 0 throttled, ${times} stalled of ${times}`,
      `none/on: 0 throttled, 0 stalled of ${times}`,
    ]);
  });
}

test("lab sched, idle: silent", async () => {
  expect(await schedCounts("idle", "none", times)).toEqual([
    `none/off: 0 throttled, 0 stalled of ${times}`,
    `none/on: 0 throttled, 0 stalled of ${times}`,
  ]);
});

for (const [plant, verdict] of [
  ["race", "data race"],
  ["preemption", "preemption"],
  ["both", "data race and preemption"],
  ["clean", "nothing seen"],
  ["deadlock", "neither"],
] as const) {
  test(`lab visibility, ${plant}: ${verdict}`, async () => {
    const deadline = plant === "deadlock" ? "700ms" : "6s";
    expect(await countNames(() => visibilityVerdict(planted, plant, deadline))).toEqual({ [verdict]: times });
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
  test.skip(`${onVersion2} [skipped: cgroup v2: this machine's cpu controller is not in it]`, () => undefined);
}
