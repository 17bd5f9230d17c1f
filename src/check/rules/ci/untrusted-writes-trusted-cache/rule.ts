import { type JobCache, allCaches, goCaches, isMeantForGo, jobName } from "../../../ci/cache-relations.ts";
import { replaceInside, setInput } from "../../../ci/edits.ts";
import type { CiModel } from "../../../ci/model.ts";
import type { CiRule } from "../../../ci/rule.ts";
import type { Fix } from "../../../finding.ts";

export const rule: CiRule = {
  meta: {
    id: "ci/untrusted-writes-trusted-cache",
    title: "a stranger's code fills the cache that trusted runs restore",
    category: "cache",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const writer of goCaches(model)) {
      const { job, cache } = writer;
      const trigger = job.triggers.find(({ trust }) => trust === "exposed");
      if (trigger === undefined || job.checksOutChange === undefined || cache.saves === "never" || !runsIt(writer)) {
        continue;
      }
      if (!isReachable(writer)) continue;
      const reader = allCaches(model).find((one) => isTrustedReader(one, writer));
      report(cache.place, {
        message:
          `${jobName(job)} is started by ${trigger.name}, runs the change that it checked out, and saves a Go cache that ` +
          `${reader === undefined ? "runs of the default branch restore" : `${jobName(reader.job)} of ${reader.job.path} restores`}`,
        why: "Runs of this event write to the default branch's caches, and what lies in a build cache is linked without a look at its source.",
        confidence: isGated(writer) || reader === undefined ? "medium" : "high",
        related: [
          { place: job.checksOutChange, message: "the change is checked out here" },
          ...(reader === undefined ? [] : [{ place: reader.cache.place, message: "restored here by a trusted run" }]),
        ],
        ...fixOf(model, writer),
      });
    }
  },
};

/** Without a command that runs code of the checkout there is nothing that could write. */
function runsIt({ job, cache }: JobCache): boolean {
  return isMeantForGo(cache) || job.isOpaque || job.commands.some(({ go }) => go !== undefined);
}

/** Each event has its own jobs by `if`; one that needs a push is not exposed. */
function isReachable({ job }: JobCache): boolean {
  return !/github\.event_name\s*==\s*'(?:push|schedule|workflow_dispatch|release)'/.test(job.condition ?? "");
}

/** A person or a label lets it run. */
function isGated({ job }: JobCache): boolean {
  return /author_association|label|permission|actor/.test(job.condition ?? "");
}

function isTrustedReader({ job, cache }: JobCache, writer: JobCache): boolean {
  if (!cache.restores || !job.triggers.some(({ trust }) => trust === "trusted")) return false;
  const wanted = [cache.key, ...cache.fallbacks].map(({ text }) => text);
  const isFound = wanted.some((text) => text !== "" && writer.cache.key.text.startsWith(text));
  return isFound && cache.version === writer.cache.version && job !== writer.job;
}

function fixOf(model: CiModel, { cache }: JobCache): { readonly fix?: Fix } {
  const source = model.textOf(cache.place.path);
  const edit =
    cache.mechanism === "setup-go"
      ? setInput(source, cache.inputs, cache.place, "cache", "false")
      : replaceInside(source, cache.place, "/cache@", "/cache/restore@");
  return edit === undefined ? {} : { fix: { title: "do not save a cache in this job", safety: "safe", edits: [edit] } };
}
