import {
  type JobCache,
  compilingCommands,
  goCaches,
  isAfter,
  jobName,
  storeOf,
  variantsOf,
} from "../../../ci/cache-relations.ts";
import { replaceInside } from "../../../ci/edits.ts";
import type { CiModel } from "../../../ci/model.ts";
import type { CiRule } from "../../../ci/rule.ts";
import type { Fix } from "../../../finding.ts";

export const rule: CiRule = {
  meta: {
    id: "ci/key-split-by-job",
    title: "a job's name in the key, which parts it from the job before it",
    category: "cache",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    const caches = goCaches(model).filter(({ cache, job }) => cache.holds.build && compilingCommands(job).length > 0);
    for (const later of caches) {
      const earlier = caches.find((one) => isSplit(one, later) && isAfter(model, later.job, one.job));
      if (earlier === undefined || !later.cache.restores) continue;
      report(later.cache.key.place, {
        message:
          `${jobName(later.job)} runs after ${jobName(earlier.job)} and compiles the same, but their keys differ by the ` +
          "job's name, so it begins without what that job compiled",
        why: "Go's cache keys already tell builds apart; a key of its own for each job only hides them from each other.",
        confidence: "medium",
        related: [
          { place: earlier.cache.key.place, message: `${jobName(earlier.job)} saves ${earlier.cache.key.text}` },
        ],
        ...fixOf(model, later, earlier),
      });
    }
  },
};

function isSplit(earlier: JobCache, later: JobCache): boolean {
  if (earlier.job === later.job || earlier.cache.saves === "never" || storeOf(earlier) !== storeOf(later)) return false;
  if (earlier.cache.version !== later.cache.version || earlier.cache.key.text === later.cache.key.text) return false;
  if (withoutName(earlier) !== withoutName(later) || isFoundByFallback(earlier, later)) return false;
  const known = variantsOf(earlier.job);
  return [...variantsOf(later.job).keys()].every((id) => known.has(id));
}

function withoutName({ job, cache }: JobCache): string {
  return cache.key.text.replaceAll(job.id, "*");
}

function isFoundByFallback(earlier: JobCache, later: JobCache): boolean {
  return later.cache.fallbacks.some(({ text }) => earlier.cache.key.text.startsWith(text));
}

const names = [
  "-${{ github.job }}",
  "${{ github.job }}-",
  "-$CI_JOB_NAME_SLUG",
  "-$CI_JOB_NAME",
  "$CI_JOB_NAME_SLUG-",
  "$CI_JOB_NAME-",
  "-${CI_JOB_NAME}",
  "${CI_JOB_NAME}-",
];

/** Takes the name out of both keys, where it is written as a variable. */
function fixOf(model: CiModel, later: JobCache, earlier: JobCache): { readonly fix?: Fix } {
  const places = [later.cache.key.place, earlier.cache.key.place];
  const isOne = places[0]?.start === places[1]?.start && places[0]?.path === places[1]?.path;
  const edits = (isOne ? places.slice(0, 1) : places).flatMap((place) => {
    const found = names
      .map((name) => replaceInside(model.textOf(place.path), place, name, ""))
      .find((edit) => edit !== undefined);
    return found === undefined ? [] : [found];
  });
  if (edits.length !== (isOne ? 1 : 2)) return {};
  return { fix: { title: "take the job's name out of the key", safety: "safe", edits } };
}
