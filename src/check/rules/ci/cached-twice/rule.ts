import { allJobs, jobName } from "../../../ci/cache-relations.ts";
import { setInput } from "../../../ci/edits.ts";
import type { CacheUse, Job } from "../../../ci/model.ts";
import type { CiRule } from "../../../ci/rule.ts";

export const rule: CiRule = {
  meta: {
    id: "ci/cached-twice",
    title: "setup-go and another step restore the same folders",
    category: "cache",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const job of allJobs(model)) {
      const setup = job.setups.find(({ cache }) => cache !== undefined);
      const other = setup === undefined ? undefined : secondCache(job);
      if (setup?.cache === undefined || other === undefined) continue;
      const edit = setInput(model.textOf(setup.place.path), setup.inputs, setup.place, "cache", "false");
      report(setup.place, {
        message: `${jobName(job)} restores ${whatOf(other)} twice, by setup-go's own cache and by ${other.mechanism}: the second unpacks over the first`,
        why: "tar does not replace what is there, so the second restore ends in errors, and both are saved.",
        related: [{ place: other.place, message: "restored here as well" }],
        ...(edit === undefined
          ? {}
          : { fix: { title: "switch setup-go's cache off", safety: "safe" as const, edits: [edit] } }),
      });
    }
  },
};

function secondCache(job: Job): CacheUse | undefined {
  return job.caches.find(
    ({ mechanism, holds, restores }) => mechanism !== "setup-go" && restores && (holds.build || holds.modules),
  );
}

function whatOf({ holds }: CacheUse): string {
  if (holds.build && holds.modules) return "the build cache and the module cache";
  return holds.build ? "the build cache" : "the module cache";
}
