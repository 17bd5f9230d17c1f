import { allJobs, jobName } from "../../../ci/cache-relations.ts";
import type { Job } from "../../../ci/model.ts";
import type { CiRule } from "../../../ci/rule.ts";

export const rule: CiRule = {
  meta: {
    id: "ci/setup-go-before-checkout",
    title: "setup-go before the checkout, where there is no go.mod to make a key of",
    category: "cache",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const job of allJobs(model)) {
      for (const setup of job.setups) {
        const checkout = checkoutAfter(job, setup.at);
        const file = setup.versionFile;
        if (checkout === undefined || (setup.cache === undefined && file === undefined)) continue;
        report(setup.place, {
          message:
            file === undefined
              ? `setup-go runs before the checkout in ${jobName(job)}: it finds no go.mod or go.sum, so nothing is cached`
              : `setup-go runs before the checkout in ${jobName(job)}, so there is no ${file.text} to take the version from`,
          why: "setup-go's cache key is a hash of files of the checkout; without them it warns and goes on without a cache.",
          related: [{ place: checkout, message: "checked out here" }],
        });
      }
    }
  },
};

/** The job's only checkout, when it comes after `at`. */
function checkoutAfter(job: Job, at: number): Job["place"] | undefined {
  const checkouts = job.actions.filter(({ name }) => name === "actions/checkout");
  const isFetched = job.commands.some(
    (command) => command.at < at && ["git", "gh"].includes(command.words[0]?.text ?? ""),
  );
  const isUnknown = job.actions.some(
    (action) => action.at < at && !/^actions\/(?:checkout|setup-|cache)/.test(action.name),
  );
  const isEarlier = checkouts.some((checkout) => checkout.at < at);
  return isEarlier || isFetched || isUnknown ? undefined : checkouts[0]?.place;
}
