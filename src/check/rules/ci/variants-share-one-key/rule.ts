import {
  type JobCache,
  goCaches,
  isStableKey,
  jobName,
  jobNameFrom,
  sharedGroups,
  variantsOf,
} from "../../../ci/cache-relations.ts";
import type { BuildVariant, Job } from "../../../ci/model.ts";
import type { CiRule } from "../../../ci/rule.ts";
import { variantText } from "../../../ci/go-use.ts";

/** What makes every object another one, the standard library's too. */
const total = new Set(["-race", "-msan", "-asan", "GOOS", "GOARCH", "GOAMD64", "GOARM"]);

export const rule: CiRule = {
  meta: {
    id: "ci/variants-share-one-key",
    title: "builds that share no object under one key, of which only one is ever saved",
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
      const [first] = group;
      if (first === undefined || !isStableKey(first.cache.key.text)) continue;
      const pair = findPair(group);
      if (pair === undefined) continue;
      const { left, right, variant, other } = pair;
      report(right.cache.place, {
        message:
          `${jobName(right.job)} compiles with ${variant}, ${jobNameFrom(left.job, right.job.path)} with ${other}, and both ` +
          "save under one key: whichever ends first is kept, and the other compiles everything in every run",
        why: "A key that exists is never saved again, and the objects of these builds have nothing in common.",
        confidence: "medium",
        related: [{ place: left.cache.place, message: `${jobName(left.job)} saves under the same key` }],
      });
    }
  },
};

interface Pair {
  readonly left: JobCache;
  readonly right: JobCache;
  readonly variant: string;
  readonly other: string;
}

/** Two jobs whose builds are all unlike each other; jobs that run what is not looked into are left out. */
function findPair(group: readonly JobCache[]): Pair | undefined {
  const known = group.filter(({ job }) => !job.isOpaque && variantsOf(job).size > 0).filter((one) => !hasUnknown(one));
  // Found once: a group may be hundreds of jobs, and each is compared with each.
  const totals = new Map(known.map((one) => [one, totalsOf(one)]));
  for (const [right, mine] of totals) {
    for (const [left, theirs] of totals) {
      if (left === right || left.job.place.start > right.job.place.start) continue;
      if ([...mine.keys()].some((id) => theirs.has(id))) continue;
      return { left, right, variant: [...mine.values()].join(" and "), other: [...theirs.values()].join(" and ") };
    }
  }
  return undefined;
}

function totalsOf({ job }: JobCache): ReadonlyMap<string, string> {
  const texts = [...variantsOf(job).values()].map((variant) => {
    const part: BuildVariant = new Map(
      [...variant].filter(([name, value]) => total.has(name) && !isOwn(job, name, value)),
    );
    return [[...part].map(String).toSorted().join(" "), variantText(part)] as const;
  });
  return new Map(texts);
}

/** What the runner's machine has anyway, said once more. */
function isOwn(job: Job, name: string, value: string): boolean {
  if (name === "GOOS") return value === (job.os === "macos" ? "darwin" : job.os);
  return name === "GOARCH" && value === (/arm/.test(job.runner) ? "arm64" : "amd64") && job.os === "linux";
}

/** Only a run knows what a build of this job is for. */
function hasUnknown({ job }: JobCache): boolean {
  return [...variantsOf(job).values()].some((variant) => [...variant.values()].some((value) => value.includes("$")));
}
