import { type JobCache, allCaches, goCaches, jobName, storeOf } from "../../../ci/cache-relations.ts";
import { removeEntry } from "../../../ci/edits.ts";
import type { CiModel } from "../../../ci/model.ts";
import type { CiRule } from "../../../ci/rule.ts";
import type { Fix } from "../../../finding.ts";

export const rule: CiRule = {
  meta: {
    id: "ci/unprotected-cache-shared",
    title: "protected branches restore what any branch has saved",
    category: "cache",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const writer of goCaches(model)) {
      if (!writer.cache.isUnprotected || writer.cache.saves === "never" || runsOnlyProtected(writer)) continue;
      const reader = allCaches(model).find((one) => isProtectedReader(one, writer));
      const entry = writer.cache.inputs.get("unprotect");
      if (reader === undefined) continue;
      report(entry?.place ?? writer.cache.place, {
        message: `${jobName(writer.job)} runs for any branch and saves under a key that ${jobName(reader.job)} restores on protected ones, since unprotect is set`,
        why: "GitLab keeps the caches of protected branches apart unless told otherwise; what lies in a build cache is linked without a look at its source.",
        related: [{ place: reader.cache.place, message: `${jobName(reader.job)} restores it` }],
        ...fixOf(model, writer),
      });
    }
  },
};

function runsOnlyProtected({ job }: JobCache): boolean {
  return job.triggers.length > 0 && job.triggers.every(({ trust }) => trust === "trusted");
}

function isProtectedReader(one: JobCache, writer: JobCache): boolean {
  const { job, cache } = one;
  if (job === writer.job || storeOf(one) !== storeOf(writer) || !cache.restores || !cache.isUnprotected) return false;
  const isFound = [cache.key, ...cache.fallbacks].some(({ text }) => text === writer.cache.key.text);
  return isFound && job.triggers.some(({ trust }) => trust === "trusted");
}

function fixOf(model: CiModel, { cache }: JobCache): { readonly fix?: Fix } {
  const place = cache.inputs.get("unprotect")?.place;
  const edit = place === undefined ? undefined : removeEntry(model.textOf(place.path), place);
  return edit === undefined ? {} : { fix: { title: "keep protected caches apart", safety: "safe", edits: [edit] } };
}
