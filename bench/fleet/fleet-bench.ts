/**
 * `npm run bench -- fleet [PART…] [--work DIR]`: what a fleet must reach, each part by itself or all in one run. In DIR
 * the million entries stay, so that filling (`fill`) can be done before the machine is quiet.
 */

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { parseFlags } from "../../src/core/flags.ts";
import { BenchFailure } from "../measure/failure.ts";
import { machineFacts } from "../measure/machine.ts";
import { atMost, type Part, printParts } from "../measure/parts.ts";
import { singleValue } from "../measure/result.ts";
import type { Series } from "../measure/rounds.ts";
import { findBallast } from "../setup/ballast-program.ts";
import { makeWorkFolder, workFolderAt } from "../setup/work-folder.ts";
import { measureCatchUp } from "./catch-up.ts";
import { measureCosts } from "./costs.ts";
import { measureDiscarding } from "./discarding.ts";
import { type FleetStage, openStage } from "./fleet-stage.ts";
import { fillNodes, measureLargeIndex } from "./large-index.ts";
import { measurePropagation } from "./propagation.ts";

const parts: Readonly<Record<string, (stage: FleetStage) => Promise<Part>>> = {
  propagation: partOfPropagation,
  "catch-up": partOfCatchUp,
  discarding: partOfDiscarding,
  index: partOfIndex,
  costs: partOfCosts,
};

export async function runFleetBench(argv: readonly string[]): Promise<void> {
  const { names, kept } = readArguments(argv);
  const ballast = findBallast();
  const found: Part[] = [];
  const machine = await machineFacts(process.cwd());
  for (const name of names) {
    await using cleanup = new AsyncDisposableStack();
    const work = kept === undefined ? makeWorkFolder(undefined) : workFolderAt(kept);
    if (kept === undefined) cleanup.defer(() => work.remove());
    const stage = await openStage(ballast.executable, work, cleanup);
    stage.note(name);
    if (name === "fill") await fillNodes(stage);
    else found.push(await (parts[name] as (stage: FleetStage) => Promise<Part>)(stage));
  }
  ballast.requireUnchanged();
  printParts(found, ballast, machine);
}

function readArguments(argv: readonly string[]): { readonly names: readonly string[]; readonly kept?: string } {
  const { values, positionals } = parseFlags({ work: { type: "string", doc: "Where what was filled stays." } }, argv);
  const known = [...Object.keys(parts), "fill"];
  const unknown = positionals.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new BenchFailure(`npm run bench -- fleet [${known.join("|")}]…: ${unknown} is none`);
  // Costs have no bar: they are what the simulation of a day is fed with.
  const names = positionals.length === 0 ? Object.keys(parts).filter((name) => name !== "costs") : positionals;
  return values.work === undefined ? { names } : { names, kept: resolve(values.work) };
}

async function partOfPropagation(stage: FleetStage): Promise<Part> {
  const { changesPerSecond, p50Ms, p99Ms, processorMsOfChange } = await measurePropagation(stage);
  const shares = [...processorMsOfChange].map(([name, ms]) => [`a change's processor time: ${name}`, ms] as const);
  const [rate, median, tail] = ["changes", "acknowledged at a, hit at b: p50", "the same, p99"];
  return {
    series: [
      singleValue(rate, "requests/s", changesPerSecond),
      singleValue(median, "ms", p50Ms),
      singleValue(tail, "ms", p99Ms),
      ...shares.map(([name, ms]) => singleValue(name, "ms", ms)),
    ],
    rows: [{ arm: rate }, { arm: median }, { arm: tail, bar: atMost(100) }, ...shares.map(([arm]) => ({ arm }))],
  };
}

async function partOfCatchUp(stage: FleetStage): Promise<Part> {
  const { wallMs, bytesPerEntry } = await measureCatchUp(stage);
  const [time, memory] = ["a new node has 100,000 entries", "its memory, each entry"];
  return {
    series: [singleValue(time, "ms", wallMs), singleValue(memory, "bytes", bytesPerEntry)],
    rows: [
      { arm: time, bar: atMost(10_000) },
      { arm: memory, bar: atMost(300) },
    ],
  };
}

async function partOfDiscarding(stage: FleetStage): Promise<Part> {
  const { sequentialBytesPerSecond, parallelBytesPerSecond, lookupP99Ms } = await measureDiscarding(stage);
  const [one, all, lookups] = ["64 bodies, one after another, each second", "all at once", "lookups meanwhile, p99"];
  const samples = (values: readonly number[]): Series["samples"] => values.map((value) => ({ value }));
  return {
    series: [
      { name: one, unit: "bytes", samples: samples(sequentialBytesPerSecond) },
      { name: all, unit: "bytes", samples: samples(parallelBytesPerSecond) },
      singleValue(lookups, "ms", lookupP99Ms),
    ],
    rows: [
      { arm: one },
      { arm: all, base: one, bar: { of: "ratio", sense: "at least", limit: 0.8 } },
      { arm: lookups, bar: atMost(500) },
    ],
  };
}

async function partOfCosts(stage: FleetStage): Promise<Part> {
  const costs = (await measureCosts(stage)).flatMap(({ name, threadMs, allMs }) => [
    { arm: `1,000 times ${name}`, ms: 1000 * threadMs },
    { arm: `1,000 times ${name}, all threads`, ms: 1000 * allMs },
  ]);
  return { series: costs.map(({ arm, ms }) => singleValue(arm, "ms", ms)), rows: costs.map(({ arm }) => ({ arm })) };
}

async function partOfIndex(stage: FleetStage): Promise<Part> {
  if (!existsSync(stage.work.at("nodes", "many", "index.sqlite"))) await fillNodes(stage);
  const { smallMs, largeMs, buildMs, restartMs, filledMs } = await measureLargeIndex(stage);
  const [small, large] = ["500 random ids of 1,000 entries, p50", "500 random ids of 1,000,000"];
  const [build, restart, filled] = ["500 ids of one build of 1,000,000", "restart with 1,000,000", "all in memory"];
  const samples = (values: readonly number[]): Series["samples"] => values.map((value) => ({ value }));
  return {
    series: [
      { name: small, unit: "ms", samples: samples(smallMs) },
      { name: large, unit: "ms", samples: samples(largeMs) },
      { name: build, unit: "ms", samples: samples(buildMs) },
      singleValue(restart, "ms", restartMs),
      singleValue(filled, "ms", filledMs),
    ],
    rows: [
      { arm: small },
      { arm: large, base: small, bar: { of: "ratio", sense: "at most", limit: 1.1 } },
      { arm: build, base: small, bar: { of: "ratio", sense: "at most", limit: 1.1 } },
      { arm: restart, bar: atMost(3000) },
      { arm: filled },
    ],
  };
}
