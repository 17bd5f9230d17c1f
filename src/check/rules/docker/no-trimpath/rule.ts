import { fixOf, flagValue, goRuns } from "../../../image/go-runs.ts";
import { goSetting } from "../../../image/go-places.ts";
import type { GoRun } from "../../../image/go-runs.ts";
import type { DockerRule } from "../../../image/rule.ts";

export const rule: DockerRule = {
  meta: {
    id: "docker/no-trimpath",
    title: "a released binary holds the folders it was built in",
    category: "reproducibility",
    severity: "info",
    since: "0.2.0",
    byDefault: false,
  },
  check(model, report) {
    for (const run of goRuns(model)) {
      if (!isRelease(run) || flagValue(run.step, run.go, "trimpath") !== undefined) continue;
      // A value of GOFLAGS that nobody knows may have it.
      if (goSetting(run.step, run.go, "GOFLAGS").state === "unknown") continue;
      const at = run.go.verbWord.end;
      report(run.dockerfile.place(run.go.command), {
        message: `go ${run.go.verb} without -trimpath writes ${run.step.state.workdir ?? "its folder"} and GOROOT into the binary`,
        why: "The same source built in another folder gives another binary, so nobody can check one against the other.",
        fix: fixOf(run.dockerfile, "add -trimpath", "unsafe", [{ start: at, end: at, text: " -trimpath" }]),
      });
    }
  },
};

/** Builds of the module's own programs; tools at a version and triggers are not. */
function isRelease({ go, step }: GoRun): boolean {
  const isBuild = go.verb === "build" || go.verb === "install";
  return isBuild && !step.isTrigger && !go.args.some(({ text }) => text.includes("@"));
}
