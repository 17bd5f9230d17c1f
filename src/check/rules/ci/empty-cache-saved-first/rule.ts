import {
  type JobCache,
  compilingCommands,
  goCaches,
  isStableKey,
  jobName,
  jobNameFrom,
  sharedGroups,
} from "../../../ci/cache-relations.ts";
import { setInput } from "../../../ci/edits.ts";
import type { CiRule } from "../../../ci/rule.ts";

export const rule: CiRule = {
  meta: {
    id: "ci/empty-cache-saved-first",
    title: "a job that compiles nothing saves the cache that others need",
    category: "cache",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    const caches = goCaches(model).filter(
      ({ cache }) => cache.holds.build && cache.saves === "when-missed" && cache.restores,
    );
    for (const group of sharedGroups(caches)) {
      if (group[0] === undefined || !isStableKey(group[0].cache.key.text)) continue;
      const idle = group.find(isIdle);
      const busy = group.find(({ job }) => compilingCommands(job).length > 0 && job.id !== idle?.job.id);
      if (idle === undefined || busy === undefined) continue;
      const { inputs, place, mechanism } = idle.cache;
      const edit =
        mechanism === "setup-go" ? setInput(model.textOf(place.path), inputs, place, "cache", "false") : undefined;
      report(place, {
        message:
          `${jobName(idle.job)} compiles nothing, ends early and saves an empty build cache under the key that ` +
          `${jobNameFrom(busy.job, idle.job.path)} restores; what that job compiles is then never saved`,
        why: "A key that exists is never saved again: the first job to end decides what the cache holds.",
        confidence: "medium",
        related: [{ place: busy.cache.place, message: `${jobName(busy.job)} uses the same key` }],
        ...(edit === undefined
          ? {}
          : { fix: { title: "no cache in this job", safety: "safe" as const, edits: [edit] } }),
      });
    }
  },
};

/** Everything it runs is known, and none of it compiles. */
function isIdle({ job }: JobCache): boolean {
  return !job.isOpaque && job.commands.length > 0 && compilingCommands(job).length === 0;
}
