/** `ballast lab drift --dockerfile FILE`: which factors, alone or together, change the image, and where in it. */

import { isAbsolute, relative, resolve } from "node:path";
import { cleanGo } from "../../../clean-environment.ts";
import type { Bench } from "../../../bench.ts";
import type { Design, Experiment, Run, Stage } from "../../../lab.ts";
import { figuresOf, type DriftFigures } from "../analysis.ts";
import { chooseFactors, type ChosenFactors } from "../choose-factors.ts";
import {
  baseCellStage,
  baseline,
  combinationStage,
  mostCombined,
  screenStage,
  survivors,
  type DriftPlan,
} from "../design.ts";
import { driftErrors } from "../errors.ts";
import { compareImages, type ImageDifference } from "../image/compare-images.ts";
import { decidingFactors } from "../influence.ts";
import type { DriftInput, ImageInput } from "../input.ts";
import { makeSubject, type Subject } from "../subject.ts";
import { hasBuildKit } from "../../../buildkit.ts";
import { createImageCells, type ImageCells, type ImageOutcome } from "./image-cell.ts";
import { imageCatalogue, type ImageChange } from "./image-factors.ts";
import { imageDriftReport } from "./image-drift-report.ts";

export interface ImageDriftAnalysis extends DriftFigures {
  readonly module: string;
  readonly dockerfile: string;
  readonly factors: readonly { readonly name: string; readonly doc: string; readonly levels: readonly string[] }[];
  readonly leftOut: readonly (readonly [name: string, reason: string])[];
  readonly chance: Chance;
  readonly where: readonly { readonly factor: string; readonly difference: ImageDifference }[];
}

/** Where two builds of one combination differ. */
export interface Chance {
  /** Of the combinations that were built, how many do not repeat. */
  readonly combinations: number;
  readonly built: number;
  /** What differs in any of them. */
  readonly what: readonly string[];
  /** The factors that decide whether a combination repeats. */
  readonly deciding: readonly string[];
  /** Whether it does not repeat even with SOURCE_DATE_EPOCH and rewritten times. */
  readonly remains: boolean;
}

interface Ground {
  readonly bench: Bench;
  readonly input: DriftInput;
  readonly image: ImageInput;
  readonly chosen: ChosenFactors<ImageChange>;
  readonly cells: ImageCells;
  readonly subject: Subject;
  readonly cellMs: number;
}

