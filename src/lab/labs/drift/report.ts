/** The drift lab's report: what decides the binary, how sure that is, and where the differences are. */

import { formatShare } from "../../../core/human-units.ts";
import { counted, sectionOf, tableBlock, textBlock } from "../../../report/document-blocks.ts";
import type { DocumentSection } from "../../../report/document.ts";
import type { LabReport } from "../../lab.ts";
import type { NoiseOf } from "./analysis.ts";
import { figuresSections, leftOutSection, shown } from "./figures-report.ts";
import type { DriftAnalysis } from "./lab.ts";
import { whereSections } from "./where-report.ts";

const words = {
  one: "binary",
  many: "binaries",
  subject: "module",
  hardened: "-trimpath -buildvcs=false",
} as const;

export function driftReport(analysis: DriftAnalysis): LabReport {
  const sections = [
    noiseSection,
    pairSection,
    (one: DriftAnalysis) => figuresSections(one, words),
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
