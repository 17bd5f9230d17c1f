/** Runs a lab from its start, or from where it was stopped, to its report. */

import { formatDuration } from "../core/human-units.ts";
import { createRandom, shuffled } from "../stats/random.ts";
import { interrupted, type Bench } from "./bench.ts";
import { labErrors } from "./errors.ts";
import type { Cell, Design, Experiment, Lab, LabFactor, LabReport, Run, Stage } from "./lab.ts";
import { createLabState, openLabState, type LabStart, type LabState } from "./lab-state.ts";

/** Where the raw values are, and what an experiment that was stopped was started with. */
export interface LabPlace {
  readonly folder: string;
  /** Absent for a new experiment. */
  readonly resumed?: LabStart;
  readonly budgetMs?: number;
}

export interface LabOutcome<Analysis> {
  readonly design: Design;
  readonly factors: readonly LabFactor[];
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly runs: number;
  readonly tookMs: number;
  readonly analysis: Analysis;
  readonly report: LabReport;
}

/** Throws `lab/…`, and what the lab's own room throws. */
export async function runLab<Input, Value, Analysis>(
  lab: Lab<Input, Value, Analysis>,
  input: Input,
  bench: Bench,
  place: LabPlace,
): Promise<LabOutcome<Analysis>> {
  const startedMs = bench.clock.monotonicMs();
  const experiment = await lab.open(input, bench);
  const design = chooseDesign(experiment, place);
  const state = openState<Value>(lab.name, input, bench.seed, experiment, design, place);
  bench.note(estimateLine(lab.name, design, state));
  const runs = await makeRuns(experiment, design, state, bench);
  const analysis = await experiment.analyse(design, runs);
  const report = experiment.report(analysis);
  const { factors, facts } = experiment;
  const tookMs = bench.clock.monotonicMs() - startedMs;
  return { design, factors, facts, runs: runs.length, tookMs, analysis, report };
}

type AnyExperiment = Pick<Experiment<unknown, unknown>, "designs" | "byDefault" | "facts">;

function chooseDesign({ designs, byDefault }: AnyExperiment, { resumed, budgetMs }: LabPlace): Design {
  const named = designs.find(({ name }) => name === (resumed?.design ?? byDefault));
  if (resumed !== undefined && named === undefined) {
    throw labErrors.error("lab/state-unreadable", `there is no design ${JSON.stringify(resumed.design)}`);
  }
  if (resumed !== undefined || budgetMs === undefined) return named ?? (designs.at(-1) as Design);
  const fitting = designs.findLast(({ estimateMs }) => estimateMs <= budgetMs);
  if (fitting !== undefined) return fitting;
  const least = designs[0] as Design;
  throw labErrors.error(
    "lab/budget-too-small",
    `the smallest design, ${least.name}, takes about ${formatDuration(least.estimateMs)}, more than ${formatDuration(budgetMs)}`,
  );
}

function openState<Value>(
  lab: string,
  input: unknown,
  seed: number,
  { facts }: AnyExperiment,
  design: Design,
  { folder, resumed }: LabPlace,
): LabState<Value> {
  if (resumed === undefined) {
    return createLabState(folder, { version: 1, lab, input, seed, design: design.name, facts });
  }
  const changed = facts.flatMap(([name, value]) => {
    const before = resumed.facts.find(([other]) => other === name)?.[1];
    return before === value ? [] : [`${name}: ${before ?? "nothing"} then, ${value} now`];
  });
  if (changed.length > 0) throw labErrors.error("lab/resume-elsewhere", changed.join("; "));
  return openLabState(folder, resumed);
}

function estimateLine(lab: string, { name, runs, estimateMs }: Design, state: LabState<unknown>): string {
  const done = state.runs.length === 0 ? "" : `, of which ${state.runs.length} are made`;
  return `lab ${lab}: design ${name}, at most ${runs} runs${done}, about ${formatDuration(estimateMs)}; raw values in ${state.folder}`;
}

/** The runs of this design, in the order in which it asked for them. */
async function makeRuns<Value>(
  experiment: Experiment<Value, unknown>,
  design: Design,
  state: LabState<Value>,
  bench: Bench,
): Promise<readonly Run<Value>[]> {
  const kept = new Map(state.runs.map((run) => [keyOf(run.stage, run.cell), run]));
  const runs: Run<Value>[] = [];
  for (;;) {
    const stage = experiment.next(design, runs);
    if (stage === undefined) return runs;
    const cells = orderOf(stage, bench.seed);
    // Of this stage alone: cold and warm builds differ by a factor of thirty.
    const pace = createPace(design);
    for (const [index, cell] of cells.entries()) {
      const before = kept.get(keyOf(stage.name, cell));
      if (before !== undefined) {
        runs.push(before);
        continue;
      }
      if (bench.signal.aborted) throw interrupted(bench.signal);
      bench.status(`${stage.title}: ${index + 1} of ${cells.length}${pace.left(cells.length - index)}`);
      const run = await makeRun(experiment, stage, cell, bench);
      pace.add(run.durationMs);
      state.add(run);
      runs.push(run);
    }
  }
}

async function makeRun<Value>(
  experiment: Experiment<Value, unknown>,
  stage: Stage,
  cell: Cell,
  { clock }: Bench,
): Promise<Run<Value>> {
  const startedAtMs = clock.nowMs();
  const startedMs = clock.monotonicMs();
  const value = await experiment.run(cell, stage);
  return { stage: stage.name, cell, value, startedAtMs, durationMs: clock.monotonicMs() - startedMs };
}

function keyOf(stage: string, cell: Cell): string {
  return `${stage}\0${cell.id}`;
}

/** Of the seed and the stage alone, so that a resumed experiment has the same order. */
function orderOf(stage: Stage, seed: number): readonly Cell[] {
  const random = createRandom(seed, `order of ${stage.name}`);
  return stage.rounds.flatMap((round) => (stage.order === "given" ? round : shuffled(round, random)));
}

/** What is left of a stage, by what its runs took so far. */
function createPace({ runs, estimateMs }: Design): { add(durationMs: number): void; left(cells: number): string } {
  let count = 0;
  let sumMs = 0;
  return {
    add: (durationMs) => {
      count++;
      sumMs += durationMs;
    },
    left: (cells) => {
      const eachMs = count === 0 ? estimateMs / Math.max(1, runs) : sumMs / count;
      return `, about ${formatDuration(cells * eachMs)} left of this stage`;
    },
  };
}
