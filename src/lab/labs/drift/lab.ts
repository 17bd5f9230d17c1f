/** `ballast lab drift`: which build factors, alone or together, change the binary, and where. */

import { mkdirSync } from "node:fs";
import { cpus } from "node:os";
import { cleanGo, type CleanGo } from "../../clean-environment.ts";
import type { Bench } from "../../bench.ts";
import type { Design, Experiment, Lab, Run, Stage } from "../../lab.ts";
import { figuresOf, type DriftFigures } from "./analysis.ts";
import { createBuilder, type Builder, type BuildOutcome } from "./build.ts";
import { buildCatalogue, chooseFactors, type ChosenFactors } from "./choose-factors.ts";
import {
  baseCellStage,
  baseline,
  combinationStage,
  mostCombined,
  noiseStage,
  screenStage,
  survivors,
  type DriftPlan,
} from "./design.ts";
import { driftErrors } from "./errors.ts";
import type { FactorGround } from "./factor.ts";
import type { ImageDriftAnalysis } from "./image-build/image-lab.ts";
import type { DriftInput } from "./input.ts";
import { driftReport } from "./report.ts";
import { makeSubject, type Subject } from "./subject.ts";
import { locateDifference, type Location } from "./where/locate.ts";

export interface DriftAnalysis extends DriftFigures {
  readonly module: string;
  readonly package: string;
  readonly go: string;
  readonly design: string;
  readonly factors: readonly { readonly name: string; readonly doc: string; readonly levels: readonly string[] }[];
  readonly leftOut: readonly (readonly [name: string, reason: string])[];
  readonly where: readonly (Location & { readonly factor: string })[];
}

interface Ground {
  readonly bench: Bench;
  readonly input: DriftInput;
  readonly go: CleanGo;
  readonly chosen: ChosenFactors;
  readonly builder: Builder;
  readonly package: string;
  readonly packages: number;
  readonly subject: Subject;
}

export const driftLab: Lab<DriftInput, BuildOutcome, DriftAnalysis | ImageDriftAnalysis> = {
  name: "drift",
  title: "which build factors change the binary",
  open: async (input, bench) => {
    if (input.image) return (await import("./image-build/image-lab.ts")).openImageDrift(input, input.image, bench);
    const ground = await prepare(input, bench);
    await requireBuild(ground);
    return experimentOf(ground);
  },
};

