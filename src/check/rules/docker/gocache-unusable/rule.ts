import { imageFacts } from "../../../image/base-image.ts";
import { rootStage } from "../../../image/go-places.ts";
import { fixOf } from "../../../image/go-runs.ts";
import type { Dockerfile, Pair, PairStep, RunStep } from "../../../image/model.ts";
import { expandIn } from "../../../image/stage-state.ts";
import type { DockerRule, ImagePlace } from "../../../image/rule.ts";
import type { Report } from "../../../rule.ts";
import type { Fix } from "../../../finding.ts";
import type { ShellAssignment, ShellCommand } from "../../../shell/shell-command.ts";

export const rule: DockerRule = {
  meta: {
    id: "docker/gocache-unusable",
    title: "GOCACHE is off or no absolute path",
    category: "cache",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const dockerfile of model.dockerfiles) {
      for (const stage of dockerfile.stages) {
        if (isBefore112(imageFacts(rootStage(stage).image)?.go?.version)) continue;
        for (const step of stage.steps) {
          if (step.kind === "env") checkEnv(dockerfile, step, report);
          if (step.kind === "run") checkRun(dockerfile, step, report);
        }
      }
    }
  },
};

/** Until 1.11 `off` was allowed. */
function isBefore112(version: string | undefined): boolean {
  return /^1\.(?:\d|1[01])(?:\.|$)/.test(version ?? "");
}

/** What go says to the value, if it refuses it. */
function refusal(value: string | undefined): string | undefined {
  if (value === "off") return "GOCACHE=off ends every build: go needs its build cache since 1.12";
  const isRelative = value !== undefined && value !== "" && !/^[/~$]/.test(value);
  return isRelative ? `GOCACHE=${value} ends every build: go takes an absolute path only` : undefined;
}

const why = "go build, go test and go install exit at once; only go env and go version still work.";

function checkEnv(dockerfile: Dockerfile, step: PairStep, report: Report<ImagePlace>): void {
  for (const pair of step.pairs) {
    const message = pair.name === "GOCACHE" ? refusal(expandIn(step.state, pair.value ?? "")) : undefined;
    if (message === undefined) continue;
    report(dockerfile.place(pair), { message, why, confidence: "proven", fix: envFix(dockerfile, step, pair) });
  }
}

function envFix(dockerfile: Dockerfile, step: PairStep, pair: Pair): Fix {
  const { text } = dockerfile.source;
  const lineEnd = text.indexOf("\n", step.end);
  const isAlone = step.pairs.length === 1;
  const blanks = /^[ \t]*/.exec(text.slice(pair.end))?.[0].length ?? 0;
  const edit = isAlone
    ? { start: step.start, end: lineEnd === -1 ? step.end : lineEnd + 1, text: "" }
    : { start: pair.start, end: pair.end + blanks, text: "" };
  return fixOf(dockerfile, "leave GOCACHE where go puts it", "safe", [edit]);
}

function checkRun(dockerfile: Dockerfile, step: RunStep, report: Report<ImagePlace>): void {
  for (const command of step.commands) {
    for (const assignment of assignmentsOf(command)) {
      const message = assignment.name === "GOCACHE" ? refusal(assignment.value) : undefined;
      if (message === undefined) continue;
      const { text } = dockerfile.source;
      const blanks = /^[ \t]*/.exec(text.slice(assignment.end))?.[0].length ?? 0;
      const edit = { start: assignment.start, end: assignment.end + blanks, text: "" };
      const isPrefix = command.assignments.includes(assignment) && command.words.length > 0;
      const fix = fixOf(dockerfile, "leave GOCACHE where go puts it", "safe", [edit]);
      report(dockerfile.place(assignment), { message, why, confidence: "proven", ...(isPrefix ? { fix } : {}) });
    }
  }
}

/** `NAME=value command`, `export NAME=value`, `env NAME=value command`. */
function assignmentsOf({ assignments, words }: ShellCommand): readonly ShellAssignment[] {
  if (!/^(?:export|env)$/.test(words[0]?.text ?? "")) return assignments;
  const own = words.slice(1).flatMap((word): ShellAssignment[] => {
    const [, name, value] = /^(\w+)=(.*)$/.exec(word.text) ?? [];
    return name === undefined ? [] : [{ ...word, name, value: value ?? "" }];
  });
  return [...assignments, ...own];
}
