/**
 * The one shape of an experiment.
 *
 * To add a lab:
 * 1. `labs/NAME/lab.ts` exports one object that satisfies `Lab`, named `NAMELab`. Everything else of it lies beside it.
 *    `open` looks at the input, prepares what all runs share and says which factors and designs there are; `next` says
 *    which cells to run after those that were run; `run` does one of them, in folders from `bench.folder()` and by
 *    programs started with `bench.run`; `analyse` makes plain JSON of the raw values; `report` makes a document of that.
 * 2. `src/cli/commands/lab-NAME.ts` declares the command: its flags are `{ ...labFlags, …own }`, and its `run` calls
 *    `runLabCommand(context, lab, flags, own flags' names, () => input)` of `src/cli/lab-command.ts`.
 * 3. `npm run generate`. A page in `docs/guides`, tests beside the lab and in `test/e2e/lab-NAME.test.ts`.
 *
 * The frame (`run-lab.ts`) does the rest for all: the estimate, the budget, the order by the seed, raw values as JSON
 * lines, resuming, progress, the end of all processes and folders, and text, JSON and HTML.
 */

import type { ReportDocument } from "../report/document.ts";
import type { Bench } from "./bench.ts";

/** What is varied. */
export interface LabFactor {
  readonly name: string;
  /** One sentence: what it is, and what its levels mean. */
  readonly doc: string;
  readonly levels: readonly string[];
}

/** One run to be made: a level for each factor that matters to it. */
export interface Cell {
  /** Unique within its stage; the same after a resume. A repetition has its number in it. */
  readonly id: string;
  readonly levels: Readonly<Record<string, string>>;
}

export interface Stage {
  /** Unique within the lab. */
  readonly name: string;
  /** What it is for, as progress shows it. */
  readonly title: string;
  /** Cells of one round are run before those of the next: repetitions in rounds are interleaved by that. */
  readonly rounds: readonly (readonly Cell[])[];
  /** `shuffled`: the cells of a round in an order of chance, by the seed. */
  readonly order: "shuffled" | "given";
}

/** A run that was made, as it is kept. */
export interface Run<Value> {
  readonly stage: string;
  readonly cell: Cell;
  readonly value: Value;
  /** Wall-clock time of its start, and how long it took. */
  readonly startedAtMs: number;
  readonly durationMs: number;
}

/** How thorough to be. */
export interface Design {
  readonly name: string;
  /** One sentence: what it can and what it cannot tell. */
  readonly doc: string;
  /** At most. */
  readonly runs: number;
  readonly estimateMs: number;
}

export interface Experiment<Value, Analysis> {
  readonly factors: readonly LabFactor[];
  /** What the runs are of and on: versions, digests. A run is resumed only where all of it is the same. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** From the least to the best. Without a budget the one that `byDefault` names is taken, else the last. */
  readonly designs: readonly Design[];
  readonly byDefault?: string;
  /** What to run next, or `undefined` at the end. For the same runs always the same answer: resuming rests on that. */
  next(design: Design, runs: readonly Run<Value>[]): Stage | undefined;
  /** Makes one run. What it returns must be plain JSON. */
  run(cell: Cell, stage: Stage): Promise<Value>;
  /** Plain JSON, as `--json` prints it. May make side runs, to find out where a difference is. */
  analyse(design: Design, runs: readonly Run<Value>[]): Promise<Analysis>;
  report(analysis: Analysis): LabReport;
}

export interface LabReport {
  readonly document: ReportDocument;
  /** Whether the exit status is 1: what the lab was asked to find is there. */
  readonly isFinding: boolean;
}

/** A lab. `Input` is what its own flags say, as plain JSON: it is kept with the raw values. */
export interface Lab<Input, Value, Analysis> {
  /** Equal to its folder, and to the word after `ballast lab`. */
  readonly name: string;
  readonly title: string;
  open(input: Input, bench: Bench): Promise<Experiment<Value, Analysis>>;
}
