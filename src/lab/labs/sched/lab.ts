/** `ballast lab sched`: why goroutines do not run, under real CPU limits. */

import { availableParallelism, release } from "node:os";
import { cpuCgroupOf } from "../../../core/cgroup/hierarchy.ts";
import { quotaTrouble } from "../../../core/cgroup/quota-group.ts";
import { cgroupErrors } from "../../../core/cgroup/cgroup-errors.ts";
import type { Bench } from "../../bench.ts";
import { cleanGo } from "../../clean-environment.ts";
import type { Cell, Experiment, Lab } from "../../lab.ts";
import { analyseRuns, type SchedAnalysis } from "./analysis.ts";
import { cellRounds, designsFor, factorsOf, type SchedInput } from "./factors.ts";
import { buildProgram, runProgram, type RunPlan, type SchedValue } from "./program.ts";
import { schedReport } from "./report.ts";

export const schedLab: Lab<SchedInput, SchedValue, SchedAnalysis> = {
  name: "sched",
  title: "goroutine starvation",
  open: openSched,
};

async function openSched(input: SchedInput, bench: Bench): Promise<Experiment<SchedValue, SchedAnalysis>> {
  const trouble = await quotaTrouble();
  refuseWithoutLimit(input, trouble);
  const go = await cleanGo(bench, bench.cwd);
  // Only the full design and the user ask for it, and its first build takes half a minute; which design it will be is
  // not known yet, so that it is built when the first such run comes.
  const program = await buildProgram(bench, go, input.levels["race"]?.includes("on") === true);
  const processors = availableParallelism();
  const wantsRace = input.levels["race"] === undefined || program.race !== undefined;
  const machine = { processors, canLimit: trouble === undefined, canRace: wantsRace };
  const designs = designsFor(input, machine);
  const goVersion = go.goEnv["GOVERSION"] ?? "unknown";
  const facts: [string, string][] = [
    ["go", goVersion],
    ["processors", String(processors)],
    ["kernel", release()],
    ["cgroup", trouble === undefined ? `version ${cpuCgroupOf("self")?.version}` : "none that can be limited"],
  ];
  const notes = notesOf(input, trouble, program.raceTrouble);
  for (const note of notes) bench.note(`lab sched: ${note}`);
  const levelsOf = (name: string) => designs.find(({ design }) => design.name === name) ?? designs[0];
  let racing = program;
  return {
    factors: factorsOf((designs.at(-1) as (typeof designs)[number]).levels),
    facts,
    designs: designs.map(({ design }) => design),
    byDefault: "main",
    next: (design, runs) => {
      const levels = levelsOf(design.name)?.levels;
      if (runs.length > 0 || levels === undefined) return undefined;
      return { name: "cells", title: "runs", rounds: cellRounds(levels, input.runs), order: "shuffled" };
    },
    run: async (cell) => {
      const plan = planOf(cell, input);
      if (plan.isRace && racing.race === undefined) racing = await buildProgram(bench, go, true);
      return runProgram(bench, go, racing, plan);
    },
    analyse: (_design, runs) => Promise.resolve(analyseRuns(runs, notes)),
    report: (analysis) => schedReport(analysis, { facts, processors, goMinor: minorOf(goVersion) }),
  };
}

/** Whoever names limits only gets no experiment without them. */
function refuseWithoutLimit({ levels }: SchedInput, trouble: string | undefined): void {
  const isLimitedOnly = levels["quota"] !== undefined && !levels["quota"].includes("none");
  if (trouble !== undefined && isLimitedOnly) {
    throw cgroupErrors.error(
      "core/cgroup-unavailable",
      `${trouble}; --factor quota=none, or no --factor quota at all, still tells what preemption does`,
    );
  }
}

function notesOf(input: SchedInput, trouble: string | undefined, raceTrouble: string | undefined): readonly string[] {
  const race = input.levels["race"]?.includes("on") === true && raceTrouble !== undefined;
  return [
    ...(trouble === undefined ? [] : [`no CPU limit could be set, so throttling was not tried: ${trouble}`]),
    ...(race ? [`-race cannot be built here, so it was not tried: ${raceTrouble.split("\n")[0]}`] : []),
  ];
}

function planOf({ levels }: Cell, { runMs }: SchedInput): RunPlan {
  return {
    quota: levels["quota"] ?? "none",
    gomaxprocs: levels["gomaxprocs"],
    isAsyncPreemptOff: levels["asyncpreempt"] === "off",
    isRace: levels["race"] === "on",
    workload: levels["workload"] ?? "idle",
    runMs,
  };
}

function minorOf(goVersion: string): number {
  return Number(/^go1\.(\d+)/.exec(goVersion)?.[1] ?? 0);
}
