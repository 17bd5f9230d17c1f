import { allJobs, goCommands } from "../../../ci/cache-relations.ts";
import type { ActionUse, CiModel, Job } from "../../../ci/model.ts";
import type { CiRule } from "../../../ci/rule.ts";

export const rule: CiRule = {
  meta: {
    id: "ci/coverage-merged-across-toolchains",
    title: "coverage of several Go versions added up into one figure",
    category: "reproducibility",
    severity: "info",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const [, jobs] of Map.groupBy(allJobs(model), (job) => `${job.path} ${job.id}`)) {
      const uploads = jobs.flatMap((job) => uploadOf(job));
      const versions = new Set(uploads.map(({ job }) => versionOf(job)));
      const [first] = uploads;
      if (first === undefined || versions.size < 2 || versions.has(undefined)) continue;
      report(first.action.place, {
        message: `job "${first.job.id}" uploads the coverage of Go ${[...versions].join(", ")} to one report, which counts a line as covered if any of them did`,
        why: "Versions of Go count statements differently and files with build tags differ: the figure moves when the matrix does.",
        confidence: "medium",
        related: relatedOf(model, jobs),
      });
    }
  },
};

interface Upload {
  readonly job: Job;
  readonly action: ActionUse;
}

/** An upload in every combination of the matrix, without a flag or a name that keeps them apart. */
function uploadOf(job: Job): readonly Upload[] {
  const action = job.actions.find(({ name }) =>
    /^(?:codecov\/codecov-action|coverallsapp\/github-action|shogo82148\/actions-goveralls)$/.test(name),
  );
  if (action === undefined || /matrix|runner\.os/.test(action.condition ?? "") || !measuresCoverage(job)) return [];
  const isApart = ["flags", "flag-name", "name", "env_vars"].some((input) => action.inputs.has(input));
  return isApart ? [] : [{ job, action }];
}

function measuresCoverage(job: Job): boolean {
  return goCommands(job).some(({ go }) => ["coverprofile", "cover", "covermode"].some((flag) => go.flags.has(flag)));
}

function versionOf(job: Job): string | undefined {
  const text = job.setups[0]?.version?.text;
  return text === undefined || text.includes("${{") ? undefined : text;
}

function relatedOf(model: CiModel, jobs: readonly Job[]): readonly { place: ActionUse["place"]; message: string }[] {
  const setup = jobs[0]?.setups[0]?.version;
  return setup === undefined || model.textOf(setup.place.path) === ""
    ? []
    : [{ place: setup.place, message: "each version of the matrix" }];
}
