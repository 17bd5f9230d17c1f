import { allJobs, compilingCommands, jobName } from "../../../ci/cache-relations.ts";
import type { CiPlace, Job } from "../../../ci/model.ts";
import type { CiRule } from "../../../ci/rule.ts";

export const rule: CiRule = {
  meta: {
    id: "ci/asyncpreempt-off-with-race",
    title: "race tests with asynchronous preemption off, where schedules that race are seen less",
    category: "scheduling",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const job of allJobs(model)) {
      const found = raceWithout(job);
      if (found === undefined) continue;
      const other = allJobs(model).find((one) => one.pipeline === job.pipeline && one !== job && hasPlainRace(one));
      report(found.place, {
        message:
          `asyncpreemptoff=1 holds for the race tests of ${jobName(job)}, so goroutines change only at calls and the ` +
          `detector sees fewer schedules${other === undefined ? "" : `; ${jobName(other)} runs its race tests without it`}`,
        why: "The race detector finds a race only in a schedule that happened; it needs no help from this setting to be right.",
        confidence: "medium",
        related: [
          { place: found.test, message: "race tests" },
          ...(other === undefined ? [] : [{ place: other.place, message: "the same tests under the other policy" }]),
        ],
      });
    }
  },
};

function raceWithout(job: Job): { readonly place: CiPlace; readonly test: CiPlace } | undefined {
  for (const { go, env, place } of compilingCommands(job)) {
    const debug = env.get("GODEBUG");
    if (go.variant.has("-race") && isOff(debug?.text)) return { place: debug?.place ?? place, test: place };
  }
  return undefined;
}

function hasPlainRace(job: Job): boolean {
  return compilingCommands(job).some(({ go, env }) => go.variant.has("-race") && !isOff(env.get("GODEBUG")?.text));
}

function isOff(text: string | undefined): boolean {
  return text !== undefined && /(?:^|,)asyncpreemptoff=1(?:,|$)/.test(text);
}
