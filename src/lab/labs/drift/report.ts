/** The drift lab's report: what decides the binary, how sure that is, and where the differences are. */

import { formatShare } from "../../../core/human-units.ts";
import { counted, linesBlock, sectionOf, tableBlock, textBlock } from "../../../report/document-blocks.ts";
import type { DocumentBlock, DocumentSection } from "../../../report/document.ts";
import type { LabReport } from "../../lab.ts";
import type { FactorInfluence, NoiseOf } from "./analysis.ts";
import type { DriftAnalysis } from "./lab.ts";
import { whereSections } from "./where-report.ts";

export function driftReport(analysis: DriftAnalysis): LabReport {
  const sections = [
    noiseSection,
    pairSection,
    screenSection,
    influenceSection,
    interactionSection,
    ({ where }: DriftAnalysis) => whereSections(where),
    leftOutSection,
  ];
  return {
    isFinding: isNoisy(analysis),
    document: {
      title: `Drift of ${analysis.package}`,
      verdict: verdictOf(analysis),
      facts: [
        ["module", analysis.module],
        ["go", analysis.go],
        ["design", analysis.design],
        ["factors", analysis.factors.map(({ name, levels }) => `${name} (${levels.map(shown).join(", ")})`).join("; ")],
      ],
      sections: sections.flatMap((make) => make(analysis)),
    },
  };
}

function shown(level: string): string {
  return level === "" ? "not set" : level;
}

function isNoisy({ noise }: DriftAnalysis): boolean {
  return noise.some(({ different }) => different > 0);
}

function verdictOf(analysis: DriftAnalysis): string {
  const { deciding, cells, classes, influences } = analysis;
  const noisy = isNoisy(analysis) ? `${noiseVerdict(analysis)} ` : "";
  const changing = influences.filter(({ changed }) => changed > 0).map(({ factor }) => factor);
  const inert = analysis.factors.map(({ name }) => name).filter((name) => !changing.includes(name));
  if (changing.length === 0) return `${noisy}No factor changes the binary; varied: ${inert.join(", ")}.`;
  const set = deciding.join(", ");
  const made = `${cells} combinations gave ${classes} binaries`;
  const rest = inert.length === 0 ? "" : ` No effect was seen of ${inert.join(", ")}.`;
  return `${noisy}The binary is decided by ${set}: ${made}.${rest}`;
}

function noiseVerdict({ noise, cacheHidesChance }: DriftAnalysis): string {
  const [plain] = noise;
  const hidden = cacheHidesChance ? ", and a shared cache hides it" : "";
  if (plain !== undefined && plain.different > 0) {
    return `Equal builds come out differently (${plain.classes} binaries of ${plain.builds} builds with an empty cache)${hidden}.`;
  }
  const names = noise.filter(({ different }) => different > 0).map(({ factor }) => factor);
  return `With an empty cache the binary changes by ${names.join(", ")}, which a shared cache hides.`;
}

function noiseSection({ noise, sharedBuilds, sharedClasses, cacheHidesChance }: DriftAnalysis): DocumentSection[] {
  if (noise.length === 0) {
    return [
      sectionOf(
        "Noise floor",
        textBlock("Not measured: equal builds were not compared, so chance cannot be told from a factor."),
      ),
    ];
  }
  const rows = noise.map((one) => [
    one.factor === "" ? "none" : one.factor,
    String(one.builds),
    String(one.classes),
    String(one.different),
    one.different > 0 ? "" : `at most ${formatShare(one.upperBound)}`,
  ]);
  const hides = cacheHidesChance
    ? " The shared cache hides chance: the object that was compiled first is used ever after. The combinations below show factors only."
    : "";
  return [
    sectionOf(
      "Noise floor",
      tableBlock(["changed", "builds", "binaries", "different", "share of different builds (95 %)"], rows),
      textBlock(
        `Each with an empty cache. Over the shared cache, ${counted(sharedBuilds, "build", "equal builds")} gave ${counted(sharedClasses, "binary", "binaries")}.${hides}`,
      ),
    ),
  ];
}

/** Chapter 4.1 of the book that this lab answers to: GOCACHE=off with asyncpreemptoff=1 drifts in over 92 % of builds. */
const claimedShare = 0.92;

function pairSection({ noise }: DriftAnalysis): DocumentSection[] {
  const pair = noise.find(({ factor }) => factor === "asyncpreemptoff");
  if (pair === undefined) return [];
  return [sectionOf("No cache with asyncpreemptoff=1", textBlock(pairText(pair)))];
}

function pairText({ builds, different, upperBound }: NoiseOf): string {
  const asked =
    "It is said that building without a cache under GODEBUG=asyncpreemptoff=1 changes the binary in more than 92 % of builds. " +
    "GOCACHE=off is refused since Go 1.12; an empty GOCACHE is what comes nearest.";
  if (different > 0) return `${asked} Here ${different} of ${builds} such builds differed from the plain one.`;
  const chance = (1 - claimedShare) ** builds;
  return (
    `${asked} Here none of ${builds} differed from the plain build. Were it 92 %, that would happen once in ` +
    `${Math.round(1 / chance).toLocaleString("en")} times; at most ${formatShare(upperBound)} of builds differ (95 %).`
  );
}

function screenSection({ screen, factors }: DriftAnalysis): DocumentSection[] {
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
        "One factor at a time, from the plain build and from one with -trimpath -buildvcs=false. What changed in neither is not varied further.",
      ),
      tableBlock(["factor", "from plain", "from hardened"], rows),
      ...(failures.length === 0 ? [] : [linesBlock([...new Set(failures)])]),
    ),
  ];
}

function lastLine(said: string): string {
  return said.trim().split("\n").at(-1) ?? "";
}

function influenceSection({ influences, cells, classes, failed }: DriftAnalysis): DocumentSection[] {
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
    ? "All combinations were built, so the share is exact for this module; the interval (Clopper–Pearson) reads the pairs as a sample."
    : "The pairs are a sample by the seed; the interval is Clopper and Pearson's.";
  const broken = failed === 0 ? "" : ` ${counted(failed, "combination does", "combinations do")} not build.`;
  return [
    sectionOf(
      "Influence",
      textBlock(
        `${cells} combinations gave ${counted(classes, "binary", "binaries")}.${broken} A factor's influence is the share of pairs, equal in all else, that it changes. ${how}`,
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
function interactionSection({ influences }: DriftAnalysis): DocumentSection[] {
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

function leftOutSection({ leftOut }: DriftAnalysis): DocumentSection[] {
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
