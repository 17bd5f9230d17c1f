/** `ballast lab visibility`: does one goroutine not see another's write, or is it never let to run? */

import type { Bench } from "../../bench.ts";
import type { Cell, Experiment, Lab, LabFactor } from "../../lab.ts";
import { offeredRounds, type RoundDesign, roundDesigns, roundsOf } from "../../rounds.ts";
import { analyseVisibility, type VisibilityAnalysis } from "./analysis.ts";
import { runOnce, type VisibilityValue } from "./program-run.ts";
import { visibilityReport } from "./report.ts";
import { openTarget, type VisibilityInput } from "./target.ts";

export const visibilityLab: Lab<VisibilityInput, VisibilityValue, VisibilityAnalysis> = {
  name: "visibility",
  title: "data race or preemption",
  open: openVisibility,
};

/** Two rounds are four runs with and four without preemption: all against none is p = 0.014, at two numbers of processors 0.043. */
const designs: readonly RoundDesign[] = [
  { name: "glance", rounds: 2, doc: "two runs of each combination: finds what happens nearly always" },
  { name: "main", rounds: 5, doc: "five runs of each combination" },
  { name: "full", rounds: 20, doc: "twenty runs of each combination: finds what happens in every tenth run" },
];

async function openVisibility(
  input: VisibilityInput,
  bench: Bench,
): Promise<Experiment<VisibilityValue, VisibilityAnalysis>> {
  const target = await openTarget(input, bench);
  const factors = factorsFor(input, target.race !== undefined);
  const eachMs = await trialMs(bench, (cell) => runOnce(bench, target, input, cell), factors);
  const notes = target.raceTrouble === undefined ? [] : [`the race detector was not asked: ${target.raceTrouble}`];
  for (const note of notes) bench.note(`lab visibility: ${note.split("\n")[0]}`);
  const cells = factors.reduce((product, { levels }) => product * levels.length, 1);
  const offered = offeredRounds(designs, input.runs);
  return {
    factors,
    facts: target.facts,
    designs: roundDesigns(offered, cells, cells * eachMs),
    byDefault: "main",
    next: ({ name }, runs) =>
      runs.length > 0
        ? undefined
        : { name: "cells", title: "runs", rounds: cellRounds(factors, roundsOf(offered, name)), order: "shuffled" },
    run: (cell) => runOnce(bench, target, input, cell),
    analyse: (_design, runs) => Promise.resolve(analyseVisibility(runs, notes)),
    report: (analysis) => visibilityReport(analysis, target.facts),
  };
}

function factorsFor({ gomaxprocs }: VisibilityInput, canRace: boolean): readonly LabFactor[] {
  return [
    {
      name: "asyncpreempt",
      doc: "off is GODEBUG=asyncpreemptoff=1: goroutines are interrupted at calls only",
      levels: ["on", "off"],
    },
    { name: "race", doc: "built with -race", levels: canRace ? ["off", "on"] : ["off"] },
    { name: "gomaxprocs", doc: "how many goroutines run at once", levels: gomaxprocs },
  ];
}

/** One run with preemption, for the estimate; those without it may take until the deadline. */
async function trialMs(
  bench: Bench,
  run: (cell: Cell) => Promise<unknown>,
  factors: readonly LabFactor[],
): Promise<number> {
  const startedMs = bench.clock.monotonicMs();
  const levels = Object.fromEntries(factors.map(({ name, levels: [first = ""] }) => [name, first]));
  bench.status("a first run, to see how long it takes");
  await run({ id: "trial", levels });
  return bench.clock.monotonicMs() - startedMs;
}

function cellRounds(factors: readonly LabFactor[], count: number): readonly (readonly Cell[])[] {
  let combinations: readonly Readonly<Record<string, string>>[] = [{}];
  for (const { name, levels } of factors) {
    combinations = combinations.flatMap((one) => levels.map((level) => ({ ...one, [name]: level })));
  }
  return Array.from({ length: count }, (_, round) =>
    combinations.map((one) => ({ id: `${Object.values(one).join(" ")} #${round}`, levels: one })),
  );
}
