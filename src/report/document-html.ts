/** A document as one HTML page: no script, no request to any host, readable in light and dark, narrow and wide. */

import type { DocumentBlock, DocumentSection, ReportDocument } from "./document.ts";
import { pageStyle } from "./document-style.ts";
import { plotSvg } from "./plots/plot.ts";
import { xmlText } from "./printable.ts";

/** The whole page. What a page may load is nothing, and the page says so to the browser. */
export function documentHtml({ title, verdict, facts, sections }: ReportDocument): string {
  const rows = facts.map(([name, value]) => `<dt>${xmlText(name)}</dt><dd>${xmlText(value)}</dd>`);
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${xmlText(title)}</title>`,
    `<style>${pageStyle}</style>`,
    "</head>",
    "<body>",
    "<main>",
    `<h1>${xmlText(title)}</h1>`,
    `<p class="verdict">${xmlText(verdict)}</p>`,
    `<dl>${rows.join("")}</dl>`,
    ...sections.map(sectionHtml),
    "</main>",
    "</body>",
    "</html>\n",
  ].join("\n");
}

function sectionHtml({ title, blocks }: DocumentSection): string {
  return `<section>\n<h2>${xmlText(title)}</h2>\n${blocks.map(blockHtml).join("\n")}\n</section>`;
}

function blockHtml(block: DocumentBlock): string {
  switch (block.kind) {
    case "text":
      return `<p>${xmlText(block.text)}</p>`;
    case "table":
      return tableHtml(block.columns, block.rows);
    case "lines":
      return `<pre tabindex="0">${block.lines.map((line) => xmlText(line)).join("\n")}</pre>`;
    case "plot":
      return `<figure tabindex="0"><figcaption>${xmlText(block.plot.title)}</figcaption>${plotSvg(block.plot)}</figure>`;
  }
}

/** A wide table scrolls by itself, also by the keyboard, rather than the page. */
function tableHtml(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const classes = columns.map((_column, index) => (isNumeric(rows, index) ? ' class="number"' : ""));
  const head = columns.map((column, index) => `<th scope="col"${classes[index]}>${xmlText(column)}</th>`).join("");
  const body = rows.map((row) => {
    const cells = columns.map((_column, index) => `<td${classes[index]}>${xmlText(row[index] ?? "")}</td>`);
    return `<tr>${cells.join("")}</tr>`;
  });
  return (
    `<div class="wide" tabindex="0" role="region" aria-label="table"><table><thead><tr>${head}</tr></thead>` +
    `<tbody>${body.join("")}</tbody></table></div>`
  );
}

/** Whether a column holds numbers and dashes only; a digest that happens to begin with a digit makes none. */
function isNumeric(rows: readonly (readonly string[])[], index: number): boolean {
  const cells = rows.map((row) => row[index] ?? "").filter((text) => !/^(?:|–|none)$/.test(text));
  return cells.length > 0 && cells.every((text) => /^[<>~±+-]?\d[\d.,]*(?:\D|$)/.test(text));
}
