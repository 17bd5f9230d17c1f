import {
  type GoCommand,
  compilingCommands,
  goCaches,
  jobName,
  looksLikeBuildCache,
} from "../../../ci/cache-relations.ts";
import { replaceInside } from "../../../ci/edits.ts";
import type { CachePath, CiModel, Job } from "../../../ci/model.ts";
import { holdsFolder } from "../../../ci/paths.ts";
import type { CiRule } from "../../../ci/rule.ts";
import type { Fix } from "../../../finding.ts";

export const rule: CiRule = {
  meta: {
    id: "ci/cached-path-not-gocache",
    title: "a cache of a folder in which go keeps nothing",
    category: "cache",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const { job, cache } of goCaches(model)) {
      if (cache.mechanism === "setup-go" || cache.holds.build) continue;
      const path = cache.paths.find(({ text, folder }) => looksLikeBuildCache(text) && folder !== undefined);
      const command = compilingCommands(job)[0];
      if (path === undefined || command?.folders.build === undefined || isHeldSomewhere(job, cache.paths)) continue;
      const set = command.env.get("GOCACHE");
      report(path.place, {
        message: `${jobName(job)} caches ${path.text}, but its go commands keep their build cache in ${command.folders.build}`,
        why: reasonOf(job, command),
        related: set?.place === undefined ? [] : [{ place: set.place, message: `GOCACHE is set to ${set.text} here` }],
        ...fixOf(model, path, command),
      });
    }
  },
};

/** Whether some command of the job does use one of the folders, or it is not known which one a command uses. */
function isHeldSomewhere(job: Job, paths: readonly CachePath[]): boolean {
  return (
    paths.some(({ folder, text }) => folder === undefined && !text.startsWith("!")) ||
    compilingCommands(job).some(({ folders }) => {
      const { build } = folders;
      return build === undefined || paths.some(({ folder }) => folder !== undefined && holdsFolder(folder, build));
    })
  );
}

function reasonOf(job: Job, command: GoCommand): string {
  if (command.env.has("GOCACHE")) {
    return "GOCACHE says where go keeps what it compiled; another folder stays empty, or is never read.";
  }
  if (job.image !== undefined && job.platform === "github") {
    return "In a container job HOME is /github/home, whatever home the image's user has.";
  }
  return "Without GOCACHE go uses the user's cache folder, which depends on the system, HOME and XDG_CACHE_HOME.";
}

function fixOf(model: CiModel, path: CachePath, command: GoCommand): { readonly fix?: Fix } {
  const source = model.textOf(path.place.path);
  const set = command.env.get("GOCACHE");
  const folder = set === undefined ? command.folders.build : set.text;
  if (folder === undefined || folder.includes("$") || /[<>]/.test(folder)) return {};
  const edit = replaceInside(source, path.place, path.text, folder);
  return edit === undefined ? {} : { fix: { title: `cache ${folder}`, safety: "safe", edits: [edit] } };
}