async function prepare(input: DriftInput, bench: Bench): Promise<Ground> {
  bench.status("reading the module");
  const go = await cleanGo(bench, input.module);
  const env = { ...go.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
  mkdirSync(go.gocache, { recursive: true });
  const name = await mainPackage(input, bench, env);
  const root = bench.fixedFolder(input.place).path;
  const subject = await makeSubject(bench, env, input.module, root);
  const chosen = chooseFactors(input.factors, buildCatalogue(groundOf(go, subject)));
  const flags = subject.commitId !== undefined ? input.buildFlags : ["-buildvcs=false", ...input.buildFlags];
  const packages = await countPackages(bench, env, input, name);
  const shared = { bench, env, subject, factors: chosen.factors, package: name, flags, folder: root };
  return { bench, input, go, chosen, builder: createBuilder(shared), package: name, packages, subject };
}

function groundOf({ goEnv, env }: CleanGo, subject: Subject): FactorGround {
  const [, major = "0", minor = "0"] = /^go(\d+)\.(\d+)/.exec(goEnv["GOVERSION"] ?? "") ?? [];
  const compiler = Bun.which(goEnv["CC"]?.split(" ")[0] || "gcc", { PATH: env["PATH"] ?? "" }) ?? undefined;
  const hasCgo = goEnv["CGO_ENABLED"] === "1" && compiler !== undefined;
  return {
    goEnv,
    compiler: hasCgo ? compiler : undefined,
    hasGit: subject.commitId !== undefined,
    version: [Number(major), Number(minor)],
  };
}

/** Throws `lab/no-main-package` and `lab/module-does-not-build`. */
async function mainPackage(input: DriftInput, bench: Bench, env: Readonly<Record<string, string>>): Promise<string> {
  const pattern = input.package === "" ? "./..." : input.package;
  const format = '{{if eq .Name "main"}}{{.ImportPath}}{{end}}';
  const argv = [
    "go",
    "list",
    "-e",
    "-f",
    format,
    ...input.buildFlags.filter((flag) => /^-(?:tags|mod)/.test(flag)),
    pattern,
  ];
  const listed = await bench.run(argv, { cwd: input.module, env, deadlineMs: 300_000 });
  if (listed.exitCode !== 0) throw driftErrors.error("lab/module-does-not-build", listed.stderr.trim().slice(-2000));
  const found = listed.stdout.split("\n").filter((line) => line !== "");
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const said =
    found.length === 0 ? `${pattern} holds no main package` : `${pattern} holds ${found.slice(0, 10).join(", ")}`;
  throw driftErrors.error("lab/no-main-package", said);
}

async function countPackages(
  bench: Bench,
  env: Readonly<Record<string, string>>,
  input: DriftInput,
  name: string,
): Promise<number> {
  const listed = await bench.run(["go", "list", "-deps", "-e", name], { cwd: input.module, env, deadlineMs: 300_000 });
  return listed.stdout.split("\n").length;
}

/** Warms the lab's cache as well. Throws `lab/module-does-not-build`. */
async function requireBuild({ bench, builder, chosen }: Ground): Promise<void> {
  bench.status("building once, which fills the lab's cache");
  const { outcome, said } = await builder.build(baseline(chosen.factors, "plain"));
  if (outcome === "failed") throw driftErrors.error("lab/module-does-not-build", said ?? "");
}

function experimentOf(ground: Ground): Experiment<BuildOutcome, DriftAnalysis> {
  const { chosen, builder, input, go } = ground;
  const facts = [
    ["module", input.module],
    ["package", ground.package],
    ["copies in", ground.builder.folder],
    ["sources", ground.subject.commitId ?? "not in git"],
    ["go", `${go.goEnv["GOVERSION"]} ${go.goEnv["GOOS"]}/${go.goEnv["GOARCH"]}`],
    ["factors", chosen.factors.map(({ name }) => name).join(", ")],
  ] as const;
  return {
    factors: chosen.factors.map(({ name, doc, levels }) => ({ name, doc, levels })),
    facts,
    designs: designsOf(ground),
    byDefault: "usual",
    next: (design, runs) => nextStage(ground, design, runs),
    run: ({ levels }) => builder.build(levels),
    analyse: (design, runs) => analyse(ground, design, runs),
    report: driftReport,
  };
}

/** A warm build, and a package compiled on one processor; measured with net/http on two. */
const warmMs = 900;
const coldPackageMs = 300;

function designsOf({ chosen: { factors }, input, packages }: Ground): readonly Design[] {
  const coldMs = (packages * coldPackageMs) / cpus().length;
  const costly = factors.filter(({ isCostly }) => isCostly === true).length;
  const hidden = factors.filter(({ isHiddenByCache }) => isHiddenByCache === true).length;
  const screens = input.screens ? 2 * (factors.length + 1) : 0;
  const noise = (rounds: number): number => rounds * (hidden + 1);
  const combined = Math.min(2 ** factors.length, 2 ** mostCombined);
  const design = (name: string, doc: string, rounds: number, cells: number, configurations: number): Design => {
    const runs = noise(rounds) + rounds + screens + cells;
    return { name, doc, runs, estimateMs: runs * warmMs + (noise(rounds) + configurations) * coldMs };
  };
  const bases = (count: number): number => Math.max(combined, count * (factors.length + 1));
  return [
    design("quick", "no noise floor, and three random base cells above six factors", 0, bases(3), costly),
    design("usual", "a noise floor, and eight random base cells above six factors", input.noise, bases(8), 2 * costly),
    design(
      "thorough",
      "the same with 24 base cells, which vary costly factors as well",
      input.noise,
      bases(24),
      2 ** Math.min(costly, 6),
    ),
  ];
}

function planOf({ chosen, input }: Ground, { name }: Design): DriftPlan {
  const { factors } = chosen;
  const bases = { quick: 3, usual: 8, thorough: 24 }[name] ?? 8;
  return {
    factors,
    screens: input.screens,
    noise: name === "quick" ? 0 : input.noise,
    bases,
    variesCostly: name === "thorough",
  };
}

function nextStage(ground: Ground, design: Design, runs: readonly Run<BuildOutcome>[]): Stage | undefined {
  const plan = planOf(ground, design);
  const has = (stage: string): boolean => runs.some((run) => run.stage === stage);
  if (plan.noise > 0 && !has("noise")) return noiseStage(plan);
  if (plan.screens && !has("screen")) return screenStage(plan);
  const varied = survivors(plan, runs);
  if (varied.length === 0 || has("cells")) return undefined;
  if (varied.length <= mostCombined) return combinationStage(plan, varied);
  return baseCellStage(plan, varied, ground.bench.random("base cells"));
}

async function analyse(ground: Ground, design: Design, runs: readonly Run<BuildOutcome>[]): Promise<DriftAnalysis> {
  const figures = figuresOf(planOf(ground, design), runs);
  const where: (Location & { readonly factor: string })[] = [];
  for (const { factor, from, to } of ground.input.locates ? figures.examples : []) {
    ground.bench.status(`looking where ${factor} changes the binary`);
    where.push({ factor, ...(await locateDifference(ground.bench, ground.builder, from, to)) });
  }
  const { chosen, input, go } = ground;
  return {
    module: input.module,
    package: ground.package,
    go: go.goEnv["GOVERSION"] ?? "",
    design: design.name,
    factors: chosen.factors.map(({ name, doc, levels }) => ({ name, doc, levels })),
    leftOut: chosen.leftOut,
    ...figures,
    where,
  };
}
