/** For each job of a pipeline and each Go cache of it: whether it can reuse what was compiled before, and why. */

import {
  type JobCache,
  allJobs,
  compilingCommands,
  goCaches,
  isAfter,
  isStableKey,
  newInEachRun,
  storeOf,
  variantsOf,
} from "./cache-relations.ts";
import type { CacheUse, CiModel, Job } from "./model.ts";
import { holdsFolder } from "./paths.ts";
import { variantText } from "./go-use.ts";

export type Reuse = "yes" | "partly" | "no" | "unknown";

export interface CacheVerdict {
  readonly pipeline: string;
  readonly job: string;
  /** What stores it; `-` for a job without a cache. */
  readonly mechanism: string;
  readonly path: string;
  readonly key: string;
  readonly reused: Reuse;
  readonly why: string;
}

/** One row for each cache of a job that has to do with Go, and one for a job that compiles without any. */
export function cacheVerdicts(model: CiModel): readonly CacheVerdict[] {
  const caches = goCaches(model);
  return allJobs(model).flatMap((job) => {
    const own = caches.filter((one) => one.job === job);
    if (own.length > 0) return own.map((one) => rowOf(one, verdictOf(model, caches, one)));
    if (compilingCommands(job).length === 0 && job.setups.length === 0) return [];
    const verdict: Verdict = job.isFresh
      ? { reused: "no", why: "nothing restores a cache, and every job begins on an empty machine" }
      : { reused: "unknown", why: "no cache step; what the runner keeps by itself is not written here" };
    return [{ pipeline: job.pipeline, job: job.label, mechanism: "-", path: "-", key: "-", ...verdict }];
  });
}

interface Verdict {
  readonly reused: Reuse;
  readonly why: string;
}

function rowOf({ job, cache }: JobCache, verdict: Verdict): CacheVerdict {
  const path = cache.paths.map(({ text, folder }) => (text === "" ? (folder ?? "?") : text)).join(" ");
  return { pipeline: job.pipeline, job: job.label, mechanism: cache.mechanism, path, key: cache.key.text, ...verdict };
}

function verdictOf(model: CiModel, caches: readonly JobCache[], one: JobCache): Verdict {
  const { job, cache } = one;
  return savedOnly(cache) ?? wrongFolder(job, cache) ?? uselessCommand(job, cache) ?? sourceOf(model, caches, one);
}

function savedOnly(cache: CacheUse): Verdict | undefined {
  return cache.restores ? undefined : { reused: "no", why: "only saved here, for others" };
}

function wrongFolder(job: Job, cache: CacheUse): Verdict | undefined {
  const outside = cache.paths.find(({ folder }) => folder !== undefined && !folder.startsWith(job.workspace));
  if (job.platform === "gitlab" && outside !== undefined) {
    return { reused: "no", why: `GitLab caches nothing outside of the project, such as ${outside.text}` };
  }
  const known = compilingCommands(job).flatMap(({ folders }) => folders.build ?? []);
  const isUsed = (folder: string): boolean => known.some((build) => holdsFolder(folder, build));
  const folders = cache.paths.flatMap(({ folder }) => folder ?? []);
  const [build] = known;
  if (cache.holds.modules || build === undefined || folders.length < cache.paths.length || folders.some(isUsed)) {
    return undefined;
  }
  return { reused: "no", why: `go keeps its build cache in ${build}` };
}

function uselessCommand(job: Job, { restoredAt, holds }: CacheUse): Verdict | undefined {
  const first = compilingCommands(job).find(({ at }) => at > restoredAt);
  const clean = job.commands.find(
    ({ at, go }) => go?.verb === "clean" && at > restoredAt && go.flags.has(holds.build ? "cache" : "modcache"),
  );
  if (clean !== undefined && first !== undefined && clean.at < first.at) {
    return { reused: "no", why: "go clean empties it first" };
  }
  return undefined;
}

