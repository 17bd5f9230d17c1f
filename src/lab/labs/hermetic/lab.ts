/** `ballast lab hermetic`: does an artefact repeat in each kind of environment, and with the declared toolchain? */

import { clopperPearson, upperBoundOfNone } from "../../../stats/share-interval.ts";
import { formatShare } from "../../../core/human-units.ts";
import type { Bench } from "../../bench.ts";
import { cleanGo } from "../../clean-environment.ts";
import type { Cell, Experiment, Lab, LabReport, Run } from "../../lab.ts";
import { offeredRounds, type RoundDesign, roundDesigns, roundsOf } from "../../rounds.ts";
import {
  buildIn,
  type EnvironmentKind,
  environments,
  findTools,
  type HermeticValue,
  type Language,
  languages,
  type OwnWorkspace,
} from "./environments.ts";
import { requireCommit } from "./init.ts";

export interface HermeticInput {
  readonly environments: readonly string[];
  readonly languages: readonly string[];
  /** Of each environment and language, in place of the designs. */
  readonly runs: number | undefined;
  /** Built by Bazel instead of the lab's own workspace; `null` in what is kept as JSON. */
  readonly own: OwnWorkspace | null;
  /** The commit of Nixpkgs for Bazel with Nixpkgs. */
  readonly nixpkgs: string | null;
}

export interface EnvironmentResult {
  readonly environment: string;
  readonly language: string;
  readonly verdict: "repeats" | "drifts" | "unverified";
  readonly builds: number;
  readonly artefacts: number;
  /** At most so many builds differ, with 95 % confidence, where none did. */
  readonly driftsAtMost: number | undefined;
  readonly fallbacks: readonly string[];
  readonly reason: string | undefined;
}

export interface HermeticAnalysis {
  readonly results: readonly EnvironmentResult[];
}

export const hermeticLab: Lab<HermeticInput, HermeticValue, HermeticAnalysis> = {
  name: "hermetic",
  title: "repeatability by environment",
  open: openHermetic,
};

const designs: readonly RoundDesign[] = [
  { name: "glance", rounds: 2, doc: "two builds each" },
  { name: "main", rounds: 5, doc: "five builds each" },
  { name: "full", rounds: 20, doc: "twenty builds each" },
];
/** Measured on two cores: Bazel starts anew for each build, Nix copies the toolchain into its store. */
const eachMs: Readonly<Record<EnvironmentKind, number>> = { system: 6000, bazel: 15_000, nix: 15_000, nixpkgs: 100 };
/** With a commit: a guess, since no machine of ours reaches Nixpkgs. */
const nixpkgsMs = 60_000;

async function openHermetic(input: HermeticInput, bench: Bench): Promise<Experiment<HermeticValue, HermeticAnalysis>> {
  const go = await cleanGo(bench, bench.cwd);
  const nixpkgs = input.nixpkgs ?? undefined;
  if (nixpkgs !== undefined) requireCommit(nixpkgs);
  const tools = findTools(bench, go, { own: input.own ?? undefined, nixpkgs });
  const costMs = { ...eachMs, ...(nixpkgs === undefined ? {} : { nixpkgs: nixpkgsMs }) };
  const kinds = environments.filter((kind) => input.environments.length === 0 || input.environments.includes(kind));
  const spoken = languages.filter((one) => input.languages.length === 0 || input.languages.includes(one));
  const cells = kinds.flatMap((environment) => spoken.map((language) => ({ environment, language })));
  const onceMs = cells.reduce((sum, { environment }) => sum + costMs[environment], 0);
  const offered = offeredRounds(designs, input.runs);
  const facts = [
    ["go", go.goEnv["GOVERSION"] ?? "?"],
    ["bazel", tools.bazel === undefined ? "not here" : "on PATH"],
    ["nix-build", tools.nixBuild === undefined ? "not here" : "on PATH"],
    ["javac", tools.javaHome === undefined ? "not here" : "on PATH"],
  ] as const;
  return {
    factors: [
      { name: "environment", doc: "where the toolchain comes from", levels: kinds },
      { name: "language", doc: "what is built", levels: spoken },
    ],
    facts,
    designs: roundDesigns(offered, cells.length, onceMs),
    byDefault: "glance",
    next: ({ name }, runs) =>
      runs.length > 0
        ? undefined
        : { name: "builds", title: "builds", rounds: repeated(cells, roundsOf(offered, name)), order: "shuffled" },
    run: ({ levels }) => {
      const [kind, language] = [levels["environment"] as EnvironmentKind, levels["language"] as Language];
      return buildIn(kind, language, Number(levels["round"]), bench, go, tools);
    },
    analyse: (_design, runs) => Promise.resolve(analyse(runs)),
    report: (analysis) => hermeticReport(analysis, facts),
  };
}

