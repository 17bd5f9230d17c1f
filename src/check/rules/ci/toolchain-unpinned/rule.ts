import { allJobs, goCommands, jobName } from "../../../ci/cache-relations.ts";
import type { CiModel, CiText, Job } from "../../../ci/model.ts";
import type { CiRule } from "../../../ci/rule.ts";

export const rule: CiRule = {
  meta: {
    id: "ci/toolchain-unpinned",
    title: "a Go version that changes by itself",
    category: "reproducibility",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const job of allJobs(model)) {
      for (const setup of job.setups) {
        const found = floatingVersion(model, job, setup.version);
        if (found === undefined) continue;
        report(found.place, {
          message: `${jobName(job)} builds with whatever Go ${found.text} is on that day`,
          why: "A new Go compiles everything anew and may build another program from the same commit; name the version, or take it from go.mod.",
          confidence: isRelease(job) ? "high" : "medium",
        });
      }
      const image = job.image;
      if (image === undefined || !isFloatingImage(image.text) || goCommands(job).length === 0) continue;
      report(image.place, {
        message: `${jobName(job)} runs in ${image.text}, which is another Go after each release`,
        why: "A new Go compiles everything anew and may build another program from the same commit; name the version in the image's tag.",
        confidence: "high",
      });
    }
  },
};

/** Words and ranges without an upper end; `1.24` and `1.24.x` only follow repairs. A matrix tries them on purpose. */
function floatingVersion(model: CiModel, job: Job, version: CiText | undefined): CiText | undefined {
  if (version === undefined) return undefined;
  const written = model.textOf(version.place.path).slice(version.place.start, version.place.end);
  if (written.includes("matrix.")) return undefined;
  const isFloating = /^(?:stable|latest|\^.*|>=?.*|1\.x|1|x|\*|~?1\.?)$/.test(version.text.trim());
  // `stable` is what libraries test with; what is released is another matter.
  const isChoice = /^(?:stable|latest)$/.test(version.text.trim()) && !isRelease(job);
  return isFloating && !isChoice ? version : undefined;
}

/** A job that makes what others get. */
function isRelease(job: Job): boolean {
  const publishes = job.actions.some(({ name }) =>
    /goreleaser|action-gh-release|build-push-action|upload-release|create-release/.test(name),
  );
  return (
    publishes ||
    job.commands.some(
      ({ go, words }) =>
        go?.program === "goreleaser" ||
        /^(?:gh release|docker push)/.test(
          words
            .slice(0, 2)
            .map(({ text }) => text)
            .join(" "),
        ),
    )
  );
}

function isFloatingImage(image: string): boolean {
  return (
    /(?:^|\/)golang(?::(?:latest|alpine|bookworm|bullseye|trixie|rc|tip-.*))?$/.test(image) && !image.includes("@")
  );
}