/** Who may have saved what this job finds, in this run or an earlier one. */
function sourceOf(model: CiModel, caches: readonly JobCache[], one: JobCache): Verdict {
  const writers = caches.filter((writer) => writer.cache.saves !== "never" && isFoundBy(writer, one));
  const before = writers.filter((writer) => writer.job !== one.job && isAfter(model, one.job, writer.job));
  const useful = writers.filter((writer) => isUseful(writer, one));
  if (writers.length === 0) return nobody(caches, one);
  if (useful.length === 0) return { reused: "no", why: otherBuild(writers[0] ?? one, one) };
  const [source] = before.filter((writer) => useful.includes(writer));
  const rival = writers.find((writer) => !useful.includes(writer) && isSameKey(writer, one));
  if (rival !== undefined && isStableKey(one.cache.key.text) && one.job.platform === "github") {
    return { reused: "partly", why: `the first to end saves: ${otherBuild(rival, one)}` };
  }
  if (source !== undefined) return { reused: "yes", why: `${source.job.label} saves it earlier in the run` };
  const missed = caches.find((other) => isMissed(model, other, one));
  if (missed !== undefined) {
    return {
      reused: "partly",
      why: `from an earlier run only: ${missed.job.label}, which it follows, saves under another key`,
    };
  }
  return { reused: "yes", why: earlierRun(useful, one) };
}

/** A job before this one whose cache would help, and is not found. */
function isMissed(model: CiModel, other: JobCache, one: JobCache): boolean {
  if (other.job === one.job || other.cache.saves === "never" || isFoundBy(other, one)) return false;
  const isOfUse = other.cache.holds.build && variantsOf(other.job).size > 0 && isUseful(other, one);
  return (
    isOfUse &&
    storeOf(other) === storeOf(one) &&
    other.cache.version === one.cache.version &&
    isAfter(model, one.job, other.job)
  );
}

function earlierRun(useful: readonly JobCache[], one: JobCache): string {
  const names = [...new Set(useful.map(({ job }) => job.label))];
  const who = names.length === 1 && names[0] === one.job.label ? "it" : names.slice(0, 3).join(", ");
  const how =
    isSameKey(useful[0] ?? one, one) && !newInEachRun.test(one.cache.key.text)
      ? "under the same key"
      : "by a part of its key";
  return `${who} saved it in an earlier run, found ${how}`;
}

function nobody(caches: readonly JobCache[], one: JobCache): Verdict {
  const other = caches.find(
    (writer) =>
      writer.cache.saves !== "never" &&
      writer.cache.key.text === one.cache.key.text &&
      storeOf(writer) === storeOf(one) &&
      writer !== one,
  );
  if (other !== undefined) return { reused: "no", why: `${other.job.label} saves other paths under this key` };
  if (one.cache.saves !== "never") {
    return { reused: "no", why: "its key is new in each run, and nothing is asked for by a part of it" };
  }
  return { reused: "no", why: "no job of this repository saves it" };
}

function otherBuild(writer: JobCache, one: JobCache): string {
  const text = ({ job }: JobCache): string => [...variantsOf(job).values()].map(variantText).join(", ") || "nothing";
  return `${writer.job.label} compiles ${text(writer)}, this job ${text(one)}`;
}

function isSameKey(writer: JobCache, reader: JobCache): boolean {
  return writer.cache.key.text === reader.cache.key.text;
}

function isFoundBy(writer: JobCache, reader: JobCache): boolean {
  if (storeOf(writer) !== storeOf(reader) || writer.cache.version !== reader.cache.version) return false;
  const saved = writer.cache.key.text;
  if (reader.cache.fallbacks.some(({ text }) => text !== "" && saved.startsWith(text))) return true;
  if (saved !== reader.cache.key.text) return false;
  // A key of this run is found by a later job of it, not by its own job.
  return writer.job !== reader.job || !newInEachRun.test(saved);
}

/** Whether some of what it compiles is of the same kind; what cannot be seen may be. */
function isUseful(writer: JobCache, reader: JobCache): boolean {
  const [theirs, mine] = [variantsOf(writer.job), variantsOf(reader.job)];
  if (!reader.cache.holds.build || mine.size === 0 || reader.job.isOpaque || writer.job.isOpaque) return true;
  return [...mine.keys()].some((id) => theirs.has(id));
}
