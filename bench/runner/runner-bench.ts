/** A new runner: how near it comes to a warm machine, from near and from afar, before and after a change. */

import { formatBytes, formatCount, formatDuration, formatShare } from "../../src/core/human-units.ts";
import type { BenchResult } from "../measure/result.ts";
import { detailSeries, singleValue } from "../measure/result.ts";
import { type Arm, runRounds, type Series } from "../measure/rounds.ts";
import type { Bench } from "../setup/bench.ts";
import { type ChosenPackage, type ChosenPackages, choosePackages } from "../setup/change-choice.ts";
import { gocacheSize } from "../setup/gocache-size.ts";
import { measureHelperMemory } from "../setup/helper-memory.ts";
import { changeArms } from "./change-arms.ts";
import { archiveArm, nativeWarm, newRunnerArms, unpackAndBuild } from "./new-runner-arms.ts";
import { keepsPrograms, newRunner, prepareRunner, programScope, type RunnerStage } from "./runner-stage.ts";

const memoryBytesMax = 80_000_000;
const memoryRuns = 3;

export async function benchRunner(bench: Bench): Promise<BenchResult> {
  const chosen = choosePackages(bench.packages);
  const stage = await prepareRunner(bench);
  const size = gocacheSize(stage.nativeCache);
  const plain = newRunnerArms(stage);
  const archive = await optionalArchive(stage);
  const kinds = [
    { label: "i", chosen: chosen.leaf },
    { label: "ii", chosen: chosen.shared },
  ];
  const changes = changeArms(stage, kinds);
  const measured = await runRounds([...plain.arms, ...archive, ...changes.arms], bench.options.pairs, bench.note);
  const memory = await memorySeries(stage);
  await stage.server.stop();
  const unpacking = archive.map(() => detailSeries(measured, unpackAndBuild, "unpackMs", "of it unpacking", "ms"));
  return {
    series: [singleValue("native cold, once", "ms", stage.coldMs), ...measured, ...unpacking, ...memory],
    facts: [
      ["entries", formatCount(size.entries)],
      ["raw bytes", formatBytes(size.rawBytes)],
      ["round trip", `${formatDuration(stage.roundTripMs)} measured, asked ${bench.options.roundTripMs} ms`],
      ...choiceFacts(chosen),
    ],
    rows: [
      { arm: "native cold, once" },
      ...plain.rows,
      ...archive.map(() => ({ arm: unpackAndBuild, base: nativeWarm })),
      ...unpacking.map(({ name }) => ({ arm: name })),
      ...changes.rows,
      ...memory.map(({ name }) => ({
        arm: name,
        ...(name.includes(": helper, ")
          ? { bar: { of: "value", sense: "at most", limit: memoryBytesMax } as const }
          : {}),
      })),
    ],
  };
}

function choiceFacts({ leaf, shared, isInRange }: ChosenPackages): [string, string][] {
  const text = (one: ChosenPackage): string =>
    `${one.package.importPath}, ${one.importers} importers, ${formatShare(one.share)} of the module's packages`;
  return [
    ["change i", text(leaf)],
    ["change ii", text(shared) + (isInRange ? "" : " (none has 25 to 35%: this is the nearest)")],
  ];
}

/** Without tar and zstd on the machine the arm is left out, and says so. */
async function optionalArchive(stage: RunnerStage): Promise<Arm[]> {
  const missing = ["tar", "zstd"].filter((program) => Bun.which(program) === null);
  if (missing.length === 0) return [await archiveArm(stage)];
  stage.bench.note(`left out: the archive of GOCACHE, since there is no ${missing.join(" and no ")}`);
  return [];
}

/** Builds of their own, not timed: looking at processes costs a little. */
async function memorySeries(stage: RunnerStage): Promise<Series[]> {
  const { bench, urls } = stage;
  const times = Math.min(memoryRuns, bench.options.pairs);
  const series: Series[] = [];
  for (const helper of ["cacheprog", "go"] as const) {
    const name = `new runner, ${helper === "go" ? "ballast go" : helper}`;
    bench.note(`memory: ${name}`);
    const build = async (): Promise<void> =>
      void (await newRunner(stage, { name, helper, scope: programScope, server: urls.far, env: keepsPrograms }));
    series.push(...(await measureHelperMemory(bench, name, times, build)));
  }
  return series;
}
