/** A plot as SVG. Colours come from the page, so that one drawing serves light and dark. */

import type { Plot } from "../document.ts";
import { xmlText } from "../printable.ts";
import { intervalsSvg } from "./intervals.ts";
import { linesSvg } from "./lines.ts";
import { matrixSvg } from "./matrix.ts";
import { stripsSvg } from "./strips.ts";

/** The drawing, with its title as what a screen reader says. */
export function plotSvg(plot: Plot): string {
  const { heightPx, shapes } = draw(plot);
  return (
    `<svg viewBox="0 0 ${plotWidthPx} ${heightPx}" role="img" aria-label="${xmlText(plot.title)}">` +
    `${shapes.join("")}</svg>`
  );
}

const plotWidthPx = 720;

function draw(plot: Plot): { readonly heightPx: number; readonly shapes: readonly string[] } {
  switch (plot.kind) {
    case "intervals":
      return intervalsSvg(plot);
    case "strips":
      return stripsSvg(plot);
    case "lines":
      return linesSvg(plot);
    case "matrix":
      return matrixSvg(plot);
  }
}
