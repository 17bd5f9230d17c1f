/** How `ballast cache` writes ids, times and names. */

import { bodyKind, bodyKindName } from "../go/body-kind.ts";
import { formatDuration } from "../core/human-units.ts";
import { textWidth } from "../core/style.ts";

/** The kinds as flags take them. */
export const kindNames: readonly string[] = Object.values(bodyKind).map(bodyKindName);

/** Ten digits tell a billion entries apart well enough; `show` takes fewer. */
export function shortId(id: string): string {
  return id.slice(0, 10);
}

/** How long ago, without seconds beyond a minute: uses are noted to the hour. */
export function agoText(nowMs: number, thenMs: number): string {
  return formatDuration(Math.max(0, nowMs - thenMs)).replace(/m \d\ds$/, "m");
}

/** A time as ISO 8601 to the second. */
export function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d+Z$/, "Z");
}

/** At most `columns` wide: a path's end tells more than its beginning. */
function cutStart(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  const characters = Array.from(text);
  while (characters.length > 0 && textWidth(characters.join("")) > columns - 1) characters.shift();
  return `…${characters.join("")}`;
}

/**
 * The cells of a table's last column, cut to what a terminal has left beside the others; whole where nobody looks.
 * `otherWidth` is what the other columns and the gaps take.
 */
export function lastColumn(
  texts: readonly string[],
  otherWidth: number,
  stdout: { readonly isTTY: boolean; readonly columns: number },
): string[] {
  const left = Math.max(20, stdout.columns - otherWidth);
  return texts.map((text) => (stdout.isTTY ? cutStart(text, left) : text));
}
