import { flagOf, goRuns, isCompile } from "../../../image/go-runs.ts";
import type { GoRun } from "../../../image/go-runs.ts";
import type { DockerRule } from "../../../image/rule.ts";
import type { ShellCommand } from "../../../shell/shell-command.ts";

export const rule: DockerRule = {
  meta: {
    id: "docker/date-in-binary",
    title: "the date of the build is linked into the binary",
    category: "reproducibility",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const run of goRuns(model)) {
      const ldflags = isCompile(run.go) ? flagOf(run.go, "ldflags") : undefined;
      const source = ldflags?.value === undefined ? undefined : dateSource(run, ldflags.value);
      if (ldflags === undefined || source === undefined) continue;
      report(run.dockerfile.place(run.go.command), {
        message: `-ldflags of go ${run.go.verb} carries the time of the build (${source}): no two builds give the same binary`,
        why: "A binary that differs each time cannot be compared, makes each image new, and is linked again in each build.",
      });
    }
  },
};

/** What in the flags is the current time; a date that is told by the commit or by SOURCE_DATE_EPOCH is not. */
function dateSource(run: GoRun, value: string): string | undefined {
  const inline = /\$\(([^()]*)\)|`([^`]*)`/g;
  for (const [, dollar, back] of value.matchAll(inline)) {
    const script = (dollar ?? back ?? "").trim();
    if (isCurrentDate(script)) return script;
  }
  for (const [, braced, plain] of value.matchAll(/\$\{(\w+)\}|\$(\w+)/g)) {
    const name = braced ?? plain ?? "";
    const script = assigned(run, name);
    if (script !== undefined && isCurrentDate(script)) return `${name}=${script}`;
  }
  return undefined;
}

function isCurrentDate(script: string): boolean {
  return (
    /^(?:TZ=\S+\s+)?(?:\/bin\/)?date\b/.test(script) &&
    !/(?:^|\s)(?:-d|--date|-r|--reference)\b|SOURCE_DATE_EPOCH/.test(script)
  );
}

/** The command of `NAME=$(…)` earlier in the same script. */
function assigned({ step, go }: GoRun, name: string): string | undefined {
  const isEarlier = ({ start }: ShellCommand): boolean => start < go.command.start;
  const values = step.commands
    .filter(isEarlier)
    .flatMap(({ assignments, words }) => [
      ...assignments.flatMap((one) => (one.name === name ? [one.value] : [])),
      ...words.flatMap(({ text }) => (text.startsWith(`${name}=`) ? [text.slice(name.length + 1)] : [])),
    ]);
  return /^(?:\$\(|`)([\s\S]*)(?:\)|`)$/.exec(values.at(-1) ?? "")?.[1]?.trim();
}
