import { fixOf, flagOf, flagValue, goRuns, goSteps, hasContext, isCompile } from "../../../image/go-runs.ts";
import { stepsUpTo } from "../../../image/go-places.ts";
import type { GoRun } from "../../../image/go-runs.ts";
import type { DockerRule } from "../../../image/rule.ts";
import type { Fix } from "../../../finding.ts";

export const rule: DockerRule = {
  meta: {
    id: "docker/modules-changed-in-build",
    title: "an image build chooses module versions by itself",
    category: "reproducibility",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const run of goRuns(model)) {
      const words = changeOf(run);
      if (words === undefined || run.step.isTrigger) continue;
      const fix = fixFor(run);
      report(run.dockerfile.place(run.go.command), {
        message: `${words} may change go.mod and go.sum inside the image: what is built is not what was committed`,
        why: "Versions are then chosen by the day of the build, and nobody reviewed them.",
        ...(fix === undefined ? {} : { fix }),
      });
    }
  },
};

/** What the command does to go.mod of the copied source, if it does something. */
function changeOf({ step, go }: GoRun): string | undefined {
  const isOfModule = hasContext(step) || copiesModule(step);
  // Where nothing is compiled afterwards, the stage is there to update go.mod, or to check that it is tidy.
  if (!isOfModule || !isCompiledAfter(step)) return undefined;
  if (go.verb === "mod tidy") return "go mod tidy";
  const isGet = go.verb === "get" && !go.args.some(({ text }) => /@v\d/.test(text));
  // Outside of a module go get installs a tool, as one did until 1.17.
  const isModuleGet = isGet && step.stage.dockerfile.module !== undefined;
  if (isModuleGet) return `go get ${go.args.map(({ text }) => text).join(" ")}`.trim();
  return (isCompile(go) || go.verb === "mod download") && flagValue(step, go, "mod") === "mod"
    ? `-mod=mod of go ${go.verb}`
    : undefined;
}

/** Some step compiles in this stage or in one that goes on from it. */
function isCompiledAfter(step: GoRun["step"]): boolean {
  return goSteps(step.stage.dockerfile).some((later) => later.gos.some(isCompile) && stepsUpTo(later).includes(step));
}

function copiesModule({ stage, start }: GoRun["step"]): boolean {
  return stage.steps.some((one) => one.kind === "copy" && one.start < start && one.from === undefined);
}

function fixFor({ dockerfile, go }: GoRun): Fix | undefined {
  if (go.verb === "mod tidy" && go.flags.length === 0) {
    const { start, end } = go.verbWord;
    return fixOf(dockerfile, "download what go.sum names", "unsafe", [{ start, end, text: "download" }]);
  }
  const flag = flagOf(go, "mod");
  if (flag?.word.raw !== "-mod=mod") return undefined;
  const { start, end } = flag.word;
  return fixOf(dockerfile, "refuse changes instead", "unsafe", [{ start, end, text: "-mod=readonly" }]);
}
