/** Writing profiles and reports of coverage to where they were asked for. */

import { closeSync, openSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import { coverageErrors } from "../build/coverage/errors.ts";
import type { ModuleFiles } from "../build/coverage/module-files.ts";
import { coberturaText } from "../go/cover/cobertura.ts";
import { lcovText } from "../go/cover/lcov.ts";
import type { CoverProfile } from "../go/cover/profile.ts";

/** The flags of commands that can write reports. */
export const coverageReportFlags = {
  cobertura: { type: "string", valueName: "FILE", doc: "Also write Cobertura's XML, for GitLab and Jenkins." },
  lcov: { type: "string", valueName: "FILE", doc: "Also write LCOV's form, for editors and hosted services." },
} as const;

export interface ReportTargets {
  readonly cobertura: string | undefined;
  readonly lcov: string | undefined;
}

/** Throws `build/coverage-output-unwritable`. */
export function writeReports(profile: CoverProfile, targets: ReportTargets, cwd: string, modules: ModuleFiles): void {
  const pathOf = (file: string): string => modules.show(file);
  const options = { pathOf, sources: [cwd], timeMs: Date.now() };
  if (targets.cobertura !== undefined) writePieces(resolve(cwd, targets.cobertura), coberturaText(profile, options));
  if (targets.lcov !== undefined) writePieces(resolve(cwd, targets.lcov), lcovText(profile, pathOf));
}

/** Throws `build/coverage-output-unwritable`. */
export function writePieces(path: string, pieces: Iterable<string>): void {
  try {
    const file = openSync(path, "w");
    try {
      for (const piece of pieces) writeSync(file, piece);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw coverageErrors.error("build/coverage-output-unwritable", `${path}: ${(cause as Error).message}`, { cause });
  }
}
