import { statfsSync } from "node:fs";

import { formatBytes, formatCount } from "../../../core/human-units.ts";
import type { CheckResult, DoctorCheck } from "../check.ts";
import { nearestFolder } from "../file-systems.ts";

/** The standard library with its tests is 200 MB; a large module's first build takes a few GB. */
const leastBytes = 200e6;
const enoughBytes = 2e9;
/** Each entry is two files. */
const leastFiles = 10_000;

export const check: DoctorCheck = {
  id: "gocache-space",
  title: "there is room for GOCACHE",
  run: async (context) => {
    const gocache = await context.gocache();
    if (gocache === "off") return { status: "skipped", found: "GOCACHE is off" };
    const { bavail, bsize, files, ffree } = statfsSync(nearestFolder(gocache));
    // Some file systems have no table of files, and say 0 of 0.
    return judgeSpace(bavail * bsize, files === 0 ? Infinity : ffree);
  },
};

/** Exported for its table of cases. */
export function judgeSpace(freeBytes: number, freeFiles: number): CheckResult {
  const fewFiles = freeFiles < leastFiles;
  const found = `${formatBytes(freeBytes)} free${fewFiles ? `, room for ${formatCount(freeFiles)} more files` : ""}`;
  if (freeBytes >= enoughBytes && !fewFiles) return { status: "ok", found };
  return {
    status: freeBytes < leastBytes || fewFiles ? "problem" : "warning",
    found,
    why: "What does not fit is not cached, and a full disk ends the build itself.",
    todo: "Free space, or set GOCACHE to a folder on a larger disk; `go clean -cache` empties it.",
  };
}
