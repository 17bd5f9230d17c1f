import { compilingCommands, goCaches, jobName } from "../../../ci/cache-relations.ts";
import type { CiRule } from "../../../ci/rule.ts";

export const rule: CiRule = {
  meta: {
    id: "ci/rebuilds-everything",
    title: "everything is compiled again although the build cache was restored",
    category: "cache",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const { job, cache } of goCaches(model)) {
      if (!cache.holds.build || !cache.restores) continue;
      const commands = compilingCommands(job).filter(({ at }) => at > cache.restoredAt);
      for (const command of commands) {
        const cause =
          command.go.flags.has("a") && command.go.program === "go" ? "-a" : debugOf(command.env.get("GODEBUG")?.text);
        if (cause === undefined || cause === "") continue;
        report(cause === "-a" ? command.place : (command.env.get("GODEBUG")?.place ?? command.place), {
          message: `${cause} makes go compile every package anew, so the build cache that ${jobName(job)} restores saves nothing`,
          why:
            cause === "-a"
              ? "-a is from the time before the build cache, when go could not tell what was out of date."
              : "gocacheverify is for looking for faults in go itself: it runs each action again and compares.",
          related: [{ place: cache.place, message: `restored here by ${cache.mechanism}` }],
        });
      }
    }
  },
};

function debugOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : /\bgocacheverify=1\b/.exec(text)?.[0];
}
