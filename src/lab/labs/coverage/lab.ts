/** `ballast lab coverage`: which false shares of coverage do the Go versions here show? */

import type { Bench } from "../../bench.ts";
import { cleanGo } from "../../clean-environment.ts";
import type { Cell, Design, Experiment, Lab } from "../../lab.ts";
import { analyseCoverage, type CoverageAnalysis } from "./analysis.ts";
import { cacheScenarios } from "./cache-scenarios.ts";
import { type CoverageKit, createKit } from "./kit.ts";
import { profileScenarios } from "./profile-scenarios.ts";
import { coverageReport } from "./report.ts";
import { runScenarios } from "./run-scenarios.ts";
import type { Scenario, ScenarioValue } from "./scenario.ts";
import { findToolchains, type Toolchain } from "./toolchains.ts";

export interface CoverageInput {
  /** As GOTOOLCHAIN takes them; empty for all that are on this machine. */
  readonly toolchains: readonly string[];
}

const scenarios: readonly Scenario[] = [...profileScenarios, ...runScenarios, ...cacheScenarios];

/** With a warm cache a case takes about this long on two cores, with an empty one the standard library besides. */
const fastMs = 2500;
const slowMs = 30_000;

export const coverageLab: Lab<CoverageInput, ScenarioValue, CoverageAnalysis> = {
  name: "coverage",
  title: "coverage that changes although no test does",
  open: openCoverage,
};

async function openCoverage(
  { toolchains: named }: CoverageInput,
  bench: Bench,
): Promise<Experiment<ScenarioValue, CoverageAnalysis>> {
  const clean = await cleanGo(bench, bench.cwd);
  const toolchains = await findToolchains(bench, clean.env, clean.goEnv["GOMODCACHE"] ?? "", named);
  const versions = toolchains.map(({ version }) => version);
  const facts = [["go", versions.join(", ")]] as const;
  return {
    factors: [
      { name: "toolchain", doc: "the Go that tests", levels: versions },
      { name: "scenario", doc: "what is done", levels: scenarios.map(({ name }) => name) },
    ],
    facts,
    designs: [
      design("warm", "all cases but those that compile the standard library anew", toolchains.length, false),
      design("full", "all cases, each once: what Go does here is the same each time", toolchains.length, true),
    ],
    next: ({ name }, runs) =>
      runs.length > 0
        ? undefined
        : { name: "cases", title: "cases", rounds: [cells(versions, name === "full")], order: "given" },
    run: (cell) => runCell(cell, toolchains, clean.env, bench),
    analyse: (_design, runs) =>
      Promise.resolve(
        analyseCoverage(
          runs,
          versions,
          scenarios.map(({ name, doc }) => [name, doc] as const),
        ),
      ),
    report: (analysis) => coverageReport(analysis, facts),
  };
}

function design(name: string, doc: string, toolchains: number, isFull: boolean): Design {
  const chosen = scenarios.filter(({ isSlow }) => isFull || isSlow !== true);
  const slow = chosen.filter(({ isSlow }) => isSlow === true).length;
  return {
    name,
    doc,
    runs: toolchains * chosen.length,
    estimateMs: toolchains * ((chosen.length - slow) * fastMs + slow * slowMs),
  };
}

/** A toolchain's cases one after another: its standard library is then compiled once. */
function cells(versions: readonly string[], isFull: boolean): readonly Cell[] {
  const chosen = scenarios.filter(({ isSlow }) => isFull || isSlow !== true);
  return versions.flatMap((toolchain) =>
    chosen.map(({ name }) => ({ id: `${toolchain} ${name}`, levels: { toolchain, scenario: name } })),
  );
}

async function runCell(
  { levels }: Cell,
  toolchains: readonly Toolchain[],
  env: Readonly<Record<string, string>>,
  bench: Bench,
): Promise<ScenarioValue> {
  const scenario = scenarios.find(({ name }) => name === levels["scenario"]) as Scenario;
  using own = bench.folder("coverage");
  using second = bench.folder("coverage-other");
  const kitOf = (folder: string, { version, choice }: Toolchain): CoverageKit =>
    createKit(bench, { version, folder, env: { ...env, GOTOOLCHAIN: choice } });
  const [toolchain, other] = chooseTwo(toolchains, levels["toolchain"]);
  return await scenario.run(kitOf(own.path, toolchain), other && kitOf(second.path, other));
}

/** The one that is named, and one to merge with: the last, or for that itself the first. */
function chooseTwo(toolchains: readonly Toolchain[], version: string | undefined): [Toolchain, Toolchain | undefined] {
  const at = toolchains.findIndex((toolchain) => toolchain.version === version);
  const other = toolchains.length < 2 ? undefined : toolchains.at(at === toolchains.length - 1 ? 0 : -1);
  return [toolchains[at] as Toolchain, other];
}
