import { allJobs, goCaches, goCommands } from "../../../ci/cache-relations.ts";
import { removeEntry, replaceInside } from "../../../ci/edits.ts";
import type { CiModel, CiPlace } from "../../../ci/model.ts";
import type { CiRule } from "../../../ci/rule.ts";
import type { Fix } from "../../../finding.ts";

export const rule: CiRule = {
  meta: {
    id: "ci/test-cache-off-everywhere",
    title: "GOFLAGS=-count=1 for all commands, beside a cache of test results",
    category: "cache",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    const cached = new Set(
      goCaches(model)
        .filter(({ cache }) => cache.holds.build)
        .map(({ job }) => job),
    );
    for (const job of allJobs(model)) {
      const value = job.env.get("GOFLAGS");
      if (value?.place === undefined || !/(?:^|\s)--?count=1(?:\s|$)/.test(value.text)) continue;
      const test = goCommands(job).find(({ go }) => go.verb === "test" || go.program === "gotestsum");
      if (!cached.has(job) || test === undefined) continue;
      report(value.place, {
        message: `GOFLAGS=${value.text} holds for every go test, so the test results in the restored build cache are never used`,
        why: "-count=1 switches the reuse of results off; where a test must run each time it belongs on that command.",
        confidence: "medium",
        related: [{ place: test.place, message: "runs every test in each run" }],
        ...fixOf(model, value.place, value.text),
      });
    }
  },
};

function fixOf(model: CiModel, place: CiPlace, text: string): { readonly fix?: Fix } {
  const source = model.textOf(place.path);
  const written = /\s*--?count=1/.exec(source.slice(place.start, place.end))?.[0];
  const isAll = /^--?count=1$/.test(text.trim());
  const edit = isAll ? removeEntry(source, place) : written && replaceInside(source, place, written, "");
  if (edit === undefined || edit === "") return {};
  return { fix: { title: "take -count=1 out of GOFLAGS", safety: "unsafe", edits: [edit] } };
}
