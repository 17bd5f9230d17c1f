import { flagValue, goSteps, isCompile, isWholeContext } from "../../../image/go-runs.ts";
import type { Dockerfile, RunStep } from "../../../image/model.ts";
import type { DockerRule } from "../../../image/rule.ts";
import type { Fix } from "../../../finding.ts";

export const rule: DockerRule = {
  meta: {
    id: "docker/git-in-context",
    title: "the .git folder is copied before go builds",
    category: "reproducibility",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const dockerfile of model.dockerfiles) {
      // Only the top of a checkout has a .git folder.
      if (dockerfile.context !== "" || dockerfile.ignore.excludes(".git")) continue;
      const step = goSteps(dockerfile).find((one) => !one.isTrigger && one.gos.some(isCompile));
      const copy = step?.stage.steps.find((one) => one.start < step.start && isWholeContext(one));
      if (step === undefined || copy === undefined || isIntended(dockerfile, step)) continue;
      const { path } = dockerfile.ignore;
      report(dockerfile.place(copy), {
        message: `COPY . takes .git along: each commit, fetch or switch of branch builds this stage again, and go stamps what it finds there`,
        why: "No .dockerignore leaves .git out, so the layer changes with files that are no source, and the binary with them.",
        confidence: "medium",
        related: [{ place: dockerfile.place(step), message: "built again each time" }],
        ...(path === undefined ? {} : { fix: ignoreFix(path) }),
      });
    }
  },
};

/** Whether somebody decided on it: -buildvcs=true, or a script that asks git. */
function isIntended(dockerfile: Dockerfile, step: RunStep): boolean {
  const go = step.gos.find(isCompile);
  const stamp = go === undefined ? undefined : flagValue(step, go, "buildvcs");
  const asksGit = dockerfile.stages.some(({ steps }) =>
    steps.some(
      (one) =>
        one.kind === "run" &&
        one.commands.some(
          ({ words }) => words[0]?.text === "git" && words[1]?.text !== "config" && words[1]?.text !== "clone",
        ),
    ),
  );
  const usesMake = step.commands.some(({ words }) => words[0]?.text === "make");
  return asksGit || usesMake || (stamp !== undefined && stamp !== "false" && stamp !== "auto");
}

/** The first line, since a later pattern could take it back. A binary without a VCS stamp is another binary: not safe. */
function ignoreFix(path: string): Fix {
  return {
    title: "leave .git out of the context",
    safety: "unsafe",
    edits: [{ path, start: 0, end: 0, text: ".git\n" }],
  };
}
