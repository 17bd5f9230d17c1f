/** `npm run bench -- check [PART…] [--module M] [--rounds N] [--work DIR]`: what the checker must reach in time and memory. */

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { parseFlags } from "../../src/core/flags.ts";
import { BenchFailure } from "../measure/failure.ts";
import { machineFacts } from "../measure/machine.ts";
import { atMost, type Part, printParts } from "../measure/parts.ts";
import type { Bar, RowSpec } from "../measure/report.ts";
import { detailSeries } from "../measure/result.ts";
import { runRounds, type Series } from "../measure/rounds.ts";
import { findBallast } from "../setup/ballast-program.ts";
import { goEnvironment } from "../setup/go-environment.ts";
import { fetchModule } from "../setup/module-source.ts";
import { makeWorkFolder, type WorkFolder, workFolderAt } from "../setup/work-folder.ts";
import { runChecked } from "./check-run.ts";
import { standardSources, workflowTree } from "./subjects.ts";
import { coldRounds, compileAll, editRounds, type TypedStage } from "./typed-rounds.ts";

interface Stage {
  readonly executable: string;
  readonly work: WorkFolder;
  readonly rounds: number;
  readonly module: string;
  readonly note: (text: string) => void;
  readonly env: Readonly<Record<string, string>>;
}

const parts: Readonly<Record<string, (stage: Stage) => Promise<Part>>> = {
  leaf: async (stage) => besideVet(await editRounds(await typedStage(stage), "leaf")),
  shared: async (stage) => besideVet(await editRounds(await typedStage(stage), "shared")),
  cold: async (stage) => besideVet(await coldRounds(await typedStage(stage))),
  syntax: partOfSyntax,
  million: partOfMillion,
  workflows: partOfWorkflows,
};

const flags = {
  module: { type: "string", default: "k8s.io/kubectl@v0.37.2", doc: "For what needs types: PATH@VERSION or a folder." },
  rounds: { type: "number", integer: true, min: 1, default: 5, doc: "Rounds." },
  work: { type: "string", valueName: "DIR", doc: "Where what was compiled stays." },
} as const;

export async function runCheckBench(argv: readonly string[]): Promise<void> {
  const { values, positionals } = parseFlags(flags, argv);
  const unknown = positionals.find((name) => parts[name] === undefined && name !== "prepare");
  if (unknown !== undefined) {
    throw new BenchFailure(`npm run bench -- check [${Object.keys(parts).join("|")}|prepare]…: ${unknown} is none`);
  }
  const ballast = findBallast();
  const machine = await machineFacts(process.cwd());
  await using cleanup = new AsyncDisposableStack();
  const work = values.work === undefined ? makeWorkFolder(undefined) : workFolderAt(resolve(values.work));
  if (values.work === undefined) cleanup.defer(() => work.remove());
  const stage: Stage = {
    executable: ballast.executable,
    work,
    rounds: values.rounds,
    module: values.module,
    note: (text) => console.error(`bench: ${text}`),
    // As the checker starts go itself.
    env: { ...goEnvironment(process.env, "check"), CGO_ENABLED: "0", GOTOOLCHAIN: "local", GOFLAGS: "" },
  };
  const found: Part[] = [];
  for (const name of positionals.length === 0 ? Object.keys(parts) : positionals) {
    if (name === "prepare") await typedStage(stage);
    else found.push(await (parts[name] as (stage: Stage) => Promise<Part>)(stage));
  }
  ballast.requireUnchanged();
  printParts(found, ballast, machine, [["go", machine.go]]);
}

/** The checkout with all compiled; a work folder that is kept has both. */
async function typedStage(stage: Stage): Promise<TypedStage> {
  const folder = stage.work.at("pristine");
  const typed = { ...stage, folder };
  if (existsSync(folder)) return typed;
  await fetchModule(stage.module, stage.work);
  await compileAll(typed);
  return typed;
}

/** Each second series against the one before it: what go vet itself takes, and as much again. */
function besideVet(series: readonly Series[]): Part {
  const rows: RowSpec[] = [];
  const all = [...series];
  for (const [index, { name }] of series.entries()) {
    const base = index % 2 === 0 ? undefined : series[index - 1]?.name;
    rows.push({ arm: name, base, bar: base === undefined ? undefined : atMost(2, "ratio") });
    if (base === undefined) continue;
    const [processor, memory] = [`${name}: processor time`, `${name}: its own peak memory`];
    all.push(detailSeries(series, base, "processorMs", `${base}: processor time`, "ms"));
    all.push(detailSeries(series, name, "processorMs", processor, "ms"));
    all.push(detailSeries(series, name, "peakRssBytes", memory, "bytes"));
    rows.push({ arm: `${base}: processor time` }, { arm: processor, base: `${base}: processor time` }, { arm: memory });
  }
  return { series: all, rows };
}

/** A first and a second run without types, `limits` in milliseconds. */
async function untyped(
  stage: Stage,
  folder: string,
  name: string,
  limits: { readonly firstMs?: number; readonly secondMs?: number; readonly bytes?: number },
): Promise<Part> {
  const env = { ...stage.env, BALLAST_CHECK_DEPTH: "syntax" };
  const [first, second, memory] = [`${name}, first run`, `${name}, nothing changed`, `${name}, peak memory`];
  const request = { cwd: folder, logFile: stage.work.at("untyped.log") };
  const argv = [stage.executable, "check", "--format", "json"];
  const arm = (title: string, more: readonly string[], home: (round: number) => string) => ({
    name: title,
    unit: "ms" as const,
    async run(round: number) {
      const kept = { ...env, XDG_CACHE_HOME: home(round) };
      const { wallMs, ...details } = await runChecked({ ...request, argv: [...argv, ...more], env: kept });
      return { value: wallMs, details };
    },
  });
  const home = stage.work.fresh("home-untyped");
  await runChecked({ ...request, argv, env: { ...env, XDG_CACHE_HOME: home } });
  const fresh = (round: number): string => stage.work.fresh(`home-${round}`);
  const arms = [arm(first, [], fresh), arm(second, [], () => home)];
  const series = await runRounds(arms, stage.rounds, stage.note);
  const bar = (limit: number | undefined): Bar | undefined => (limit === undefined ? undefined : atMost(limit));
  return {
    series: [...series, detailSeries(series, first, "peakRssBytes", memory, "bytes")],
    rows: [
      { arm: first, bar: bar(limits.firstMs) },
      { arm: second, bar: bar(limits.secondMs) },
      { arm: memory, bar: bar(limits.bytes) },
    ],
  };
}

function partOfSyntax(stage: Stage): Promise<Part> {
  const { folder, lines } = standardSources(stage.work, false);
  const share = lines / 100_000;
  return untyped(stage, folder, `${lines} lines without types`, { firstMs: 3000 * share, secondMs: 300 * share });
}

function partOfMillion(stage: Stage): Promise<Part> {
  const { folder, lines } = standardSources(stage.work, true);
  return untyped(stage, folder, `${lines} lines without types`, {
    bytes: 500_000_000 * Math.max(1, lines / 1_000_000),
  });
}

function partOfWorkflows(stage: Stage): Promise<Part> {
  return untyped(stage, workflowTree(stage.work), "1,500 workflows", { firstMs: 600 });
}
