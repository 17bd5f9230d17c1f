/**
 * One simulation by itself: `bun test/contract/fleet-simulation/run-simulation.ts --seed N [--steps N] [--plant NAME]`.
 * With `--plant` a bug is put into the program first, which the simulation must find.
 */

import { parseArgs } from "node:util";
import { plant } from "./planted-bugs.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    steps: { type: "string" },
    nodes: { type: "string" },
    plant: { type: "string" },
  },
});

if (values.plant !== undefined) plant(values.plant);
const { simulate } = await import("./simulation.ts");
const startedMs = performance.now();
const report = await simulate({
  seed: Number(values.seed ?? Date.now() % 2 ** 31),
  steps: Number(values.steps ?? 20_000),
  nodes: Number(values.nodes ?? 3),
});
process.stdout.write(`${JSON.stringify({ ...report, ms: Math.round(performance.now() - startedMs) })}\n`);
