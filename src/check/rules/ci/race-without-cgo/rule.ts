import { allJobs, compilingCommands, jobName } from "../../../ci/cache-relations.ts";
import type { CiRule } from "../../../ci/rule.ts";

export const rule: CiRule = {
  meta: {
    id: "ci/race-without-cgo",
    title: "-race with CGO_ENABLED=0, which go refuses",
    category: "reproducibility",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const job of allJobs(model)) {
      // Only macOS has a race detector without cgo, since Go 1.20.
      if (job.os !== "linux" && job.os !== "windows") continue;
      for (const command of compilingCommands(job)) {
        const cgo = command.env.get("CGO_ENABLED");
        if (!command.go.variant.has("-race") || cgo?.text !== "0" || command.env.get("GOOS")?.text === "darwin") {
          continue;
        }
        report(command.place, {
          message: `${jobName(job)} runs go ${command.go.verb || command.go.program} -race with CGO_ENABLED=0, and go ends with "-race requires cgo"`,
          why: "The race detector's runtime is linked through cgo on every system but macOS.",
          related: cgo.place === undefined ? [] : [{ place: cgo.place, message: "CGO_ENABLED is set to 0 here" }],
        });
      }
    }
  },
};
