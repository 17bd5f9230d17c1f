import type { LinePlot } from "../document.ts";
import { across, axisPx, bottomAxis, colour, round, text, type Area, type Drawing } from "./frame.ts";
import { createScale } from "./scale.ts";

const heightPx = 240;
const legendRowPx = 20;

/** One line for each series, with a legend above. */
export function linesSvg({ series, axis, xAxis, scale: kind }: LinePlot): Drawing {
  const topPx = 30 + series.length * legendRowPx;
  const area: Area = { leftPx: 64, rightPx: 696, topPx, bottomPx: topPx + heightPx };
  const points = series.flatMap((one) => one.points);
  const xScale = createScale(
    "linear",
    points.map(([x]) => x),
  );
  const yScale = createScale(
    kind,
    points.map(([, y]) => y),
  );
  const yOf = (value: number): number => round(area.bottomPx - yScale.place(value) * heightPx);
  const grid = yScale.ticks.flatMap(({ value, label }) => [
    `<line class="grid" x1="${area.leftPx}" y1="${yOf(value)}" x2="${area.rightPx}" y2="${yOf(value)}"/>`,
    text(area.leftPx - 8, yOf(value) + 4, label, "end", "tick"),
  ]);
  const drawn = series.map(({ points: own }, index) => {
    const path = own.map(([x, y]) => `${across(area, xScale, x)},${yOf(y)}`).join(" ");
    return `<polyline points="${path}" style="fill:none;stroke:${colour(index)};stroke-width:2"/>`;
  });
  const legend = series.flatMap(({ label }, index) => {
    const y = 12 + index * legendRowPx;
    return [
      `<line x1="64" y1="${y}" x2="88" y2="${y}" style="stroke:${colour(index)};stroke-width:4"/>`,
      text(96, y + 4, label, "start"),
    ];
  });
  const title = text(8, topPx - 10, axis, "start", "tick");
  const shapes = [...legend, title, ...grid, ...bottomAxis(area, xScale, xAxis), ...drawn];
  return { heightPx: area.bottomPx + axisPx, shapes };
}
