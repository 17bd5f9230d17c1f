/** Where factors change the binary, as blocks of a document. */

import { linesBlock, sectionOf, tableBlock, textBlock } from "../../../report/document-blocks.ts";
import type { DocumentBlock, DocumentSection } from "../../../report/document.ts";
import type { Location } from "./where/locate.ts";

export function whereSections(where: readonly (Location & { readonly factor: string })[]): DocumentSection[] {
  return where.map((location) => sectionOf(`Where ${location.factor} changes it`, ...whereBlocks(location)));
}

/** What a location says, as blocks of a document. */
export function whereBlocks({ summary, programs, inputs }: Location): DocumentBlock[] {
  const blocks: DocumentBlock[] = [textBlock(summary)];
  if (programs !== undefined) {
    const settings = programs.settings.map(({ key, from, to }) => [key, from ?? "not there", to ?? "not there"]);
    if (settings.length > 0) blocks.push(tableBlock(["module information", "from", "to"], settings));
    const parts = programs.sections.map(({ name, change, fromBytes, toBytes }) => [
      name,
      change,
      String(fromBytes),
      String(toBytes),
    ]);
    if (parts.length > 0) blocks.push(tableBlock(["section", "change", "bytes before", "after"], parts));
    const examples = programs.functions?.examples ?? [];
    if (examples.length > 0) blocks.push(linesBlock([`functions: ${examples.join(", ")}`]));
  }
  const hashed = inputs?.changes ?? [];
  if (hashed.length > 0) {
    blocks.push(
      tableBlock(
        ["what go hashed", "and", "packages"],
        hashed.map(({ from, to, packages, count: all }) => [
          from,
          to,
          all > packages.length ? `${packages.join(", ")} and ${all - packages.length} more` : packages.join(", "),
        ]),
      ),
    );
  }
  return blocks;
}
