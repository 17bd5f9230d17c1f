/** `ballast lab isolation`: what jobs that build at the same time do to each other, in each cache mode. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Bench } from "../../bench.ts";
import { hasBuildKit } from "../../buildkit.ts";
import { type CleanGo, cleanGo } from "../../clean-environment.ts";
import { labErrors } from "../../errors.ts";
import type { Cell, Experiment, Lab, LabFactor } from "../../lab.ts";
import { offeredRounds, type RoundDesign, roundDesigns, roundsOf } from "../../rounds.ts";
import { analyseIsolation, type IsolationAnalysis } from "./analysis.ts";
import { type HostMode, hostModes, runHostJobs } from "./host-run.ts";
import { imageModes, type ImageMode, runImageJobs } from "./image-run.ts";
import { isolationReport } from "./report.ts";
import type { IsolationValue } from "./value.ts";

export interface IsolationInput {
  readonly modes: readonly string[];
  readonly jobs: number;
  /** Of each mode, in place of the designs. */
  readonly runs: number | undefined;
  /** The base of image builds, as a Dockerfile names it; empty: no image is built. */
  readonly image: string;
  /** A folder that stands for that image; empty: it is pulled. */
  readonly imageFolder: string;
}

export const isolationLab: Lab<IsolationInput, IsolationValue, IsolationAnalysis> = {
  name: "isolation",
  title: "isolation of concurrent builds",
  open: openIsolation,
};

const designs: readonly RoundDesign[] = [
  { name: "glance", rounds: 1, doc: "each mode once" },
  { name: "main", rounds: 4, doc: "four rounds: intervals for the times" },
  { name: "full", rounds: 10, doc: "ten rounds" },
];
const deadlineMs = 300_000;
/** Measured with two jobs on two cores; `isolated` and `off` compile the runtime several times, and so do images. */
const runMs: Readonly<Record<string, number>> = { native: 2000, shared: 3000, "read-only": 3000 };
const compilingRunMs = 17_000;

async function openIsolation(
  input: IsolationInput,
  bench: Bench,
): Promise<Experiment<IsolationValue, IsolationAnalysis>> {
  const go = await cleanGo(bench, bench.cwd);
  await warm(bench, go);
  const canImage = input.image !== "" && (await hasBuildKit(bench));
  const notes = imageNotes(input, canImage);
  for (const note of notes) bench.note(`lab isolation: ${note}`);
  const cells = cellsFor(input, canImage);
  const onceMs = cells.reduce((sum, { levels }) => sum + usualMs(levels), 0) * (input.jobs / 2);
  const offered = offeredRounds(designs, input.runs);
  const facts = [
    ["go", go.goEnv["GOVERSION"] ?? "?"],
    ["jobs at once", String(input.jobs)],
  ] as const;
  return {
    factors: factorsFor(cells),
    facts,
    designs: roundDesigns(offered, cells.length, onceMs),
    byDefault: "main",
    next: ({ name }, runs) =>
      runs.length > 0
        ? undefined
        : { name: "cells", title: "jobs", rounds: repeated(cells, roundsOf(offered, name)), order: "shuffled" },
    run: ({ levels }) =>
      levels["where"] === "image"
        ? runImageJobs(bench, imageBase(input), levels["mode"] as ImageMode, input.jobs)
        : runHostJobs(bench, go, levels["mode"] as HostMode, input.jobs),
    analyse: (_design, runs) => Promise.resolve(analyseIsolation(runs, notes)),
    report: (analysis) => isolationReport(analysis, facts),
  };
}

function usualMs(levels: Cell["levels"]): number {
  return levels["where"] === "image" ? compilingRunMs : (runMs[levels["mode"] ?? ""] ?? compilingRunMs);
}

function imageBase({ image, imageFolder }: IsolationInput): {
  readonly name: string;
  readonly folder: string | undefined;
} {
  return { name: image, folder: imageFolder === "" ? undefined : imageFolder };
}

function imageNotes({ image }: IsolationInput, canImage: boolean): string[] {
  if (canImage) return [];
  return image === ""
    ? ["image builds were left out: --image names the base that they begin with"]
    : ["image builds are not verified: no BuildKit answers to buildctl (BUILDKIT_HOST)"];
}

/** Compiles the runtime into the lab's own cache, from which each run starts. */
async function warm(bench: Bench, go: CleanGo): Promise<void> {
  using own = bench.folder("isolation-warm");
  const folder = join(own.path, "module");
  mkdirSync(folder);
  // Nothing of what jobs compile: what is in this cache is linked into each run's, and never written to.
  writeFileSync(join(folder, "go.mod"), "module example.org/warm\n\ngo 1.21\n");
  writeFileSync(join(folder, "main.go"), "package main\n\nfunc main() {}\n");
  mkdirSync(go.gocache, { recursive: true });
  bench.status("compiling the runtime into the lab's cache");
  const words = ["go", "build", "-trimpath", "-buildvcs=false", "-o", join(own.path, "program"), "."];
  const result = await bench.run(words, { cwd: folder, env: { ...go.env, CGO_ENABLED: "0" }, deadlineMs });
  if (result.exitCode !== 0) throw labErrors.error("lab/go-unusable", result.stderr.slice(-2000));
}

function cellsFor({ modes }: IsolationInput, canImage: boolean): readonly Cell[] {
  const wanted = (mode: string): boolean => modes.length === 0 || modes.includes(mode);
  const cell = (where: string, mode: string): Cell => ({ id: `${where} ${mode}`, levels: { where, mode } });
  return [
    ...hostModes.filter(wanted).map((mode) => cell("host", mode)),
    ...(canImage ? imageModes.filter(wanted).map((mode) => cell("image", mode)) : []),
  ];
}

function factorsFor(cells: readonly Cell[]): readonly LabFactor[] {
  const levels = (name: string): readonly string[] => [...new Set(cells.map((cell) => cell.levels[name] ?? ""))];
  return [
    { name: "where", doc: "on this machine, or as steps of image builds", levels: levels("where") },
    { name: "mode", doc: "the cache that a job gets", levels: levels("mode") },
  ];
}

function repeated(cells: readonly Cell[], count: number): readonly (readonly Cell[])[] {
  return Array.from({ length: count }, (_, round) => cells.map((cell) => ({ ...cell, id: `${cell.id} #${round}` })));
}
