/** What combinations of factors say, as sections of a report. */

import { formatShare } from "../../../core/human-units.ts";
import { counted, linesBlock, sectionOf, tableBlock, textBlock } from "../../../report/document-blocks.ts";
import type { DocumentBlock, DocumentSection } from "../../../report/document.ts";
import type { DriftFigures, FactorInfluence } from "./analysis.ts";

/** A level as it is shown. */
export function shown(level: string): string {
  return level === "" ? "not set" : level;
}

/** What of an analysis these sections show: of binaries or of images. */
type ShownFigures = Pick<DriftFigures, "screen" | "influences" | "cells" | "classes" | "failed"> & {
  readonly factors: readonly { readonly name: string }[];
  readonly leftOut: readonly (readonly [name: string, reason: string])[];
};

/** What is made, and the second baseline, in words. */
export interface FiguresWords {
  readonly one: string;
  readonly many: string;
  readonly subject: string;
  readonly hardened: string;
}

/** Screening, influence, what factors do together, and what was not varied. */
export function figuresSections(figures: ShownFigures, words: FiguresWords): DocumentSection[] {
  return [screenSection, influenceSection, interactionSection].flatMap((make) => make(figures, words));
}

function screenSection({ screen, factors }: ShownFigures, { hardened }: FiguresWords): DocumentSection[] {
  if (screen.length === 0) return [];
  const seen = (name: string, from: string): string =>
    screen.find((one) => one.factor === name && one.from === from)?.seen ?? "";
  const rows = factors.map(({ name }) => [name, seen(name, "plain"), seen(name, "hardened")]);
  const failures = screen.flatMap(({ factor, seen: result, said = "" }) =>
    result === "failed" ? [`${factor}: ${lastLine(said)}`] : [],
  );
  return [
    sectionOf(
      "Screening",
      textBlock(
        `One factor at a time, from the plain build and from one with ${hardened}. What changed in neither is not varied further.`,
      ),
      tableBlock(["factor", "from plain", "from hardened"], rows),
      ...(failures.length === 0 ? [] : [linesBlock([...new Set(failures)])]),
    ),
  ];
}

function lastLine(said: string): string {
  return said.trim().split("\n").at(-1) ?? "";
}

function influenceSection(
  { influences, cells, classes, failed }: ShownFigures,
  { one, many, subject }: FiguresWords,
): DocumentSection[] {
  if (influences.length === 0) return [];
  const hasP = influences.some(({ p }) => p !== undefined);
  const rows = influences.map(({ factor, changed, edges, interval, p }) => [
    factor,
    `${changed}/${edges}`,
    formatShare(edges === 0 ? 0 : changed / edges),
    `${formatShare(interval.low)} to ${formatShare(interval.high)}`,
    ...(hasP ? [p === undefined ? "" : p.toPrecision(2)] : []),
  ]);
  const how = influences.every(({ isComplete }) => isComplete)
    ? `All combinations were built, so the share is exact for this ${subject}; the interval (Clopper–Pearson) reads the pairs as a sample.`
    : "The pairs are a sample by the seed; the interval is Clopper and Pearson's.";
  const broken = failed === 0 ? "" : ` ${counted(failed, "combination does", "combinations do")} not build.`;
  return [
    sectionOf(
      "Influence",
      textBlock(
        `${cells} combinations gave ${counted(classes, one, many)}.${broken} A factor's influence is the share of pairs, equal in all else, that it changes. ${how}`,
      ),
      tableBlock(["factor", "changed", "share", "95 %", ...(hasP ? ["p, adjusted"] : [])], rows),
      {
        kind: "plot",
        plot: {
          kind: "intervals",
          title: "Influence of each factor",
          axis: "share of pairs that the factor changes, with its 95 % interval",
          scale: "share",
          rows: influences.map(({ factor, changed, edges, interval }) => ({
            label: factor,
            value: changed / Math.max(1, edges),
            low: interval.low,
            high: interval.high,
          })),
        },
      },
    ),
  ];
}

/** Factors whose influence is another where a second one is at its other level. */
function interactionSection({ influences }: ShownFigures): DocumentSection[] {
  const rows = influences.flatMap((influence) => interactionRows(influence));
  if (rows.length === 0) return [];
  return [
    sectionOf(
      "Together",
      textBlock("Where a factor's influence depends on another one."),
      tableBlock(["factor", "where", "changed", "95 %"], rows),
      { kind: "plot", plot: matrixOf(influences) },
    ),
  ];
}

function interactionRows({ factor, conditional }: FactorInfluence): string[][] {
  const byGiven = Map.groupBy(conditional, ({ given }) => given);
  return [...byGiven.values()].flatMap((both) => {
    const shares = both.map(({ changed, edges }) => changed / edges);
    if (both.length < 2 || Math.max(...shares) === Math.min(...shares)) return [];
    return both.map(({ given, level, changed, edges, interval }) => [
      factor,
      `${given} ${shown(level)}`,
      `${changed}/${edges}`,
      `${formatShare(interval.low)} to ${formatShare(interval.high)}`,
    ]);
  });
}

function matrixOf(influences: readonly FactorInfluence[]): Extract<DocumentBlock, { kind: "plot" }>["plot"] {
  const columns = [
    ...new Set(
      influences.flatMap(({ conditional }) => conditional.map(({ given, level }) => `${given} ${shown(level)}`)),
    ),
  ];
  return {
    kind: "matrix",
    title: "Influence of each factor (row) where another is at one level (column)",
    axis: "share of pairs that the factor changes",
    scale: "share",
    rows: influences.map(({ factor }) => factor),
    columns,
    values: influences.map(({ conditional }) =>
      columns.map((column) => {
        const own = conditional.find(({ given, level }) => `${given} ${shown(level)}` === column);
        return own === undefined ? undefined : own.changed / own.edges;
      }),
    ),
  };
}

/** Factors that cannot be varied here. */
export function leftOutSection({ leftOut }: Pick<ShownFigures, "leftOut">): DocumentSection[] {
  if (leftOut.length === 0) return [];
  return [
    sectionOf(
      "Not varied",
      tableBlock(
        ["factor", "because"],
        leftOut.map((pair) => [...pair]),
      ),
    ),
  ];
}
