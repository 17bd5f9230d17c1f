import {
  type JobCache,
  allCaches,
  compilingCommands,
  jobName,
  looksLikeBuildCache,
  sharedGroups,
} from "../../../ci/cache-relations.ts";
import { addEntryAfter } from "../../../ci/edits.ts";
import type { CiModel } from "../../../ci/model.ts";
import type { CiRule } from "../../../ci/rule.ts";
import type { Fix } from "../../../finding.ts";

export const rule: CiRule = {
  meta: {
    id: "ci/cache-overwritten",
    title: "a cache that another job replaces by a poorer one",
    category: "cache",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    const caches = allCaches(model).filter(({ job, cache }) => job.platform === "gitlab" && cache.saves === "always");
    for (const group of sharedGroups(caches)) {
      const rich = group.find(({ job, cache }) => cache.holds.build && compilingCommands(job).length > 0);
      const poor = rich === undefined ? undefined : group.find((one) => one.job !== rich.job && isPoorer(one, rich));
      if (rich === undefined || poor === undefined) continue;
      report(poor.cache.place, {
        message: `${jobName(poor.job)} uploads ${shown(poor)} under the key of ${jobName(rich.job)}, whose ${shown(rich)} is gone then`,
        why: "A job uploads the whole archive of a key, with its own paths only; the last one to end wins.",
        related: [{ place: rich.cache.place, message: `${jobName(rich.job)} saves more under this key` }],
        ...fixOf(model, poor),
      });
    }
  },
};

/** Its archive has no build cache: not among its paths, or not restored before it is uploaded. */
function isPoorer({ cache }: JobCache, rich: JobCache): boolean {
  const paths = new Set(cache.paths.map(({ folder, text }) => folder ?? text));
  const isMissing = rich.cache.paths.some(
    ({ text, folder }) => looksLikeBuildCache(text) && !paths.has(folder ?? text),
  );
  return isMissing && !cache.holds.build;
}

function shown({ cache }: JobCache): string {
  return cache.paths.map(({ text }) => text).join(", ");
}

function fixOf(model: CiModel, { cache }: JobCache): { readonly fix?: Fix } {
  const policy = cache.inputs.get("policy");
  const key = cache.inputs.get("key");
  if (policy !== undefined || key === undefined) return {};
  const edit = addEntryAfter(model.textOf(key.place.path), key.place, "policy: pull");
  return edit === undefined ? {} : { fix: { title: "only read it in this job", safety: "safe", edits: [edit] } };
}
