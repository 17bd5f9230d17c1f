/** Plain aligned tables for terminals. */

import { textWidth } from "./style.ts";

export interface TableColumn {
  readonly title: string;
  /** By default right when every cell of the column begins with a digit or is empty or a dash; left otherwise. */
  readonly align?: "left" | "right";
}

export interface TableOptions {
  /** Applied to each title after it was padded, for instance a bold style. */
  readonly styleTitle?: (text: string) => string;
}

const gap = "  ";

/** The lines of a table, each ended by a line feed; no trailing blanks. Missing cells are empty. */
export function formatTable(
  columns: readonly (string | TableColumn)[],
  rows: readonly (readonly string[])[],
  options: TableOptions = {},
): string {
  const layout = columns.map((column, index) => {
    const { title, align } = typeof column === "string" ? { title: column } : column;
    const cells = rows.map((row) => oneLine(row[index] ?? ""));
    const isRight = (align ?? naturalAlign(cells)) === "right";
    // Blanks after the last column would only be trailing ones.
    const isPadded = isRight || index < columns.length - 1;
    return { title, isRight, width: isPadded ? Math.max(...[title, ...cells].map(textWidth)) : 0 };
  });
  const lines = [layout.map(({ title }) => title), ...rows].map((row, rowIndex) => {
    const cells = layout.map(({ width, isRight }, index) => {
      const padded = pad(oneLine(row[index] ?? ""), width, isRight);
      return rowIndex === 0 ? (options.styleTitle?.(padded) ?? padded) : padded;
    });
    return cells.join(gap).trimEnd();
  });
  return `${lines.join("\n")}\n`;
}

/** `name  value` lines for the facts about one thing. */
export function formatFacts(facts: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(0, ...facts.map(([name]) => textWidth(name)));
  return facts.map(([name, value]) => `${pad(name, width, false)}${gap}${value}`.trimEnd() + "\n").join("");
}

function naturalAlign(cells: readonly string[]): "left" | "right" {
  const isNumeric = cells.some((cell) => cell !== "") && cells.every((cell) => /^(?:|[-–—]|[<>~±+-]?\d.*)$/.test(cell));
  return isNumeric ? "right" : "left";
}

function pad(text: string, width: number, isRight: boolean): string {
  const blanks = " ".repeat(Math.max(0, width - textWidth(text)));
  return isRight ? blanks + text : text + blanks;
}

/** A line feed inside a cell would break the table. */
function oneLine(text: string): string {
  return text.replace(/[\r\n\t]+/g, " ");
}
