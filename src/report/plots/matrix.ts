import type { MatrixPlot } from "../document.ts";
import { areaFor, colour, round, rowLabel, text, type Drawing } from "./frame.ts";
import { shortNumber } from "./scale.ts";

const rowPx = 30;
const headPx = 116;
const mostColumnPx = 90;

/** A field for each pair, the darker the larger, with its value in it. */
export function matrixSvg({ rows, columns, values, scale, axis }: MatrixPlot): Drawing {
  const area = areaFor(rows, rows.length * rowPx);
  const columnPx = Math.min(mostColumnPx, (area.rightPx - area.leftPx) / Math.max(1, columns.length));
  const centre = (index: number): number => round(area.leftPx + (index + 0.5) * columnPx);
  const heads = columns.map((label, index) => {
    const shown = label.length > 18 ? `${label.slice(0, 17)}…` : label;
    const at = `${centre(index)},${headPx - 8}`;
    return `<g transform="translate(${at}) rotate(-40)">${text(0, 0, shown, "start")}</g>`;
  });
  const fields = values.flatMap((row, rowIndex) =>
    row.flatMap((value, index) => {
      if (value === undefined) return [];
      const [x, y] = [area.leftPx + index * columnPx, headPx + rowIndex * rowPx];
      // Darker would leave the number in it below a contrast of 4.5 to 1 in the dark.
      const shade = (0.05 + 0.4 * Math.min(1, Math.max(0, value))).toFixed(2);
      const shown = scale === "share" ? `${Math.round(value * 100)} %` : shortNumber(value);
      const place = `x="${round(x + 1)}" y="${y + 1}" width="${round(columnPx - 2)}" height="${rowPx - 2}"`;
      return [
        `<rect ${place} style="fill:${colour(0)};opacity:${shade}"/>`,
        text(centre(index), y + rowPx / 2 + 4, shown, "middle"),
      ];
    }),
  );
  const labels = rows.map((label, index) => rowLabel(area, headPx + (index + 0.5) * rowPx, label));
  const below = headPx + rows.length * rowPx;
  return {
    heightPx: below + 30,
    shapes: [...heads, ...labels, ...fields, text(area.leftPx, below + 20, axis, "start", "tick")],
  };
}
