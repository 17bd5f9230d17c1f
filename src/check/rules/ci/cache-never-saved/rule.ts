import { type JobCache, goCaches, jobName, storeOf } from "../../../ci/cache-relations.ts";
import { replaceInside } from "../../../ci/edits.ts";
import type { CiModel } from "../../../ci/model.ts";
import type { CiRule } from "../../../ci/rule.ts";
import type { Fix } from "../../../finding.ts";

export const rule: CiRule = {
  meta: {
    id: "ci/cache-never-saved",
    title: "a cache that is restored, and saved by nobody",
    category: "cache",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    const caches = goCaches(model);
    for (const reader of caches) {
      if (!reader.cache.restores || reader.cache.saves !== "never" || isPartly(model, reader)) continue;
      if (caches.some((writer) => writer !== reader && mayFill(writer, reader))) continue;
      report(reader.cache.place, {
        message: `${jobName(reader.job)} restores ${shown(reader)}, which no job of this repository saves`,
        why: "A cache that is only ever read stays empty, or is whatever somebody once left there.",
        ...fixOf(model, reader),
      });
    }
  },
};

function shown({ cache }: JobCache): string {
  return cache.paths.map(({ text }) => text).join(", ");
}

/** Pipelines of which parts are missing may save it there. */
function isPartly(model: CiModel, { job }: JobCache): boolean {
  return model.partial.some(({ path }) => path === job.path || path === job.pipeline) || /\$/.test(job.id);
}

function mayFill(writer: JobCache, reader: JobCache): boolean {
  if (writer.cache.saves === "never" || storeOf(writer) !== storeOf(reader)) return false;
  const saved = pattern(writer.cache.key.text);
  const wanted = [reader.cache.key, ...reader.cache.fallbacks].map(({ text }) => pattern(text));
  return wanted.some((text) => saved.startsWith(text) || text === saved || meets(saved, text));
}

const unknown = "\u0001";

/** What only a run knows may be anything. */
function pattern(key: string): string {
  return key.replace(/(?:\$\{\{[^}]*\}\}|\$\{?\w+\}?)+/g, unknown);
}

function meets(saved: string, wanted: string): boolean {
  if (!saved.includes(unknown) && !wanted.includes(unknown)) return false;
  const [left = ""] = saved.split(unknown);
  const [right = ""] = wanted.split(unknown);
  return left.startsWith(right) || right.startsWith(left);
}

function fixOf(model: CiModel, { job, cache }: JobCache): { readonly fix?: Fix } {
  const source = model.textOf(cache.place.path);
  const policy = cache.inputs.get("policy")?.place;
  const edit =
    job.platform === "gitlab"
      ? policy && replaceInside(source, policy, "pull", "pull-push")
      : replaceInside(source, cache.place, "/cache/restore", "/cache");
  if (edit === undefined) return {};
  return { fix: { title: "save it at the end of this job", safety: "safe", edits: [edit] } };
}
