/** A document for terminals. */

import type { Style } from "../core/style.ts";
import { formatFacts, formatTable } from "../core/table.ts";
import type { DocumentBlock, ReportDocument } from "./document.ts";
import { printable } from "./printable.ts";

/** Plots are left out: what they show stands in the tables. */
export function documentText({ title, verdict, facts, sections }: ReportDocument, style: Style): string {
  const parts = sections.map((section) => {
    const blocks = section.blocks.map((block) => blockText(block, style)).filter((text) => text !== "");
    return `${style.bold(printable(section.title))}\n${blocks.join("\n")}`;
  });
  const shownFacts = formatFacts(facts.map(([name, value]) => [printable(name), printable(value)]));
  return [`${style.bold(printable(title))}\n${fill(verdict)}`, shownFacts, ...parts].join("\n");
}

function blockText(block: DocumentBlock, style: Style): string {
  switch (block.kind) {
    case "text":
      return fill(block.text);
    case "table":
      return formatTable(
        block.columns.map(printable),
        block.rows.map((row) => row.map(printable)),
        { styleTitle: style.dim },
      );
    case "lines":
      return block.lines.map((line) => `  ${printable(line)}\n`).join("");
    case "plot":
      return "";
  }
}

const widthColumns = 100;

/** Words in lines of at most 100 columns; a longer word has a line of its own. */
function fill(text: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of printable(text.replace(/\s+/g, " ").trim()).split(" ")) {
    if (line !== "" && line.length + 1 + word.length > widthColumns) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((filled) => `${filled}\n`).join("");
}
