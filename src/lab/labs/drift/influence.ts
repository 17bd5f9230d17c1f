/** How often a factor changes the class of the binary, alone and given another factor. */

import type { Interval } from "../../../stats/interval.ts";
import { clopperPearson } from "../../../stats/share-interval.ts";
import type { Levels } from "./build.ts";

export interface ClassifiedCell {
  readonly levels: Levels;
  /** What came out; equal for equal binaries. */
  readonly hash: string;
}

/** Two cells that differ in one factor only. */
export interface Edge {
  readonly factor: string;
  readonly from: ClassifiedCell;
  readonly to: ClassifiedCell;
  readonly isChange: boolean;
}

export interface Influence {
  readonly factor: string;
  readonly changed: number;
  readonly edges: number;
  readonly interval: Interval;
}

/** The influence of one factor where another is at one level. */
export interface ConditionalInfluence extends Influence {
  readonly given: string;
  readonly level: string;
}

/** All pairs of cells that differ in that factor alone, the plain level first. */
export function edgesAlong(cells: readonly ClassifiedCell[], factor: string, plain: string): readonly Edge[] {
  const rest = (cell: ClassifiedCell): string =>
    JSON.stringify(
      Object.entries(cell.levels)
        .filter(([name]) => name !== factor)
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    );
  const byRest = Map.groupBy(cells, rest);
  return [...byRest.values()].flatMap((group) => {
    const from = group.find(({ levels }) => levels[factor] === plain);
    const to = group.find(({ levels }) => levels[factor] !== plain);
    return from === undefined || to === undefined ? [] : [{ factor, from, to, isChange: from.hash !== to.hash }];
  });
}

/** The share of edges along a factor that change the class. */
export function influenceOf(factor: string, edges: readonly Edge[]): Influence | undefined {
  if (edges.length === 0) return undefined;
  const changed = edges.filter(({ isChange }) => isChange).length;
  return { factor, changed, edges: edges.length, interval: clopperPearson(changed, edges.length) };
}

/** The same in the two halves that another factor makes. */
export function conditionalInfluences(
  factor: string,
  edges: readonly Edge[],
  given: string,
  levels: readonly string[],
): readonly ConditionalInfluence[] {
  return levels.flatMap((level) => {
    const own = influenceOf(
      factor,
      edges.filter(({ from }) => from.levels[given] === level),
    );
    return own === undefined ? [] : [{ ...own, given, level }];
  });
}

/** Above this many factors, sets are not tried one by one but factors are left out in turn. */
const mostTried = 14;

/** The smallest set of factors whose levels decide the class in all cells; the first of several in the factors' order. */
export function decidingFactors(cells: readonly ClassifiedCell[], factors: readonly string[]): readonly string[] {
  if (factors.length > mostTried) {
    return factors.reduce((kept: readonly string[], name) => {
      const without = kept.filter((other) => other !== name);
      return decides(cells, without) ? without : kept;
    }, factors);
  }
  const sets = Array.from({ length: 2 ** factors.length }, (_none, bits) =>
    factors.filter((_name, index) => ((bits >> index) & 1) === 1),
  );
  const bySize = sets.toSorted((a, b) => a.length - b.length);
  return bySize.find((set) => decides(cells, set)) ?? factors;
}

function decides(cells: readonly ClassifiedCell[], set: readonly string[]): boolean {
  const classOf = new Map<string, string>();
  return cells.every(({ levels, hash }) => {
    const key = JSON.stringify(set.map((name) => levels[name]));
    const known = classOf.get(key);
    if (known === undefined) classOf.set(key, hash);
    return known === undefined || known === hash;
  });
}