function repeated(
  cells: readonly { readonly environment: string; readonly language: string }[],
  count: number,
): readonly (readonly Cell[])[] {
  return Array.from({ length: count }, (_, round) =>
    cells.map((levels) => ({
      id: `${levels.environment} ${levels.language} #${round}`,
      levels: { ...levels, round: String(round) },
    })),
  );
}

function analyse(runs: readonly Run<HermeticValue>[]): HermeticAnalysis {
  const groups = Map.groupBy(runs, ({ cell }) => `${cell.levels["environment"]} ${cell.levels["language"]}`);
  return {
    results: [...groups].toSorted(([a], [b]) => rank(a) - rank(b)).map(([name, group]) => resultOf(name, group)),
  };
}

function rank(name: string): number {
  const [environment = "", language = ""] = name.split(" ");
  return environments.indexOf(environment as EnvironmentKind) * 10 + languages.indexOf(language as Language);
}

function resultOf(name: string, runs: readonly Run<HermeticValue>[]): EnvironmentResult {
  const [environment = "", language = ""] = name.split(" ");
  const values = runs.map(({ value }) => value);
  const digests = values.flatMap(({ digest }) => digest ?? []);
  const artefacts = new Set(digests).size;
  const fallbacks = [...new Set(values.flatMap((value) => value.fallbacks))].toSorted();
  const reason = values.find(({ unverified }) => unverified !== undefined)?.unverified;
  const base = { environment, language, builds: digests.length, artefacts, fallbacks, reason };
  if (digests.length < 2) return { ...base, verdict: "unverified", driftsAtMost: undefined };
  const pairs = digests.length - 1;
  const bound = artefacts === 1 ? upperBoundOfNone(pairs) : clopperPearson(artefacts - 1, pairs).high;
  return { ...base, verdict: artefacts === 1 ? "repeats" : "drifts", driftsAtMost: bound };
}

function hermeticReport({ results }: HermeticAnalysis, facts: readonly (readonly [string, string])[]): LabReport {
  const wrong = results.filter(({ verdict, fallbacks }) => verdict === "drifts" || fallbacks.length > 0);
  const named = (verdict: string): string =>
    results
      .filter((one) => one.verdict === verdict)
      .map(({ environment, language }) => `${environment} ${language}`)
      .join(", ") || "none";
  const silent = results.filter(({ fallbacks }) => fallbacks.length > 0);
  const fell = silent.map(
    ({ environment, language, fallbacks }) => `${environment} ${language} started ${fallbacks.join(", ")} of PATH`,
  );
  const parts = [`Repeats: ${named("repeats")}. Drifts: ${named("drifts")}. Unverified: ${named("unverified")}.`];
  if (fell.length > 0) parts.push(`A toolchain that was not declared: ${fell.join("; ")}.`);
  const rows = results.map((one) => [
    one.environment,
    one.language,
    one.verdict,
    String(one.builds),
    String(one.artefacts),
    one.driftsAtMost === undefined ? "–" : formatShare(one.driftsAtMost),
    one.fallbacks.join(", ") || "none",
    one.reason ?? "",
  ]);
  const columns = [
    "environment",
    "language",
    "verdict",
    "builds",
    "artefacts",
    "differ at most",
    "fell back to",
    "why not",
  ];
  return {
    isFinding: wrong.length > 0,
    document: {
      title: "ballast lab hermetic",
      verdict: parts.join(" "),
      facts,
      sections: [
        { title: "Builds of equal source in different surroundings", blocks: [{ kind: "table", columns, rows }] },
        {
          title: "How to read it",
          blocks: [
            {
              kind: "lines",
              lines: [
                "Artefacts are compared within one environment only: Bazel's rules link with another build id, and toolchains differ.",
                "fell back to: programs of PATH that the build started although its toolchain was declared; system is PATH itself.",
                "unverified is no pass: what it takes is not here, or did not work, and why stands beside it.",
              ],
            },
          ],
        },
      ],
    },
  };
}
