/**
 * When a change was made, by Lamport's clock. A node raises its clock by one for each change of its own, and above
 * whatever it hears of. Two nodes may reach the same version: then the source's name decides.
 */

export interface Stamp {
  readonly version: number;
  /** A node's name and a random incarnation: a node that lost its disk is a new source. */
  readonly source: string;
}

/** Before every change. */
export const noStamp: Stamp = { version: 0, source: "" };

/** Negative when `a` comes first, 0 only for one and the same change. */
export function compareStamps(a: Stamp, b: Stamp): number {
  if (a.version !== b.version) return a.version - b.version;
  return compareTexts(a.source, b.source);
}

/** By UTF-16 units: the same on each machine, whatever its language. */
export function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
