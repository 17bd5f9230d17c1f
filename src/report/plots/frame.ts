/** What plots share: the area between labels and axis, its grid, and shapes as text. */

import { xmlText } from "../printable.ts";
import type { Scale } from "./scale.ts";

export interface Drawing {
  readonly heightPx: number;
  readonly shapes: readonly string[];
}

/** The area that values lie in, in the coordinates of a drawing of 720 by what is needed. */
export interface Area {
  readonly leftPx: number;
  readonly rightPx: number;
  readonly topPx: number;
  readonly bottomPx: number;
}

const widthPx = 720;
/** A letter of the 13 px face, on average; labels are cut to what fits. */
const letterPx = 7.6;
const mostLabelPx = 260;

/** An area with room for the labels at its left. */
export function areaFor(labels: readonly string[], rowsPx: number): Area {
  const longest = Math.max(0, ...labels.map(({ length }) => length)) * letterPx + 14;
  return {
    leftPx: Math.max(40, Math.min(mostLabelPx, longest)),
    rightPx: widthPx - 24,
    topPx: 8,
    bottomPx: 8 + rowsPx,
  };
}

/** The x of a value in the area. */
export function across(area: Area, scale: Scale, value: number): number {
  return round(area.leftPx + scale.place(value) * (area.rightPx - area.leftPx));
}

/** Grid lines, ticks and the axis' title below. */
export function bottomAxis(area: Area, scale: Scale, title: string): string[] {
  const grid = scale.ticks.flatMap(({ value, label }) => {
    const x = across(area, scale, value);
    return [
      `<line class="grid" x1="${x}" y1="${area.topPx}" x2="${x}" y2="${area.bottomPx}"/>`,
      text(x, area.bottomPx + 16, label, "middle", "tick"),
    ];
  });
  const frame = `<line class="frame" x1="${area.leftPx}" y1="${area.bottomPx}" x2="${area.rightPx}" y2="${area.bottomPx}"/>`;
  return [...grid, frame, text((area.leftPx + area.rightPx) / 2, area.bottomPx + 36, title, "middle", "tick")];
}

/** What the axis takes below the area. */
export const axisPx = 46;

/** A row's label, right-aligned at the area's left, cut to what fits. */
export function rowLabel(area: Area, y: number, label: string): string {
  const fitting = Math.max(4, Math.floor((area.leftPx - 12) / letterPx));
  const shown = label.length > fitting ? `${label.slice(0, fitting - 1)}…` : label;
  return text(area.leftPx - 8, y + 4, shown, "end");
}

export function text(
  x: number,
  y: number,
  content: string,
  anchor: "start" | "middle" | "end",
  className?: string,
): string {
  const marked = className === undefined ? "" : ` class="${className}"`;
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"${marked}>${xmlText(content)}</text>`;
}

/** A colour of the page, by turns. */
export function colour(index: number): string {
  return `var(--c${index % 6})`;
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