/** Throws `lab/image-no-buildkit` and `lab/image-does-not-build`. */
export async function openImageDrift(
  input: DriftInput,
  image: ImageInput,
  bench: Bench,
): Promise<Experiment<ImageOutcome, ImageDriftAnalysis>> {
  if (!(await hasBuildKit(bench))) throw driftErrors.error("lab/image-no-buildkit", "buildctl debug workers failed");
  const dockerfile = relative(input.module, resolve(input.module, image.dockerfile));
  if (dockerfile.startsWith("..") || isAbsolute(dockerfile)) {
    throw driftErrors.error("lab/image-does-not-build", `${image.dockerfile} is not in ${input.module}`);
  }
  bench.status("copying the context");
  const { env } = await cleanGo(bench, input.module);
  const root = bench.fixedFolder(input.place).path;
  const gitEnv = { ...env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
  const subject = await makeSubject(bench, gitEnv, input.module, root);
  const chosen = chooseFactors(input.factors, imageCatalogue(subject.commitId !== undefined));
  const { contexts } = image;
  const shared = { bench, subject, factors: chosen.factors, dockerfile, contexts, words: input.buildFlags };
  const cells = createImageCells({ ...shared, folder: root });
  const cellMs = await firstBuild(bench, cells, chosen);
  return experimentOf({ bench, input, image: { ...image, dockerfile }, chosen, cells, subject, cellMs });
}

/** What it takes, so that the estimate is of this image. */
async function firstBuild(bench: Bench, cells: ImageCells, { factors }: ChosenFactors<ImageChange>): Promise<number> {
  bench.status("building once, to see how long it takes");
  const first = await cells.build(baseline(factors, "plain"));
  if (first.outcome === "failed") throw driftErrors.error("lab/image-does-not-build", first.said ?? "");
  // The first one fills the builder's cache mounts.
  const startedMs = bench.clock.monotonicMs();
  await cells.build(baseline(factors, "hardened"));
  return bench.clock.monotonicMs() - startedMs;
}

function experimentOf(ground: Ground): Experiment<ImageOutcome, ImageDriftAnalysis> {
  const { chosen, cells, input, image, subject } = ground;
  return {
    factors: chosen.factors.map(({ name, doc, levels }) => ({ name, doc, levels })),
    facts: [
      ["module", input.module],
      ["dockerfile", image.dockerfile],
      ["sources", subject.commitId ?? "not in git"],
      ["factors", chosen.factors.map(({ name }) => name).join(", ")],
    ],
    designs: designsOf(ground),
    byDefault: "usual",
    next: (design, runs) => nextStage(ground, design, runs),
    run: ({ levels }) => cells.build(levels),
    analyse: (design, runs) => analyse(ground, design, runs),
    report: imageDriftReport,
  };
}

const basesOf: Readonly<Record<string, number>> = { quick: 3, usual: 8 };

function designsOf({ chosen: { factors }, input, cellMs }: Ground): readonly Design[] {
  const screens = input.screens ? 2 * (factors.length + 1) : 0;
  const combined = Math.min(2 ** factors.length, 2 ** mostCombined);
  return Object.entries(basesOf).map(([name, bases]) => {
    const runs =
      screens + (factors.length <= mostCombined ? combined : Math.max(combined, bases * (factors.length + 1)));
    const doc = `each combination built twice, and above six factors ${bases} random base cells`;
    return { name, doc, runs, estimateMs: runs * cellMs };
  });
}

function planOf({ chosen, input }: Ground, { name }: Design): DriftPlan {
  const bases = basesOf[name] ?? 8;
  return { factors: chosen.factors, screens: input.screens, noise: 0, bases, variesCostly: true };
}

function nextStage(ground: Ground, design: Design, runs: readonly Run<ImageOutcome>[]): Stage | undefined {
  const plan = planOf(ground, design);
  const has = (stage: string): boolean => runs.some((run) => run.stage === stage);
  if (plan.screens && !has("screen")) return screenStage(plan);
  const varied = survivors(plan, runs);
  if (varied.length === 0 || has("cells")) return undefined;
  if (varied.length <= mostCombined) return combinationStage(plan, varied);
  return baseCellStage(plan, varied, ground.bench.random("base cells"));
}

async function analyse(
  ground: Ground,
  design: Design,
  runs: readonly Run<ImageOutcome>[],
): Promise<ImageDriftAnalysis> {
  const { chosen, cells, input, image, bench } = ground;
  const plan = planOf(ground, design);
  const figures = figuresOf(plan, runs);
  const where: { factor: string; difference: ImageDifference }[] = [];
  for (const { factor, from, to } of input.locates ? figures.examples : []) {
    bench.status(`looking where ${factor} changes the image`);
    const [before = [], after = []] = [await cells.images(from), await cells.images(to)];
    const [first, second] = [before[0], after[0]];
    if (first !== undefined && second !== undefined) {
      where.push({ factor, difference: compareImages(first.image, second.image) });
    }
  }
  return {
    module: input.module,
    dockerfile: image.dockerfile,
    factors: chosen.factors.map(({ name, doc, levels }) => ({ name, doc, levels })),
    leftOut: chosen.leftOut,
    ...figures,
    chance: chanceOf(plan, runs),
    where,
  };
}

function chanceOf(plan: DriftPlan, runs: readonly Run<ImageOutcome>[]): Chance {
  const plain = baseline(plan.factors, "plain");
  const built = runs.filter(({ value }) => value.outcome === "built");
  const cells = built.map(({ cell, value }) => ({
    levels: { ...plain, ...cell.levels },
    hash: value.chance.length === 0 ? "repeats" : "chance",
  }));
  const varying = cells.filter(({ hash }) => hash === "chance");
  const names = plan.factors.map(({ name }) => name);
  const isHardened = (levels: Readonly<Record<string, string>>): boolean =>
    plan.factors.every(({ name, hardened }) => hardened === undefined || levels[name] === hardened);
  return {
    combinations: varying.length,
    built: cells.length,
    what: [...new Set(built.flatMap(({ value }) => value.chance))].toSorted(),
    deciding: decidingFactors(cells, names),
    remains: varying.some(({ levels }) => isHardened(levels)),
  };
}
