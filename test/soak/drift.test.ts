/** `npm run soak -- drift`: 59 planted faults of seventeen kinds; screening; more than six factors. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { createRandom } from "../../src/stats/random.ts";
import {
  costlyFaults,
  createDriftBench,
  drawTrial,
  type DriftBench,
  faults,
  plainModule,
  runTrial,
} from "../e2e/drift-runs.ts";
import { testSeries } from "./series.ts";

let bench: DriftBench;
beforeAll(() => {
  bench = createDriftBench();
});
afterAll(() => bench[Symbol.dispose]());

const all = [...faults, ...costlyFaults];

// In a cold lab cache a part whose faults compile the standard library anew takes some minutes longer.
testSeries("planted faults", 8, async ({ first, runs }) => {
  for (let number = first; number < first + runs; number++) {
    const trial = drawTrial(createRandom(number, "soak"), all, true);
    const [seen, planted] = await runTrial(bench, trial, `planted-${number}`);
    expect(seen).toEqual(planted);
  }
});

test("without a fault, ten times silent", async () => {
  for (let number = 0; number < 10; number++) {
    const trial = drawTrial(createRandom(number, "silent"), all, false, 3);
    const [seen, planted] = await runTrial(bench, trial, `silent-${number}`);
    expect(seen).toEqual(planted);
  }
});

const six = ["workdir", "trimpath", "buildvcs", "commit", "asyncpreemptoff", "tz"].map((name) => `--factor=${name}`);

test("screening leaves out what changes nothing, and finds the same nine classes", async () => {
  const web =
    'package main\n\nimport (\n\t"fmt"\n\t"net/http"\n)\n\nfunc main() { fmt.Println(http.ListenAndServe("127.0.0.1:0", nil)) }\n';
  const module = bench.module("web", { "go.mod": "module example.org/web\n\ngo 1.24\n", "main.go": web });
  const { analysis } = await bench.drift(module, "--noise=0", ...six);
  expect(analysis).toMatchObject({ cells: 16, classes: 9, deciding: ["workdir", "trimpath", "buildvcs", "commit"] });
  const inert = analysis.screen.filter(({ factor }) => factor === "tz" || factor === "asyncpreemptoff");
  expect(inert.map(({ seen }) => seen)).toEqual(["same", "same", "same", "same"]);
});

test("above six factors random base cells find the same influences, and each factor is flipped in each base", async () => {
  const module = bench.module("many", plainModule);
  const more = ["--factor=dirty", "--factor=-gcflags=,-N", "--factor=ldflags"];
  const { analysis } = await bench.drift(module, "--no-screen", "--noise=0", ...six, ...more);
  expect(analysis.deciding).not.toContain("tz");
  for (const name of ["workdir", "trimpath", "buildvcs", "-gcflags", "ldflags"]) {
    expect(analysis.deciding).toContain(name);
  }
  for (const { factor, changed, edges } of analysis.influences) {
    expect(edges).toBeGreaterThanOrEqual(6);
    if (factor === "tz" || factor === "asyncpreemptoff") expect(changed).toBe(0);
    if (factor === "trimpath" || factor === "ldflags") expect(changed).toBe(edges);
  }
});

test("the pair of which it is said that 92 % of builds drift: none of 20", async () => {
  const module = bench.module("pair", plainModule);
  const { analysis, isFinding } = await bench.drift(module, "--no-screen", "--noise=20", "--factor=asyncpreemptoff");
  expect(isFinding).toBe(false);
  expect(analysis.noise).toMatchObject([
    { factor: "", builds: 20, classes: 1, different: 0, upperBound: expect.closeTo(0.1459, 3) as number },
    {
      factor: "asyncpreemptoff",
      builds: 20,
      classes: 1,
      different: 0,
      upperBound: expect.closeTo(0.1391, 3) as number,
    },
  ]);
});
