import { type JobCache, goCaches, jobName, newInEachRun, storeOf } from "../../../ci/cache-relations.ts";
import { addEntryAfter } from "../../../ci/edits.ts";
import type { CiModel } from "../../../ci/model.ts";
import type { CiRule } from "../../../ci/rule.ts";
import type { Fix } from "../../../finding.ts";

export const rule: CiRule = {
  meta: {
    id: "ci/cache-never-hit",
    title: "a key that is new in each run, and nothing to fall back to",
    category: "cache",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    const caches = goCaches(model);
    for (const one of caches) {
      const { cache, job } = one;
      const unique = newInEachRun.exec(cache.key.text)?.[0];
      if (unique === undefined || !cache.restores || cache.fallbacks.length > 0 || isSharedInRun(caches, one)) continue;
      report(cache.key.place, {
        message: `${unique} makes the key of ${jobName(job)} a new one in each run, and there are no ${fallbackName(one)}: the cache is saved every time and never found`,
        why: "A key is found only when it is equal; what is to be found by a part of its key must be asked for by that part.",
        ...fixOf(model, one),
      });
    }
  },
};

function fallbackName({ job }: JobCache): string {
  return job.platform === "gitlab" ? "fallback_keys" : "restore-keys";
}

/** Another job of the same run may save or restore it: then it carries things from job to job. */
function isSharedInRun(caches: readonly JobCache[], one: JobCache): boolean {
  return caches.some((other) => {
    if (other.job.id === one.job.id && other.job.path === one.job.path) return false;
    if (storeOf(other) !== storeOf(one)) return false;
    const keys = [other.cache.key, ...other.cache.fallbacks].map(({ text }) => text);
    return keys.some((text) => text !== "" && one.cache.key.text.startsWith(text));
  });
}

/** Falls back to the part of the key before what is new, as it is written. */
function fixOf(model: CiModel, { cache, job }: JobCache): { readonly fix?: Fix } {
  const key = cache.inputs.get("key");
  if (job.platform !== "github" || key === undefined) return {};
  const source = model.textOf(key.place.path);
  const written = source.slice(key.place.start, key.place.end);
  const quote = /^["']/.exec(written)?.[0] ?? "";
  const prefix = /^(.*?)\$\{\{[^}]*(?:run_id|run_number|run_attempt|sha)\b/.exec(written)?.[1];
  if (prefix === undefined || prefix.length <= quote.length || prefix.includes("\n")) return {};
  const edit = addEntryAfter(source, key.place, `restore-keys: ${prefix}${quote}`);
  if (edit === undefined) return {};
  return { fix: { title: "fall back to the newest one", safety: "safe", edits: [edit] } };
}
