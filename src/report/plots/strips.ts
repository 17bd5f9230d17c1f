import type { StripPlot } from "../document.ts";
import { across, areaFor, axisPx, bottomAxis, colour, rowLabel, type Drawing } from "./frame.ts";
import { createScale } from "./scale.ts";

const rowPx = 30;
const shiftsPx = [-5, 3, -1, 6, -3, 1, 5];

/** Points are moved up and down by turns, so that equal values can be told apart. */
export function stripsSvg({ groups, axis, scale: kind }: StripPlot): Drawing {
  const area = areaFor(
    groups.map(({ label }) => label),
    groups.length * rowPx,
  );
  const scale = createScale(
    kind,
    groups.flatMap(({ values }) => values),
  );
  const marks = groups.flatMap(({ label, values }, index) => {
    const y = area.topPx + (index + 0.5) * rowPx;
    const points = values.map((value, turn) => {
      const shifted = y + (shiftsPx[turn % shiftsPx.length] ?? 0);
      return `<circle cx="${across(area, scale, value)}" cy="${shifted}" r="3.5" style="fill:${colour(0)};opacity:.6"/>`;
    });
    return [rowLabel(area, y, label), ...points, ...medianMark(values, y, (value) => across(area, scale, value))];
  });
  return { heightPx: area.bottomPx + axisPx, shapes: [...bottomAxis(area, scale, axis), ...marks] };
}

function medianMark(values: readonly number[], y: number, xOf: (value: number) => number): string[] {
  if (values.length === 0) return [];
  const sorted = values.toSorted((a, b) => a - b);
  const middle = ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
  const x = xOf(middle);
  return [`<line x1="${x}" y1="${y - 12}" x2="${x}" y2="${y + 12}" style="stroke:${colour(1)};stroke-width:3"/>`];
}
