import { compilingCommands, goCaches, jobName } from "../../../ci/cache-relations.ts";
import { removeEntry, removeLines } from "../../../ci/edits.ts";
import type { CiModel, EnvValue } from "../../../ci/model.ts";
import { holdsFolder } from "../../../ci/paths.ts";
import type { CiRule } from "../../../ci/rule.ts";
import type { Fix } from "../../../finding.ts";

export const rule: CiRule = {
  meta: {
    id: "ci/gocache-moved-after-restore",
    title: "GOCACHE set to another folder after the cache was restored",
    category: "cache",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const { job, cache } of goCaches(model)) {
      if (!cache.holds.build || !cache.restores || job.platform !== "github") continue;
      const commands = compilingCommands(job).filter(({ at }) => at > cache.restoredAt);
      const isLost = commands.every(({ folders: { build } }) => {
        return (
          build !== undefined && !cache.paths.some(({ folder }) => folder !== undefined && holdsFolder(folder, build))
        );
      });
      const set = commands[0]?.env.get("GOCACHE");
      if (!isLost || set?.place === undefined) continue;
      report(set.place, {
        message: `GOCACHE=${set.text} comes after ${jobName(job)} restored its build cache elsewhere: nothing of that is used, and nothing new is saved`,
        why: "The cache is restored and saved in the folder that go had at that step.",
        related: [{ place: cache.place, message: `restored here by ${cache.mechanism}` }],
        ...fixOf(model, set),
      });
    }
  },
};

function fixOf(model: CiModel, { place, level }: EnvValue): { readonly fix?: Fix } {
  if (place === undefined) return {};
  const source = model.textOf(place.path);
  const text = source.slice(place.start, place.end);
  const isLine = level !== "script" || /^(?:export|echo|go env -w) \S*$/.test(text.replace(/"/g, ""));
  const edit = level === "script" ? removeLines(source, place) : removeEntry(source, place);
  if (!isLine || edit === undefined) return {};
  return { fix: { title: "leave GOCACHE where the cache is restored", safety: "unsafe", edits: [edit] } };
}
