/**
 * Two states of one slot become one. Everything that nodes tell each other goes through here, and so do a node's own
 * puts, so that a node alone and a fleet decide alike.
 *
 * `mergeStates` is commutative, associative and idempotent, and its result holds what both held. What makes it so:
 *
 * - Eras are a chain: the later removal wins whole. A put that did not know of it loses, even with a higher version:
 *   of a removal and a put at the same time the removal is what somebody asked for.
 * - Within an era the candidates are a set that only grows, cut to its best by one total order: of compiled packages
 *   the first few outputs, of everything else the last put. The best of a union is the best of the bests, so it does
 *   not matter when it is cut.
 */

import { bodyKind } from "../../go/body-kind.ts";
import { type Candidate, compiledCandidatesMax, type SlotState } from "./slot-state.ts";
import { compareStamps, compareTexts, noStamp } from "./stamp.ts";

export const emptyState: SlotState = { era: noStamp, candidates: [] };

export function mergeStates(a: SlotState, b: SlotState): SlotState {
  const order = compareStamps(a.era, b.era);
  if (order !== 0) return order > 0 ? a : b;
  return { era: a.era, candidates: bestOf([...a.candidates, ...b.candidates]) };
}

/** Whether merging `b` into `a` changes nothing. */
export function isCovered(a: SlotState, b: SlotState): boolean {
  return isSame(mergeStates(a, b), a);
}

/** Whether two states say the same. */
export function isSame(a: SlotState, b: SlotState): boolean {
  if (a === b) return true;
  return (
    compareStamps(a.era, b.era) === 0 &&
    a.candidates.length === b.candidates.length &&
    a.candidates.every((one, at) => compareCandidates(one, b.candidates[at] as Candidate) === 0)
  );
}

/** The candidates that stay, the best first. */
export function bestOf(candidates: readonly Candidate[]): readonly Candidate[] {
  if (candidates.length < 2) return candidates;
  const sorted = candidates.toSorted(compareCandidates);
  const other = sorted.find(({ kind }) => !isCompiled(kind));
  const compiled = new Map<string, Candidate>();
  for (const candidate of sorted) {
    if (!isCompiled(candidate.kind) || compiled.has(candidate.output)) continue;
    if (compiled.size < compiledCandidatesMax) compiled.set(candidate.output, candidate);
  }
  return [...(other === undefined ? [] : [other]), ...compiled.values()];
}

/**
 * A compiled package: two of them under one action contradict each other. The first one stays: everything that was
 * built on it names its content, so a change would turn the whole tree above it into misses; and who comes second may
 * be who wants to swap it. Other kinds change legitimately, and of these the last one counts.
 */
export function isCompiled(kind: number): boolean {
  return kind === bodyKind.package || kind === bodyKind.cgoPackage;
}

/** Negative when `a` is better. 0 only for candidates that are equal in everything. */
export function compareCandidates(a: Candidate, b: Candidate): number {
  const [isA, isB] = [isCompiled(a.kind), isCompiled(b.kind)];
  if (isA !== isB) return isA ? 1 : -1;
  return (isA ? compareStamps(a, b) : compareStamps(b, a)) || compareContents(a, b);
}

/** One stamp is one change. That two differ under it happens only to a node whose disk was copied: still no argument. */
function compareContents(a: Candidate, b: Candidate): number {
  return (
    compareTexts(a.output, b.output) ||
    a.kind - b.kind ||
    a.sizeBytes - b.sizeBytes ||
    Number(a.timeNs - b.timeNs) ||
    a.putMs - b.putMs ||
    a.costMs - b.costMs ||
    compareTexts(a.provenance, b.provenance)
  );
}
