/** What the builds say, as plain JSON. */

import { upperBoundOfNone } from "../../../stats/share-interval.ts";
import { fisherExact } from "../../../stats/fisher-exact.ts";
import { holm } from "../../../stats/holm.ts";
import type { Run } from "../../lab.ts";
import type { BuildOutcome, Levels } from "./build.ts";
import { baseline, screenResults, survivors, type DriftPlan, type ScreenResult } from "./design.ts";
import type { VariedFactor } from "./factor.ts";
import {
  conditionalInfluences,
  decidingFactors,
  edgesAlong,
  influenceOf,
  type ClassifiedCell,
  type ConditionalInfluence,
  type Edge,
  type Influence,
} from "./influence.ts";

/** Builds of one combination with an empty cache each. */
export interface NoiseOf {
  /** `""` for the plain baseline, else the factor that was at its other level. */
  readonly factor: string;
  readonly builds: number;
  readonly classes: number;
  /** How many came out otherwise than the first of the plain baseline. */
  readonly different: number;
  /** Where none did: the share of different builds that this many still allow, with 95 %. */
  readonly upperBound: number;
}

export interface FactorInfluence extends Influence {
  /** Every combination was built: the share is counted, and the interval is for other modules of this kind at most. */
  readonly isComplete: boolean;
  readonly conditional: readonly ConditionalInfluence[];
  /** Where builds differ by chance: the adjusted p of more changes along this factor than between equal builds. */
  readonly p?: number;
}

export interface DriftFigures {
  readonly noise: readonly NoiseOf[];
  /** Builds of the baseline over the shared cache, and how many classes they are. */
  readonly sharedBuilds: number;
  readonly sharedClasses: number;
  /** Fresh builds differ among themselves and builds over the shared cache do not: it hides chance. */
  readonly cacheHidesChance: boolean;
  readonly screen: readonly ScreenResult[];
  readonly varied: readonly string[];
  readonly cells: number;
  readonly classes: number;
  readonly failed: number;
  readonly influences: readonly FactorInfluence[];
  readonly deciding: readonly string[];
  /** A pair of cells for each factor that changes something, to look where. */
  readonly examples: readonly { readonly factor: string; readonly from: Levels; readonly to: Levels }[];
}

export function figuresOf(plan: DriftPlan, runs: readonly Run<BuildOutcome>[]): DriftFigures {
  const noiseRuns = runs.filter(({ stage }) => stage === "noise");
  const noise = noiseOf(plan.factors, noiseRuns);
  const shared = noiseRuns.filter(({ cell }) => cell.id.startsWith("shared#"));
  const sharedClasses = new Set(shared.map(({ value }) => value.hash)).size;
  const varied = survivors(plan, runs);
  const cells = classifiedCells(plan, runs);
  const edges = new Map(varied.map(({ name, levels }) => [name, edgesAlong(cells, name, levels[0])]));
  const plain = noise.find(({ factor }) => factor === "");
  return {
    noise,
    sharedBuilds: shared.length,
    sharedClasses,
    cacheHidesChance: (plain?.classes ?? 0) > 1 && shared.length > 1 && sharedClasses === 1,
    screen: screenResults(plan.factors, runs),
    varied: varied.map(({ name }) => name),
    cells: cells.length,
    classes: new Set(cells.map(({ hash }) => hash)).size,
    failed: runs.filter(({ stage, value }) => stage === "cells" && value.outcome === "failed").length,
    influences: withNoise(
      plain,
      varied.flatMap((factor) => factorInfluence(factor, varied, edges, cells.length)),
    ),
    deciding: decidingFactors(
      cells,
      varied.map(({ name }) => name),
    ),
    examples: varied.flatMap(({ name }) => exampleOf(plan, name, edges.get(name) ?? [])),
  };
}

/** The combinations; where none were made, what the screening built. */
function classifiedCells(plan: DriftPlan, runs: readonly Run<BuildOutcome>[]): readonly ClassifiedCell[] {
  const combined = runs.filter(({ stage }) => stage === "cells");
  const used = combined.length > 0 ? combined : runs.filter(({ stage }) => stage === "screen");
  const plain = baseline(plan.factors, "plain");
  return used.map(({ cell, value }) => ({ levels: { ...plain, ...cell.levels }, hash: value.hash }));
}

function noiseOf(factors: readonly VariedFactor[], runs: readonly Run<BuildOutcome>[]): NoiseOf[] {
  const fresh = (prefix: string): string[] => {
    const own = runs.filter(({ cell }) => cell.id.startsWith(`${prefix}#`));
    return own
      .toSorted((a, b) => a.cell.id.localeCompare(b.cell.id, "en", { numeric: true }))
      .map(({ value }) => value.hash);
  };
  const [first] = fresh("fresh");
  if (first === undefined) return [];
  const hidden = factors.filter(({ isHiddenByCache }) => isHiddenByCache === true);
  return ["", ...hidden.map(({ name }) => name)].map((factor) => {
    const hashes = fresh(factor === "" ? "fresh" : `fresh ${factor}`);
    const builds = factor === "" ? hashes.length - 1 : hashes.length;
    return {
      factor,
      builds: hashes.length,
      classes: new Set(hashes).size,
      different: hashes.filter((hash) => hash !== first).length,
      upperBound: upperBoundOfNone(Math.max(0, builds)),
    };
  });
}

function factorInfluence(
  { name }: VariedFactor,
  varied: readonly VariedFactor[],
  edges: ReadonlyMap<string, readonly Edge[]>,
  cells: number,
): FactorInfluence[] {
  const own = edges.get(name) ?? [];
  const influence = influenceOf(name, own);
  if (influence === undefined) return [];
  const conditional = varied
    .filter((other) => other.name !== name)
    .flatMap((other) => conditionalInfluences(name, own, other.name, other.levels));
  return [{ ...influence, isComplete: cells === 2 ** varied.length, conditional }];
}

/** Only where equal builds differ there is anything to test. */
function withNoise(plain: NoiseOf | undefined, influences: readonly FactorInfluence[]): FactorInfluence[] {
  if (plain === undefined || plain.different === 0) return [...influences];
  const same: [number, number] = [plain.different, Math.max(0, plain.builds - 1 - plain.different)];
  const raw = influences.map(({ changed, edges }) => fisherExact([changed, edges - changed], same).greater);
  const adjusted = holm(raw);
  return influences.map((influence, index) => ({ ...influence, p: adjusted[index] ?? 1 }));
}

/** The changing edge that is nearest to the plain baseline. */
function exampleOf(plan: DriftPlan, factor: string, edges: readonly Edge[]): DriftFigures["examples"] {
  const plain = baseline(plan.factors, "plain");
  const distance = ({ from }: Edge): number =>
    Object.entries(from.levels).filter(([name, level]) => plain[name] !== level).length;
  const [nearest] = edges.filter(({ isChange }) => isChange).toSorted((a, b) => distance(a) - distance(b));
  return nearest === undefined ? [] : [{ factor, from: nearest.from.levels, to: nearest.to.levels }];
}
