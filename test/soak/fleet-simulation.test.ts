/**
 * The fleet in simulation, for longer: two million steps, or BALLAST_SOAK_RUNS times 50,000. BALLAST_TEST_SEED sets the
 * first seed.
 */

import { expect, test } from "bun:test";
import { simulate } from "../contract/fleet-simulation/simulation.ts";

const firstSeed = Number(process.env["BALLAST_TEST_SEED"] ?? Date.now() % 2 ** 20);
const runs = Number(process.env["BALLAST_SOAK_RUNS"] ?? 40);
const stepsOfRun = 50_000;

test.each(Array.from({ length: runs }, (_, at) => firstSeed + at))("simulation with seed %d", async (seed) => {
  const report = await simulate({ seed, steps: stepsOfRun, nodes: 2 + (seed % 4) });
  process.stdout.write(`seed ${seed}: ${JSON.stringify(report)}\n`);
  expect(report.steps).toBeGreaterThanOrEqual(stepsOfRun);
});
