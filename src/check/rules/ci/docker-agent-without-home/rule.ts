import { allJobs, compilingCommands } from "../../../ci/cache-relations.ts";
import type { CiRule } from "../../../ci/rule.ts";

export const rule: CiRule = {
  meta: {
    id: "ci/docker-agent-without-home",
    title: "a Go image as Jenkins agent, without a home for the build cache",
    category: "cache",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const job of allJobs(model)) {
      const command = compilingCommands(job).find(({ folders }) => folders.build === "/.cache/go-build");
      if (job.platform !== "jenkins" || job.image === undefined || command === undefined) continue;
      report(job.image.place, {
        message: `stage "${job.label}" runs go in ${job.image.text} as Jenkins' user, whose HOME is /: go ends with "failed to initialize build cache at /.cache/go-build"`,
        why: "Jenkins starts the container with its own user id, which the image does not know, so HOME is the root folder and not writable.",
        related: [{ place: command.place, message: "needs a build cache" }],
      });
    }
  },
};
