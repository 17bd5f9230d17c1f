/** Why two measurements, each sound by itself, may not be of the same thing. */

import type { CoverProfile } from "../../go/cover/profile.ts";
import { figureOf } from "../../go/cover/profile.ts";
import type { Measured } from "./measured.ts";
import type { CoverageRecord } from "./record.ts";
import { packagesOf } from "./side-causes.ts";
import type { Cause } from "./verdict.ts";

export interface Pair {
  readonly old: Measured;
  readonly new: Measured;
}

export interface ProfilePair {
  readonly old: CoverProfile;
  readonly new: CoverProfile;
}

export interface Missing {
  readonly causes: readonly Cause[];
  /** Packages that only one of the two measured, although they are in both trees, as far as is known. */
  readonly packages: readonly string[];
}

/** Packages that one profile has and the other has not. One that was removed or added since is a true change. */
export function missingPackages(pair: Pair, profiles: ProfilePair, unmeasured: ReadonlySet<string>): Missing {
  const [before, after] = [packagesOf(profiles.old), packagesOf(profiles.new)];
  const onlyOld = [...before].filter((path) => !after.has(path) && isMeant(path, pair.new, pair, unmeasured));
  const onlyNew = [...after].filter((path) => !before.has(path) && isMeant(path, pair.old, pair, unmeasured));
  const causes = [cause("new", onlyOld), cause("old", onlyNew)].flat();
  return { causes, packages: [...onlyOld, ...onlyNew] };
}

function cause(side: "old" | "new", places: readonly string[]): Cause[] {
  const text = "packages that are in the other profile were not run here";
  return places.length === 0 ? [] : [{ code: "packages-not-run", side, text, places, isMended: true }];
}

function isMeant(path: string, side: Measured, pair: Pair, unmeasured: ReadonlySet<string>): boolean {
  if (unmeasured.has(path)) return false; // it failed, which is said already
  const isThere = side.hasPackage(path);
  if (isThere !== undefined) return isThere;
  // Of what was measured by other words nothing is known; by the same words, go lists what is there.
  return !haveSameScope(pair);
}

function haveSameScope({ old, new: later }: Pair): boolean {
  if (old.record === undefined || later.record === undefined) return false;
  return sameWords(old.record.patterns, later.record.patterns) && old.record.coverpkg === later.record.coverpkg;
}

function sameWords(a: readonly string[], b: readonly string[]): boolean {
  return a.toSorted().join("\0") === b.toSorted().join("\0");
}

/** What the two records say against each other. */
export function recordCauses({ old, new: later }: Pair): Cause[] {
  const bare = [old, later].filter(({ record }) => record === undefined);
  if (old.record === undefined || later.record === undefined) {
    const text = "a bare profile names no toolchain, no package set and no commit";
    return [{ code: "bare-profile", text, places: bare.map(({ name }) => name), isMended: false }];
  }
  return [
    ...coverpkgCause(old.record, later.record),
    ...testCause(old.record, later.record),
    ...toolchainCause(old.record, later.record),
  ];
}

function coverpkgCause(old: CoverageRecord, later: CoverageRecord): Cause[] {
  if (old.coverpkg === later.coverpkg) return [];
  const shown = (value: string): string => (value === "" ? "no -coverpkg" : `-coverpkg=${value}`);
  const text = `one is measured with ${shown(old.coverpkg)}, the other with ${shown(later.coverpkg)}`;
  // Where both count the tests of all packages, what both cover can be compared.
  const isMended = old.coverpkg !== "" && later.coverpkg !== "";
  return [{ code: "coverpkg-differs", text, places: [], isMended }];
}

function testCause(old: CoverageRecord, later: CoverageRecord): Cause[] {
  const isOther = !sameWords(old.testFlags, later.testFlags);
  // With -coverpkg the tests that were not named are missing in all packages.
  const isFewer = old.coverpkg !== "" && later.coverpkg !== "" && !sameWords(old.patterns, later.patterns);
  if (!isOther && !isFewer) return [];
  const shown = ({ testFlags, patterns }: CoverageRecord): string =>
    [...testFlags, ...patterns].join(" ") || "no flags";
  const text = `other tests ran: ${shown(old)} then, ${shown(later)} now`;
  return [{ code: "tests-differ", text, places: [], isMended: false }];
}

function toolchainCause(old: CoverageRecord, later: CoverageRecord): Cause[] {
  if (old.toolchain === later.toolchain) return [];
  const text = `measured with ${old.toolchain} then, with ${later.toolchain} now`;
  return [{ code: "toolchain-differs", text, places: [], isMended: false }];
}

/** Generated files are in a figure or not, by whether the generator ran before the tests. */
export function generatedCause(
  pair: Pair,
  profiles: ProfilePair,
): { readonly causes: Cause[]; readonly files: Set<string> } {
  const isGenerated = (name: string): boolean =>
    (pair.old.files[name] ?? pair.new.files[name])?.isGenerated === true || pair.new.files[name]?.isGenerated === true;
  const names = new Set([...profiles.old.files.keys(), ...profiles.new.files.keys()]);
  const files = new Set([...names].filter(isGenerated));
  const of = (profile: CoverProfile): number => figureOf(profile, (name) => files.has(name)).statements;
  if (of(profiles.old) === of(profiles.new)) return { causes: [], files: new Set() };
  const text = `generated files have ${of(profiles.old)} statements then, ${of(profiles.new)} now`;
  const places = [...files].toSorted();
  return { causes: [{ code: "generated-files", text, places, isMended: true }], files };
}
