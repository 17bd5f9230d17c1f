/** A judgement in words. */

import { percentText } from "../../go/cover/profile.ts";
import { type Cause, directionOf, type FigurePair, type Judgement } from "./verdict.ts";

/** One line: `71.4% → 55.6%: false change, corrected 71.4% → 71.4%: …`. */
export function headline(judgement: Judgement): string {
  const { verdict, seen, reported, corrected, causes, isSameSource } = judgement;
  const shown = seen === undefined ? pairText(reported) : `${seen.old}% → ${seen.new}%`;
  const better =
    corrected === undefined || (seen === undefined && sameFigures(reported, corrected))
      ? ""
      : `, corrected ${pairText(corrected)}`;
  const [cause] = causes;
  const because = cause === undefined ? "" : `: ${cause.text}`;
  switch (verdict) {
    case "true":
      if (seen === undefined && directionOf(reported) === 0) return `${percentText(reported.new)}, as before${better}`;
      return `${shown}: true change${isSameSource ? ", although the sources are the same" : ""}${better}${better && because}`;
    case "false":
      return `${shown}: false change${better}${because}`;
    case "undetermined":
      return `${shown}: undetermined${better}${because}`;
  }
}

/** The line for one cause. */
export function causeLine({ code, side, text, places }: Cause): string {
  const where = side === undefined ? "" : `${side}: `;
  const shown = places.slice(0, 5).join(", ");
  const more = places.length > 5 ? ` and ${places.length - 5} more` : "";
  return `${code}: ${where}${text}${shown === "" ? "" : ` (${shown}${more})`}`;
}

/** `71.4% → 55.6%` */
export function pairText({ old, new: later }: FigurePair): string {
  return `${percentText(old)} → ${percentText(later)}`;
}

function sameFigures(a: FigurePair, b: FigurePair): boolean {
  return pairText(a) === pairText(b);
}
