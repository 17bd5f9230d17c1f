/** How the caches of jobs relate: which one may find what another saved, and which jobs fill it with what. */

import type { BuildVariant, CacheUse, CiCommand, CiModel, CiPlatform, GoUse, Job } from "./model.ts";

/** A cache in its job. */
export interface JobCache {
  readonly job: Job;
  readonly cache: CacheUse;
}

export function allJobs(model: CiModel): readonly Job[] {
  return model.pipelines.flatMap(({ jobs }) => jobs);
}

export function allCaches(model: CiModel): readonly JobCache[] {
  return allJobs(model).flatMap((job) => job.caches.map((cache) => ({ job, cache })));
}

/** Caches that hold Go's build or module cache, or are meant to. */
export function goCaches(model: CiModel): readonly JobCache[] {
  return allCaches(model).filter(({ cache }) => cache.holds.build || cache.holds.modules || isMeantForGo(cache));
}

export function isMeantForGo(cache: CacheUse): boolean {
  return cache.paths.some(({ text }) => looksLikeBuildCache(text) || looksLikeModuleCache(text));
}

export function looksLikeBuildCache(text: string): boolean {
  return /go-build|go_build|gobuild|gocache|go-cache/i.test(text);
}

export function looksLikeModuleCache(text: string): boolean {
  return /pkg\/mod\b|pkg\\mod\b|gomodcache|go-mod\b/i.test(text);
}

export type GoCommand = CiCommand & { readonly go: GoUse };

export function goCommands(job: Job): readonly GoCommand[] {
  return job.commands.filter((command): command is GoCommand => command.go !== undefined);
}

export function compilingCommands(job: Job): readonly GoCommand[] {
  return goCommands(job).filter(({ go }) => go.isCompiling);
}

/** Parts of a key that are new in each run, so that no later run asks for the same key. */
export const newInEachRun =
  /github\.(?:run_id|run_number|run_attempt)|github\.sha|CI_PIPELINE_I?ID|CI_JOB_ID|CI_COMMIT_(?:SHORT_)?SHA|BUILD_(?:NUMBER|ID|TAG)|\$\(date|GITHUB_(?:RUN_ID|SHA)/;

/** Whether every run asks for the same key until the repository's files change. */
export function isStableKey(text: string): boolean {
  return !newInEachRun.test(text) && !/\$\{\{[^}]*(?:steps|needs|github\.(?:ref|head_ref|event))/.test(text);
}

/** Caches that meet in one archive: same store, same key, and what else the store compares. */
export function sharedGroups(caches: readonly JobCache[]): readonly (readonly JobCache[])[] {
  const groups = new Map<string, JobCache[]>();
  for (const one of caches) {
    const id = [storeOf(one), one.cache.key.text, one.cache.version].join("\0");
    groups.set(id, [...(groups.get(id) ?? []), one]);
  }
  return [...groups.values()];
}

/** The store of a cache: that of the platform, or of whoever runs another one. GitLab's jobs share within a pipeline file. */
export function storeOf({ job, cache }: JobCache): string {
  if (job.platform === "github") {
    return `github ${/^(?:actions\/cache|setup-go)/.test(cache.mechanism) ? "" : cache.mechanism}`;
  }
  return `${job.platform} ${job.pipeline}`;
}

/** Whether `later` begins only after `earlier` ended. */
export function isAfter(model: CiModel, later: Job, earlier: Job): boolean {
  if (later.pipeline !== earlier.pipeline || later === earlier) return false;
  const byId = Map.groupBy(
    allJobs(model).filter((job) => job.pipeline === later.pipeline),
    (job) => job.id,
  );
  if (reaches(byId, later, earlier.id, new Set())) return true;
  const isStaged = later.needs.length === 0 && later.stage !== undefined && earlier.stage !== undefined;
  return isStaged && (later.stage ?? 0) > (earlier.stage ?? 0);
}

function reaches(jobs: ReadonlyMap<string, readonly Job[]>, from: Job, id: string, seen: Set<string>): boolean {
  for (const need of from.needs) {
    if (need === id) return true;
    if (seen.has(need)) continue;
    seen.add(need);
    if (jobs.get(need)?.some((job) => reaches(jobs, job, id, seen)) === true) return true;
  }
  return false;
}

/** The kinds of objects that a job compiles, in words, each once. */
export function variantsOf(job: Job): ReadonlyMap<string, BuildVariant> {
  return new Map(compilingCommands(job).map(({ go }) => [variantId(go.variant), go.variant]));
}

function variantId(variant: BuildVariant): string {
  return [...variant]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}

/** A job as messages name it. */
export function jobName(job: Job): string {
  return `job "${job.label}"`;
}

/** A job as messages name it beside one of another file. */
export function jobNameFrom(job: Job, path: string): string {
  return job.path === path ? jobName(job) : `${jobName(job)} of ${job.path}`;
}

export const platformNames: Readonly<Record<CiPlatform, string>> = {
  github: "GitHub",
  gitlab: "GitLab",
  jenkins: "Jenkins",
};
