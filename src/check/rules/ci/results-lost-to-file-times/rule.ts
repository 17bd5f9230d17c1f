import { compilingCommands, goCaches, jobName } from "../../../ci/cache-relations.ts";
import type { CiModel, Job } from "../../../ci/model.ts";
import type { CiRule } from "../../../ci/rule.ts";

export const rule: CiRule = {
  meta: {
    id: "ci/results-lost-to-file-times",
    title: "results of tests that read files are lost, since a checkout gives every file a new time",
    category: "cache",
    severity: "info",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    const sample = testdataOf(model);
    if (sample === undefined) return;
    for (const { job, cache } of goCaches(model)) {
      if (!cache.holds.build || !cache.restores || !job.isFresh || restoresTimes(job)) continue;
      const test = compilingCommands(job).find(
        ({ go, at }) => go.verb === "test" && at > cache.restoredAt && !isFresh(go.flags),
      );
      if (test === undefined) continue;
      report(test.place, {
        message: `${jobName(job)} restores test results, but those of tests that read files such as ${sample} never match: the checkout gives every file a new time`,
        why: "Go tells whether a file that a test read has changed by its size and time, not by its content.",
        confidence: "medium",
      });
    }
  },
};

/** A file that a test of this repository most likely opens. */
function testdataOf(model: CiModel): string | undefined {
  const tested = new Set(
    model.paths.filter((path) => path.endsWith("_test.go")).map((path) => path.slice(0, path.lastIndexOf("/") + 1)),
  );
  return model.paths.find((path) => {
    const at = path.indexOf("testdata/");
    // Go files there are compiled by tests rather than read.
    return at >= 0 && !path.endsWith(".go") && (at === 0 || path[at - 1] === "/") && tested.has(path.slice(0, at));
  });
}

/** What runs tests anew by itself, or is never cached: -count, -race with files is cached as any other. */
function isFresh(flags: ReadonlyMap<string, string>): boolean {
  return ["count", "bench", "fuzz", "coverprofile", "cpuprofile", "memprofile", "trace", "o", "c", "exec"].some(
    (name) => flags.has(name),
  );
}

function restoresTimes(job: Job): boolean {
  if (job.actions.some(({ name }) => /mtime/i.test(name))) return true;
  return job.commands.some(({ words }) =>
    words.some(({ text }) => /mtime|--date|^touch$|checkout-time|ballast/.test(text)),
  );
}
