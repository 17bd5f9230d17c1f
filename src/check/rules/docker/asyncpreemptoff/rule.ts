import { fixOf, flagValue, goRuns } from "../../../image/go-runs.ts";
import type { Dockerfile, Pair } from "../../../image/model.ts";
import type { DockerRule } from "../../../image/rule.ts";
import type { Fix } from "../../../finding.ts";

export const rule: DockerRule = {
  meta: {
    id: "docker/asyncpreemptoff",
    title: "an image switches asynchronous preemption off",
    category: "scheduling",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const dockerfile of model.dockerfiles) {
      for (const { steps } of dockerfile.stages) {
        for (const step of steps) {
          if (step.kind !== "env") continue;
          for (const pair of step.pairs.filter(isSwitchedOff)) {
            const fix = envFix(dockerfile, pair);
            report(dockerfile.place(pair), {
              message: messageFor("ENV GODEBUG"),
              why,
              ...(fix === undefined ? {} : { fix }),
            });
          }
        }
      }
    }
    for (const { dockerfile, step, go } of goRuns(model)) {
      const ldflags = flagValue(step, go, "ldflags") ?? "";
      if (/runtime\.godebugDefault=\S*asyncpreemptoff=1/.test(ldflags)) {
        report(dockerfile.place(go.command), { message: messageFor("-ldflags"), why });
      }
    }
  },
};

const why = "A goroutine in a loop without calls then never yields: the collector and everything else wait for it.";

function messageFor(where: string): string {
  return `${where} sets asyncpreemptoff=1 for every program of this image: one busy loop can stop all goroutines`;
}

function isSwitchedOff({ name, value = "" }: Pair): boolean {
  return name === "GODEBUG" && /(?:^|,)asyncpreemptoff=1(?:,|$)/.test(value.trim());
}

/** Takes the item out of a list that has others. */
function envFix(dockerfile: Dockerfile, { value = "", valueSpan }: Pair): Fix | undefined {
  const rest = value.split(",").filter((item) => item !== "asyncpreemptoff=1");
  const isPlain = valueSpan !== undefined && dockerfile.source.text.slice(valueSpan.start, valueSpan.end) === value;
  if (rest.length === 0 || !isPlain) return undefined;
  return fixOf(dockerfile, "leave asynchronous preemption on", "unsafe", [{ ...valueSpan, text: rest.join(",") }]);
}
