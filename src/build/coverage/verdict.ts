/** What a judgement says. Plain data: it is printed, kept in the ledger, and compared in tests. */

import type { Figure } from "../../go/cover/profile.ts";

/** Whether the change that two figures show is one of what the tests cover. */
export type Verdict = "true" | "false" | "undetermined";

export type CauseCode =
  | "repeated-blocks"
  | "toolchains-merged"
  | "sources-moved"
  | "older-binary"
  | "packages-failed"
  | "packages-not-run"
  | "temp-folder"
  | "not-written"
  | "coverpkg-differs"
  | "tests-differ"
  | "toolchain-differs"
  | "generated-files"
  | "bare-profile";

/** One reason why two figures differ, or may differ, although no test covers more or less. */
export interface Cause {
  readonly code: CauseCode;
  /** Which of the two it is about; absent for both. */
  readonly side?: "old" | "new";
  readonly text: string;
  /** Packages or files, some of them. */
  readonly places: readonly string[];
  /** Its effect is taken out of the corrected figures. */
  readonly isMended: boolean;
}

export interface FigurePair {
  readonly old: Figure;
  readonly new: Figure;
}

/** Two figures of another tool, in per cent. */
export interface SeenPercent {
  readonly old: number;
  readonly new: number;
}

export interface Judgement {
  readonly verdict: Verdict;
  /** What another tool showed; the verdict is then on that. */
  readonly seen?: SeenPercent;
  /** What Go's own tools say. */
  readonly reported: FigurePair;
  /** Over what both measured, rightly counted; absent where that cannot be had from what is there. */
  readonly corrected?: FigurePair;
  readonly causes: readonly Cause[];
  /** Fewer statements are covered, and that is certain. */
  readonly isTrueFall: boolean;
  /** The sources are the same, so tests ran differently. */
  readonly isSameSource: boolean;
}

/** -1, 0 or 1, as a share of statements went down, stayed, or went up. Exact: percentages are rounded. */
export function directionOf({ old, new: later }: FigurePair): -1 | 0 | 1 {
  const shareOf = ({ covered, statements }: Figure): readonly [bigint, bigint] =>
    statements === 0 ? [0n, 1n] : [BigInt(covered), BigInt(statements)];
  const [oldCovered, oldAll] = shareOf(old);
  const [newCovered, newAll] = shareOf(later);
  const difference = newCovered * oldAll - oldCovered * newAll;
  if (difference === 0n) return 0;
  return difference < 0n ? -1 : 1;
}
