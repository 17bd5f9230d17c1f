/** How far a writer is trusted. Nothing of a higher level reads what a lower one wrote. */

/** From the lowest to the highest. */
export const trustLevels = ["untrusted", "internal", "trusted"] as const;

export type TrustLevel = (typeof trustLevels)[number];

/** A number that grows with the level. */
export function trustRank(level: TrustLevel): number {
  return trustLevels.indexOf(level);
}

/** The level that a text names; `undefined` where it names none. */
export function readTrustLevel(text: unknown): TrustLevel | undefined {
  return trustLevels.find((level) => level === text);
}
