import {
  type JobCache,
  compilingCommands,
  goCaches,
  isAfter,
  jobName,
  sharedGroups,
} from "../../../ci/cache-relations.ts";
import type { BuildVariant } from "../../../ci/model.ts";
import type { CiRule } from "../../../ci/rule.ts";

/** What teams set once and forget elsewhere; -race and cross builds are chosen on purpose. */
const parameters = ["-trimpath", "CGO_ENABLED", "GOAMD64", "GOARM", "GOEXPERIMENT", "-gcflags"];
const chosen = ["-race", "-msan", "-asan", "GOOS", "GOARCH"];

export const rule: CiRule = {
  meta: {
    id: "ci/parameters-differ-between-stages",
    title: "stages that share a cache build with different parameters",
    category: "cache",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    const caches = goCaches(model).filter(({ cache, job }) => cache.holds.build && compilingCommands(job).length > 0);
    for (const group of sharedGroups(caches)) {
      for (const later of group) {
        const earlier = group.find((one) => one.cache.saves !== "never" && isAfter(model, later.job, one.job));
        const difference = earlier === undefined || !later.cache.restores ? undefined : differenceOf(earlier, later);
        if (earlier === undefined || difference === undefined) continue;
        report(difference.command.place, {
          message:
            `${jobName(later.job)} builds with ${difference.mine} and ${jobName(earlier.job)} with ${difference.theirs}: ` +
            "it restores that job's cache and can use little of it",
          why: "These parameters are part of the key of every object that go compiles.",
          confidence: "medium",
          related: [{ place: difference.other.place, message: `compiled with ${difference.theirs} here` }],
        });
      }
    }
  },
};

interface Difference {
  readonly command: ReturnType<typeof compilingCommands>[number];
  readonly other: ReturnType<typeof compilingCommands>[number];
  readonly mine: string;
  readonly theirs: string;
}

/** The parameters in which all builds of one job differ from all of the other's, when nothing else does. */
function differenceOf(earlier: JobCache, later: JobCache): Difference | undefined {
  const [mine, theirs] = [compilingCommands(later.job), compilingCommands(earlier.job)];
  if (mine.some(({ go }) => theirs.some((other) => isSame(go.variant, other.go.variant, parameters)))) return undefined;
  for (const command of mine) {
    const other = theirs.find(({ go }) => isSame(go.variant, command.go.variant, chosen));
    if (other === undefined) continue;
    const names = parameters.filter((name) => command.go.variant.get(name) !== other.go.variant.get(name));
    return { command, other, mine: textOf(command.go.variant, names), theirs: textOf(other.go.variant, names) };
  }
  return undefined;
}

function isSame(left: BuildVariant, right: BuildVariant, names: readonly string[]): boolean {
  return names.every((name) => left.get(name) === right.get(name));
}

function textOf(variant: BuildVariant, names: readonly string[]): string {
  return names
    .map((name) => {
      const value = variant.get(name);
      if (value === undefined) return name.startsWith("-") ? `no ${name}` : `the default ${name}`;
      return value === "true" ? name : `${name}=${value}`;
    })
    .join(", ");
}
