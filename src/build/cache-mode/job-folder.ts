/** A folder of this job's own, which its commands share and which goes when the job is long over. */

import { mkdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { dirname, join } from "node:path";
import { detectJob } from "../../ci/job.ts";
import { readNames } from "../../core/folder-names.ts";
import { userCacheFolder } from "../../go/env.ts";
import { cacheModeErrors } from "./errors.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A job that used its folder within this time is not over. */
const keepMs = 2 * 24 * 3_600_000;

/**
 * The job is the CI platform's run, attempt and job in this checkout; outside of CI it is the checkout alone.
 * Throws `build/private-cache-unusable`.
 */
export function openJobFolder(env: Environment, cwd: string, nowMs: number): string {
  const parent = join(userCacheFolder(env), "ballast", "jobs");
  const folder = join(parent, jobName(env, cwd));
  try {
    const isNew = statSync(folder, { throwIfNoEntry: false }) === undefined;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    utimesSync(folder, nowMs / 1000, nowMs / 1000);
    if (isNew) removeOldJobs(parent, nowMs);
    return folder;
  } catch (cause) {
    throw cacheModeErrors.error("build/private-cache-unusable", `${folder}: ${(cause as Error).message}`, { cause });
  }
}

function jobName(env: Environment, cwd: string): string {
  const { platform, provenance } = detectJob(env);
  const { repository, run, job } = provenance;
  const attempt = env["GITHUB_RUN_ATTEMPT"] ?? env["CI_JOB_ID"] ?? env["BUILDKITE_JOB_ID"] ?? env["BUILD_TAG"];
  const words = JSON.stringify([platform, repository, run, job, attempt, env["BALLAST_JOB"], checkoutRoot(cwd)]);
  return new Bun.CryptoHasher("sha256").update(words).digest("hex").slice(0, 16);
}

/** The nearest folder with a `.git`; without one, that with go.work or go.mod, or the folder itself. */
function checkoutRoot(cwd: string): string {
  for (const marks of [[".git"], ["go.work"], ["go.mod"]]) {
    for (let folder = cwd; ; folder = dirname(folder)) {
      const isRoot = marks.some((mark) => statSync(join(folder, mark), { throwIfNoEntry: false }) !== undefined);
      if (isRoot) return folder;
      if (dirname(folder) === folder) break;
    }
  }
  return cwd;
}

function removeOldJobs(parent: string, nowMs: number): void {
  for (const name of readNames(parent)) {
    const folder = join(parent, name);
    const info = statSync(folder, { throwIfNoEntry: false });
    if (info !== undefined && nowMs - info.mtimeMs > keepMs) rmSync(folder, { recursive: true, force: true });
  }
}
