/** What differs between two images, as a document. */

import { sectionOf, tableBlock, textBlock } from "../../../../report/document-blocks.ts";
import type { DocumentSection } from "../../../../report/document.ts";
import { driftErrors } from "../errors.ts";
import type { LabReport } from "../../../lab.ts";
import { whereBlocks } from "../where-report.ts";
import { compareImages, type ImageDifference } from "./compare-images.ts";
import { readImageArchive } from "./image-archive.ts";

export interface ImagesAnalysis {
  readonly from: string;
  readonly to: string;
  readonly images: readonly ImageDifference[];
}

/** Images are paired by their place in the archive. Throws `lab/image-unreadable`. */
export function compareImageArchives(from: string, to: string): ImagesAnalysis {
  const [before, after] = [readImageArchive(from), readImageArchive(to)];
  if (before.length !== after.length) {
    throw driftErrors.error("lab/image-unreadable", `${from} has ${before.length} images, ${to} has ${after.length}`);
  }
  const images = before.flatMap((image, index) => {
    const other = after[index];
    return other === undefined ? [] : [compareImages(image, other)];
  });
  return { from, to, images };
}

export function imageReport({ from, to, images }: ImagesAnalysis): LabReport {
  const different = images.filter(({ isEqual }) => !isEqual);
  return {
    isFinding: different.length > 0,
    document: {
      title: "Two images",
      verdict: different.length === 0 ? "The images are equal." : different.map(({ summary }) => summary).join(" "),
      facts: [
        ["first", from],
        ["second", to],
      ],
      sections: different.flatMap(imageSections),
    },
  };
}

/** Layers and configuration, as sections of a report. */
export function imageSections({ platform, layers, config }: ImageDifference): DocumentSection[] {
  const of = platform === "" ? "" : ` of ${platform}`;
  const layerSections = layers.map(({ number, change, entries, programs }) =>
    sectionOf(
      `Layer ${number}${of}`,
      ...(change === "entries" ? [] : [textBlock(change)]),
      ...(entries.length === 0
        ? []
        : [
            tableBlock(
              ["difference", "entries", "examples"],
              entries.map(({ kind, count, examples }) => [kind, String(count), examples.join("; ")]),
            ),
          ]),
      ...programs.flatMap((program) => [textBlock(program.path), ...whereBlocks(program)]),
    ),
  );
  const rows = config.map((one) => [one.pointer, one.from, one.to]);
  return [
    ...layerSections,
    ...(rows.length === 0 ? [] : [sectionOf(`Configuration${of}`, tableBlock(["pointer", "first", "second"], rows))]),
  ];
}
