import { compilingCommands, goCaches, jobName } from "../../../ci/cache-relations.ts";
import { addEntryAfter } from "../../../ci/edits.ts";
import type { CacheUse, CiModel } from "../../../ci/model.ts";
import type { CiRule } from "../../../ci/rule.ts";
import type { Fix } from "../../../finding.ts";

export const rule: CiRule = {
  meta: {
    id: "ci/cache-never-refreshed",
    title: "a key that never changes, so the first cache is kept for good",
    category: "cache",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const { job, cache } of goCaches(model)) {
      if (cache.mechanism === "setup-go" || cache.saves !== "when-missed" || !cache.restores) continue;
      if (!cache.holds.build || /\$\{\{|\$\(|`/.test(cache.key.text) || compilingCommands(job).length === 0) continue;
      report(cache.key.place, {
        message: `the key ${cache.key.text} never changes, so ${jobName(job)} restores what the first run saved, for as long as GitHub keeps it`,
        why: "A key that was found is not saved again; what is compiled later is compiled in every run.",
        ...fixOf(model, cache),
      });
    }
  },
};

/** A part that changes with each commit, and the old key to fall back to. */
function fixOf(model: CiModel, { inputs }: CacheUse): { readonly fix?: Fix } {
  const key = inputs.get("key");
  if (key === undefined) return {};
  const source = model.textOf(key.place.path);
  const written = source.slice(key.place.start, key.place.end);
  if (!/^[\w./${} -]+$/.test(written)) return {};
  const entry = addEntryAfter(source, key.place, `restore-keys: ${written}-`);
  if (entry === undefined || inputs.has("restore-keys")) return {};
  const edits = [{ ...key.place, text: `${written}-\${{ github.sha }}` }, entry];
  return { fix: { title: "save a cache for each commit, and fall back to the newest", safety: "unsafe", edits } };
}
