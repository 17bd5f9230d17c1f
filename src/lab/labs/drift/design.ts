/** Which builds are made: the noise floor, the screening from two baselines, then all combinations or random base cells. */

import type { Random } from "../../../stats/random.ts";
import type { Cell, Run, Stage } from "../../lab.ts";
import type { BuildOutcome, Levels } from "./build.ts";
import type { VariedFactor } from "./factor.ts";

/** Up to this many factors, every combination is built. */
export const mostCombined = 6;

export interface DriftPlan {
  readonly factors: readonly VariedFactor[];
  readonly screens: boolean;
  /** Builds of the baseline, each with an empty cache. */
  readonly noise: number;
  /** How many base cells where there are more than six factors. */
  readonly bases: number;
  /** Base cells vary the factors that compile the standard library anew as well. */
  readonly variesCostly: boolean;
}

/** Names a combination: `trimpath=on workdir=b`, in the order of the factors. */
function cellId(levels: Levels): string {
  return Object.entries(levels)
    .map(([name, level]) => `${name}=${level}`)
    .join(" ");
}

function cellOf(levels: Levels, id = cellId(levels)): Cell {
  return { id, levels };
}

/** All factors at the level of a baseline. */
export function baseline(factors: readonly VariedFactor[], kind: "plain" | "hardened"): Levels {
  const levelOf = ({ levels, hardened }: VariedFactor): string =>
    kind === "hardened" ? (hardened ?? levels[0]) : levels[0];
  return Object.fromEntries(factors.map((factor) => [factor.name, levelOf(factor)]));
}

/** The same with one factor at its other level. */
function flipped(factors: readonly VariedFactor[], levels: Levels, name: string): Levels {
  const own = factors.find((factor) => factor.name === name)?.levels ?? ["", ""];
  return { ...levels, [name]: levels[name] === own[0] ? own[1] : own[0] };
}

/** Each of the builds that a shared cache could not show: with an empty one, beside the plain baseline. */
export function noiseStage({ factors, noise }: DriftPlan): Stage {
  const plain = baseline(factors, "plain");
  const hidden = factors.filter(({ isHiddenByCache }) => isHiddenByCache === true);
  const rounds = Array.from({ length: noise }, (_none, index) => [
    cellOf({ ...plain, gocache: "fresh" }, `fresh#${index + 1}`),
    ...hidden.map(({ name }) =>
      cellOf({ ...flipped(factors, plain, name), gocache: "fresh" }, `fresh ${name}#${index + 1}`),
    ),
    cellOf(plain, `shared#${index + 1}`),
  ]);
  return { name: "noise", title: "noise floor", rounds, order: "shuffled" };
}

const kinds = ["plain", "hardened"] as const;

/** One factor at a time, from both baselines: an effect that one of them hides may show in the other. */
export function screenStage({ factors }: DriftPlan): Stage {
  const cells = kinds.flatMap((kind) => {
    const base = baseline(factors, kind);
    return [cellOf(base, kind), ...factors.map(({ name }) => cellOf(flipped(factors, base, name), `${kind}+${name}`))];
  });
  return { name: "screen", title: "screening", rounds: [cells], order: "shuffled" };
}

/** What the screening saw of a factor from one baseline. */
export interface ScreenResult {
  readonly factor: string;
  readonly from: (typeof kinds)[number];
  readonly seen: "same" | "changed" | "failed";
  /** What go said where the build failed. */
  readonly said?: string;
}

export function screenResults(
  factors: readonly VariedFactor[],
  runs: readonly Run<BuildOutcome>[],
): readonly ScreenResult[] {
  const byId = new Map(runs.filter(({ stage }) => stage === "screen").map(({ cell, value }) => [cell.id, value]));
  return kinds.flatMap((from) =>
    factors.flatMap(({ name }): ScreenResult[] => {
      const [base, own] = [byId.get(from), byId.get(`${from}+${name}`)];
      if (base === undefined || own === undefined) return [];
      if (own.outcome === "failed") return [{ factor: name, from, seen: "failed", said: own.said ?? "" }];
      return [{ factor: name, from, seen: own.hash === base.hash ? "same" : "changed" }];
    }),
  );
}

/** The factors that go on: those that changed something and always built. */
export function survivors(plan: DriftPlan, runs: readonly Run<BuildOutcome>[]): readonly VariedFactor[] {
  if (!plan.screens) return plan.factors;
  const results = screenResults(plan.factors, runs);
  const seen = (name: string): readonly string[] =>
    results.filter(({ factor }) => factor === name).map((one) => one.seen);
  return plan.factors.filter(({ name }) => seen(name).includes("changed") && !seen(name).includes("failed"));
}

/** All combinations of at most six factors; the others stay at their plain level. */
export function combinationStage(plan: DriftPlan, varied: readonly VariedFactor[]): Stage {
  const plain = baseline(plan.factors, "plain");
  const cells = Array.from({ length: 2 ** varied.length }, (_none, bits) =>
    cellOf({ ...plain, ...levelsOfBits(varied, bits) }, cellId(levelsOfBits(varied, bits))),
  );
  return { name: "cells", title: "all combinations", rounds: [cells], order: "shuffled" };
}

function levelsOfBits(varied: readonly VariedFactor[], bits: number): Levels {
  return Object.fromEntries(varied.map(({ name, levels }, index) => [name, levels[(bits >> index) & 1] ?? levels[0]]));
}

/** Base cells of chance, each with every factor flipped in turn. Equal cells are built once. */
export function baseCellStage(plan: DriftPlan, varied: readonly VariedFactor[], random: Random): Stage {
  const plain = baseline(plan.factors, "plain");
  const rounds = Array.from({ length: plan.bases }, () => {
    const drawn = varied.map(({ name, levels, isCostly }): [string, string] => {
      const isDrawn = plan.variesCostly || isCostly !== true || name === "trimpath";
      return [name, (isDrawn ? levels[random.below(2)] : levels[0]) ?? levels[0]];
    });
    const base: Levels = { ...plain, ...Object.fromEntries(drawn) };
    return [base, ...varied.map(({ name }) => flipped(plan.factors, base, name))];
  });
  const seen = new Set<string>();
  const fresh = rounds.map((round) =>
    round.flatMap((levels) => {
      const id = cellId(Object.fromEntries(varied.map(({ name }) => [name, levels[name] ?? ""])));
      if (seen.has(id)) return [];
      seen.add(id);
      return [cellOf(levels, id)];
    }),
  );
  return { name: "cells", title: "random base cells", rounds: fresh, order: "shuffled" };
}
