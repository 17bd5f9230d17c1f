/** What is wrong with one measurement by itself. */

import { type CoverProfile, packageOfFile } from "../../go/cover/profile.ts";
import type { Measured } from "./measured.ts";
import { mendProfile } from "./mend-profile.ts";
import type { PackageResult } from "./record.ts";
import type { Cause } from "./verdict.ts";

export interface Assessment {
  /** With what can be taken out taken out. */
  readonly profile: CoverProfile;
  readonly causes: readonly Cause[];
  /** Packages whose tests did not run to their end. */
  readonly unmeasured: ReadonlySet<string>;
}

export function assess(measured: Measured, side: "old" | "new"): Assessment {
  const folder = olderBinary(measured, side);
  const base = measured.newest?.profile ?? measured.profile;
  const mended = mendProfile(base, measured.files);
  const causes = [...folder, ...mendedCauses(mended, measured, side), ...failureCauses(measured, side)];
  return { profile: mended?.profile ?? base, causes, unmeasured: new Set(failed(measured).map(({ path }) => path)) };
}

function olderBinary({ newest, unfit }: Measured, side: "old" | "new"): Cause[] {
  const causes: Cause[] = [];
  if (newest !== undefined) {
    const text =
      "the folder holds counters of an older binary, whose blocks Go's tools put beside those of the newer one";
    causes.push({ code: "older-binary", side, text, places: newest.packages, isMended: true });
  }
  if (unfit !== undefined && unfit.length > 0) {
    const text = "the binary was built from other sources than are here";
    causes.push({ code: "older-binary", side, text, places: unfit, isMended: false });
  }
  return causes;
}

function mendedCauses(mended: ReturnType<typeof mendProfile>, { record }: Measured, side: "old" | "new"): Cause[] {
  if (mended === undefined) return [];
  const { kind, files, profile } = mended;
  const isMended = profile !== undefined;
  if (kind === "toolchains-merged") {
    const text = "profiles of two toolchains were merged, which cut blocks differently: statements are counted twice";
    return [{ code: kind, side, text, places: files, isMended }];
  }
  const cached = record?.results?.filter((result) => result.isCached) ?? [];
  const from = cached.length === 0 ? "" : `; the results of ${listing(cached)} came from Go's cache`;
  const text = `the profile holds blocks of sources that are no longer there${from}`;
  return [{ code: kind, side, text, places: files, isMended }];
}

function listing(results: readonly PackageResult[]): string {
  const shown = results.slice(0, 3).map(({ path }) => path);
  return results.length <= shown.length
    ? shown.join(", ")
    : `${shown.join(", ")} and ${results.length - shown.length} more`;
}

function failed({ record }: Measured): readonly PackageResult[] {
  return record?.results?.filter(({ outcome }) => outcome === "failed" || outcome === "not-built") ?? [];
}

/** A package that failed is missing from the profile, or is there with what ran until it failed. */
function failureCauses(measured: Measured, side: "old" | "new"): Cause[] {
  const { record, isLeftOver, profile } = measured;
  const causes: Cause[] = [];
  if (record?.tempFolder !== undefined) {
    const what = record.tempFolder === "noexec" ? "forbids programs to run" : "cannot be written";
    const text = `the folder for go's temporary files ${what} (GOTMPDIR, TMPDIR), so no test ran`;
    causes.push({ code: "temp-folder", side, text, places: [], isMended: false });
  }
  if (isLeftOver === true || (profile.files.size === 0 && record !== undefined && record.exitCode !== 0)) {
    const text = "go wrote no profile; the file, if there is one, is of an earlier run";
    causes.push({ code: "not-written", side, text, places: [], isMended: false });
  }
  const places = failed(measured).map(({ path }) => path);
  const isUnseen = record !== undefined && record.exitCode !== 0 && record.results === undefined;
  if (places.length === 0 && !isUnseen) return causes;
  const text = isUnseen
    ? "tests failed, and go's output was not seen, so it is not known which"
    : "packages that failed are missing from the profile, or are in it with what ran before";
  // With -coverpkg the tests of one package count for all others too.
  const isMended = !isUnseen && record?.coverpkg === "";
  return [...causes, { code: "packages-failed", side, text, places, isMended }];
}

/** The packages of a profile. */
export function packagesOf({ files }: CoverProfile): Set<string> {
  return new Set([...files.keys()].map(packageOfFile));
}
