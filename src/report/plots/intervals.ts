import type { IntervalPlot } from "../document.ts";
import { across, areaFor, axisPx, bottomAxis, colour, rowLabel, type Drawing } from "./frame.ts";
import { createScale } from "./scale.ts";

const rowPx = 26;

/** A dot for each value and a bar for its interval. */
export function intervalsSvg({ rows, axis, scale: kind }: IntervalPlot): Drawing {
  const area = areaFor(
    rows.map(({ label }) => label),
    rows.length * rowPx,
  );
  const scale = createScale(
    kind,
    rows.flatMap(({ value, low, high }) => [value, low, high]),
  );
  const marks = rows.flatMap(({ label, value, low, high }, index) => {
    const y = area.topPx + (index + 0.5) * rowPx;
    const [from, to, at] = [across(area, scale, low), across(area, scale, high), across(area, scale, value)];
    return [
      rowLabel(area, y, label),
      `<line x1="${from}" y1="${y}" x2="${to}" y2="${y}" style="stroke:${colour(0)};stroke-width:6;opacity:.35"/>`,
      `<circle cx="${at}" cy="${y}" r="5" style="fill:${colour(0)}"/>`,
    ];
  });
  return { heightPx: area.bottomPx + axisPx, shapes: [...bottomAxis(area, scale, axis), ...marks] };
}
