import { type JobCache, goCaches, jobName, jobNameFrom, storeOf } from "../../../ci/cache-relations.ts";
import type { CiModel } from "../../../ci/model.ts";
import type { CiRule } from "../../../ci/rule.ts";
import type { Fix } from "../../../finding.ts";

export const rule: CiRule = {
  meta: {
    id: "ci/same-key-different-paths",
    title: "one key for caches with different paths, which never find each other",
    category: "cache",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    const caches = goCaches(model).filter(
      ({ job, cache }) => job.platform === "github" && cache.mechanism !== "setup-go",
    );
    for (const reader of caches) {
      const writer = caches.find((one) => isLostWriter(one, reader));
      // Somebody else saves under these very paths: then the reader finds that.
      if (writer === undefined || caches.some((one) => one !== reader && isSameArchive(one, reader))) continue;
      report(reader.cache.inputs.get("path")?.place ?? reader.cache.place, {
        message:
          `${jobName(reader.job)} asks for the key of ${jobNameFrom(writer.job, reader.job.path)} with other paths ` +
          `(${pathsText(reader)} instead of ${pathsText(writer)}), so it never finds that cache`,
        why: "GitHub stores a hash of the list of paths with the key, and both must be equal for a hit.",
        related: [{ place: writer.cache.place, message: "saved here" }],
        ...fixOf(model, reader, writer),
      });
    }
  },
};

function isLostWriter(writer: JobCache, reader: JobCache): boolean {
  if (writer === reader || writer.cache.saves === "never" || !reader.cache.restores) return false;
  // Systems keep their folders in different places, so their paths differ rightly.
  if (writer.job.os !== reader.job.os || storeOf(writer) !== storeOf(reader)) return false;
  const isReader =
    reader.cache.saves === "never" ||
    reader.job.place.start > writer.job.place.start ||
    reader.job.path > writer.job.path;
  return isReader && writer.cache.key.text === reader.cache.key.text && writer.cache.version !== reader.cache.version;
}

function isSameArchive(one: JobCache, reader: JobCache): boolean {
  if (one.cache.saves === "never" || one.cache.version !== reader.cache.version) return false;
  return one.cache.key.text === reader.cache.key.text && one.job !== reader.job;
}

function pathsText({ cache }: JobCache): string {
  return cache.paths.map(({ text }) => text).join(", ");
}

/** Where both are written on one line, the reader takes the writer's. */
function fixOf(model: CiModel, reader: JobCache, writer: JobCache): { readonly fix?: Fix } {
  const [to, from] = [reader.cache.inputs.get("path")?.place, writer.cache.inputs.get("path")?.place];
  if (to === undefined || from === undefined) return {};
  const text = model.textOf(from.path).slice(from.start, from.end);
  const old = model.textOf(to.path).slice(to.start, to.end);
  if (text.includes("\n") || old.includes("\n")) return {};
  return { fix: { title: `cache ${text} here too`, safety: "safe", edits: [{ ...to, text }] } };
}
