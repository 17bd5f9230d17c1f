import { allJobs } from "../../../ci/cache-relations.ts";
import { removeEntry, removeLines } from "../../../ci/edits.ts";
import type { CiModel, CiPlace, EnvValue } from "../../../ci/model.ts";
import type { CiRule } from "../../../ci/rule.ts";

export const rule: CiRule = {
  meta: {
    id: "ci/gocache-off",
    title: "GOCACHE=off, which every Go since 1.12 refuses",
    category: "cache",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const value of valuesOf(model)) {
      if (value.text !== "off" || value.place === undefined) continue;
      const edit = removalOf(model, value, value.place);
      report(value.place, {
        message: "GOCACHE=off ends every go command that compiles: the build cache is required since Go 1.12",
        why: "For tests that must run each time there is -count=1; for an empty cache, a new folder as GOCACHE.",
        ...(edit === undefined
          ? {}
          : { fix: { title: "take GOCACHE=off out", safety: "safe" as const, edits: [edit] } }),
      });
    }
  },
};

function* valuesOf(model: CiModel): Generator<EnvValue> {
  for (const { env } of model.pipelines) yield* gocacheOf(env.get("GOCACHE"));
  for (const job of allJobs(model)) {
    yield* gocacheOf(job.env.get("GOCACHE"));
    for (const { env } of job.commands) yield* gocacheOf(env.get("GOCACHE"));
  }
}

function gocacheOf(value: EnvValue | undefined): readonly EnvValue[] {
  return value === undefined ? [] : [value];
}

function removalOf(model: CiModel, { level }: EnvValue, place: CiPlace): ReturnType<typeof removeLines> {
  const source = model.textOf(place.path);
  if (level !== "script") return removeEntry(source, place);
  return /^export\s+GOCACHE=off$/.test(source.slice(place.start, place.end)) ? removeLines(source, place) : undefined;
}
