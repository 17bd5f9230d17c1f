import { compilingCommands, goCaches, jobName } from "../../../ci/cache-relations.ts";
import type { CiCommand, Job } from "../../../ci/model.ts";
import type { CiRule } from "../../../ci/rule.ts";

export const rule: CiRule = {
  meta: {
    id: "ci/container-misses-host-cache",
    title: "go runs in a container that does not see the restored cache",
    category: "cache",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const { job, cache } of goCaches(model)) {
      if (!cache.restores || job.isOpaque || compilingCommands(job).length > 0) continue;
      const run = job.commands.find((command) => command.at > cache.restoredAt && isGoContainer(command));
      if (run === undefined || isMounted(job)) continue;
      report(run.place, {
        message: `go runs only in this container, which has none of the folders that ${jobName(job)} restores: they are carried to and fro for nothing`,
        why: "A container sees of its host what is mounted into it.",
        related: [{ place: cache.place, message: `restored here by ${cache.mechanism}` }],
      });
    }
  },
};

/** `docker run … golang … go build`, or the same with podman. */
function isGoContainer({ words }: CiCommand): boolean {
  const texts = words.map(({ text }) => text);
  if (!["docker", "podman", "nerdctl"].includes(texts[0] ?? "") || texts[1] !== "run") return false;
  const rest = texts.slice(2).join(" ");
  return /(?:^|\s|\/)golang(?::|@|\s|$)/.test(rest) && /\bgo (?:build|test|install|vet|run)\b/.test(rest);
}

/** Whether a folder of the host's caches is mounted by any of them. */
function isMounted(job: Job): boolean {
  return job.commands.some(({ words }) => {
    const texts = words.map(({ text }) => text);
    return texts.some((text, at) => {
      const isMount =
        /^(?:-v|--volume|--mount|--volumes-from)$/.test(texts[at - 1] ?? "") || /^(?:-v|--volume|--mount)=/.test(text);
      return isMount && /go-build|GOCACHE|GOMODCACHE|\.cache|pkg\/mod|GOPATH|:\/go\b|:\/root\b|HOME\b(?!\/)/.test(text);
    });
  });
}
