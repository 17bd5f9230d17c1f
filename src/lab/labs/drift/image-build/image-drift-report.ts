/** What decides an image, whether equal builds of it are equal, and where the differences are. */

import { counted, linesBlock, sectionOf, textBlock } from "../../../../report/document-blocks.ts";
import type { DocumentSection } from "../../../../report/document.ts";
import type { LabReport } from "../../../lab.ts";
import { figuresSections, leftOutSection, shown } from "../figures-report.ts";
import { imageSections } from "../image/image-report.ts";
import type { Chance, ImageDriftAnalysis } from "./image-lab.ts";

const words = {
  one: "image",
  many: "images",
  subject: "Dockerfile",
  hardened: "SOURCE_DATE_EPOCH and rewritten times",
} as const;

export function imageDriftReport(analysis: ImageDriftAnalysis): LabReport {
  const { factors, chance, where } = analysis;
  return {
    isFinding: chance.remains,
    document: {
      title: `Drift of the image of ${analysis.dockerfile}`,
      verdict: `${chanceVerdict(chance)} ${factorVerdict(analysis)}`,
      facts: [
        ["module", analysis.module],
        ["factors", factors.map(({ name, levels }) => `${name} (${levels.map(shown).join(", ")})`).join("; ")],
      ],
      sections: [
        chanceSection(chance),
        ...figuresSections(analysis, words),
        ...where.flatMap(({ factor, difference }) => [
          sectionOf(`Where ${factor} changes it`, textBlock(difference.summary)),
          ...imageSections(difference),
        ]),
        ...leftOutSection(analysis),
      ],
    },
  };
}

function chanceVerdict({ combinations, built, deciding, remains }: Chance): string {
  if (combinations === 0) return "Equal builds give equal images.";
  const share = `${combinations} of ${built} combinations do not give the same image twice`;
  if (remains) return `Equal builds come out differently: ${share}, also with SOURCE_DATE_EPOCH and rewritten times.`;
  return `Equal builds come out differently without ${deciding.join(" and ")}: ${share}.`;
}

function factorVerdict({ deciding, cells, classes, influences, factors }: ImageDriftAnalysis): string {
  const changing = influences.filter(({ changed }) => changed > 0).map(({ factor }) => factor);
  const inert = factors.map(({ name }) => name).filter((name) => !changing.includes(name));
  if (changing.length === 0) return `No factor changes the image; varied: ${inert.join(", ")}.`;
  const rest = inert.length === 0 ? "" : ` No effect was seen of ${inert.join(", ")}.`;
  const made = `${cells} combinations gave ${counted(classes, words.one, words.many)}`;
  return `Chance apart, the image is decided by ${deciding.join(", ")}: ${made}.${rest}`;
}

function chanceSection({ what, combinations, built }: Chance): DocumentSection {
  const how =
    "Each combination was built twice, at least a second apart, without the builder's cache. What differs between the two " +
    "is chance, the time of the build above all, and is left out of all that follows.";
  if (combinations === 0) {
    return sectionOf("Equal builds", textBlock(`${how} Nothing differed in ${built} combinations.`));
  }
  return sectionOf(
    "Equal builds",
    textBlock(`${how} In ${combinations} of ${built} combinations this differed:`),
    linesBlock(what),
  );
}
