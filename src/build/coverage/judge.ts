/** Whether a change between two measurements is one of what the tests cover: a pure function of the two. */

import { type CoverProfile, type Figure, figureOf, packageOfFile, percentText } from "../../go/cover/profile.ts";
import type { Measured } from "./measured.ts";
import { generatedCause, missingPackages, type Pair, type ProfilePair, recordCauses } from "./pair-causes.ts";
import { assess, type Assessment } from "./side-causes.ts";
import { type Cause, directionOf, type FigurePair, type Judgement, type SeenPercent, type Verdict } from "./verdict.ts";

export interface JudgedPair {
  readonly judgement: Judgement;
  /** What both measured, rightly counted: what a list of changes is made from. */
  readonly profiles: ProfilePair;
}

/** @param seen what another tool showed of the two, where that is what is in question */
export function judgeCoverage(old: Measured, later: Measured, seen?: SeenPercent): JudgedPair {
  const pair: Pair = { old, new: later };
  const sides = { old: assess(old, "old"), new: assess(later, "new") };
  const { causes, profiles } = narrow(pair, sides);
  const corrected = { old: figureOf(profiles.old), new: figureOf(profiles.new) };
  const reported = { old: figureOf(old.profile), new: figureOf(later.profile) };
  const judgement = decide({
    reported,
    corrected,
    causes: [...sides.old.causes, ...sides.new.causes, ...causes, ...repeatedCause(pair, reported)],
    pair,
    seen,
  });
  return { judgement, profiles };
}

interface Sides {
  readonly old: Assessment;
  readonly new: Assessment;
}

/** Both profiles without what only one of them measured. */
function narrow(pair: Pair, sides: Sides): { readonly causes: readonly Cause[]; readonly profiles: ProfilePair } {
  const whole = { old: sides.old.profile, new: sides.new.profile };
  const unmeasured = new Set([...sides.old.unmeasured, ...sides.new.unmeasured]);
  const missing = missingPackages(pair, whole, unmeasured);
  // With -coverpkg a package that failed is still covered by the tests of others, in both.
  const isShared = pair.old.record?.coverpkg !== "" && pair.new.record?.coverpkg !== "";
  const left = new Set([...missing.packages, ...(isShared ? [] : unmeasured)]);
  const common = {
    old: keep(whole.old, (file) => !left.has(packageOfFile(file))),
    new: keep(whole.new, (file) => !left.has(packageOfFile(file))),
  };
  const generated = generatedCause(pair, common);
  const profiles = {
    old: keep(common.old, (file) => !generated.files.has(file)),
    new: keep(common.new, (file) => !generated.files.has(file)),
  };
  return { causes: [...missing.causes, ...generated.causes, ...recordCauses(pair)], profiles };
}

function keep({ mode, files }: CoverProfile, isKept: (file: string) => boolean): CoverProfile {
  return { mode, files: new Map([...files].filter(([file]) => isKept(file))) };
}

interface Findings {
  readonly reported: FigurePair;
  readonly corrected: FigurePair;
  readonly causes: readonly Cause[];
  readonly pair: Pair;
  readonly seen: SeenPercent | undefined;
}

function decide({ reported, corrected, causes, pair, seen }: Findings): Judgement {
  const unmended = causes.filter(({ isMended }) => !isMended);
  const isDoubtful = unmended.some(({ code }) => doubtful.has(code));
  const isWrong = unmended.some(({ code }) => !doubtful.has(code));
  const shown = seen === undefined ? directionOf(reported) : Math.sign(seen.new - seen.old);
  const verdict = verdictOf({ seen: shown, corrected: directionOf(corrected), isDoubtful, isWrong });
  const isTrueFall = !isDoubtful && !isWrong && directionOf(corrected) < 0;
  const isSameSource = verdict === "true" && directionOf(reported) !== 0 && haveSameSources(pair);
  const isQuiet = shown === 0 && directionOf(corrected) === 0;
  return {
    verdict,
    ...(seen && { seen }),
    reported,
    ...(isWrong ? {} : { corrected }),
    // Profiles of which nothing is asked need no excuse for what they do not say.
    causes: isQuiet ? causes.filter(({ code }) => !doubtful.has(code)) : causes,
    isTrueFall,
    isSameSource,
  };
}

/** With these a change may be a true one; with all others that are not mended, the figures are of different things. */
const doubtful: ReadonlySet<Cause["code"]> = new Set(["bare-profile", "toolchain-differs"]);

interface Directions {
  readonly seen: number;
  readonly corrected: number;
  readonly isDoubtful: boolean;
  readonly isWrong: boolean;
}

function verdictOf({ seen, corrected, isDoubtful, isWrong }: Directions): Verdict {
  if (isWrong) return seen === 0 ? "undetermined" : "false";
  if (seen === corrected) return isDoubtful && seen !== 0 ? "undetermined" : "true";
  // What is left after the correction goes another way, or nowhere.
  return corrected !== 0 && isDoubtful ? "undetermined" : "false";
}

/** Tools that take the last line of each block for the truth see a change where only the order of lines changed. */
function repeatedCause({ old, new: later }: Pair, reported: FigurePair): Cause[] {
  const lines = old.repeated.contradicting + later.repeated.contradicting;
  const view = (side: Measured, merged: Figure): Figure =>
    side.repeated.contradicting === 0 ? merged : side.repeated.lastWins;
  const last = { old: view(old, reported.old), new: view(later, reported.new) };
  if (lines === 0 || directionOf(last) === directionOf(reported)) return [];
  const figures = `${percentText(last.old)} → ${percentText(last.new)}`;
  const text = `${lines} lines say of a block that it did not run which another line says ran, or the other way; a tool that takes the last line for the truth sees ${figures}`;
  return [{ code: "repeated-blocks", text, places: [], isMended: true }];
}

/** The tests' own sources are in no profile: only a clean checkout of one commit tells of them. */
function haveSameSources({ old, new: later }: Pair): boolean {
  const commits = [old.record, later.record].map((record) => (record?.isDirty === false ? record.commit : undefined));
  const names = Object.keys(later.files);
  const isSame = names.every((name) => old.files[name]?.hash === later.files[name]?.hash);
  return commits[0] !== undefined && commits[0] === commits[1] && isSame;
}
