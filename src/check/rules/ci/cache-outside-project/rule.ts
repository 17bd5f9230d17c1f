import { allCaches, jobName, looksLikeBuildCache, looksLikeModuleCache } from "../../../ci/cache-relations.ts";
import { addEntryAfter, replaceInside } from "../../../ci/edits.ts";
import type { CachePath, CiModel, Job } from "../../../ci/model.ts";
import { workspaceRoot, holdsFolder } from "../../../ci/paths.ts";
import type { CiRule } from "../../../ci/rule.ts";
import type { Fix, TextEdit } from "../../../finding.ts";

export const rule: CiRule = {
  meta: {
    id: "ci/cache-outside-project",
    title: "a cache path outside of the project, which GitLab leaves out",
    category: "cache",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const { job, cache } of allCaches(model)) {
      if (job.platform !== "gitlab") continue;
      const outside = cache.paths.filter((path) => isOutside(path) && isGoPath(path, job));
      for (const path of outside) {
        report(path.place, {
          message: `GitLab caches nothing outside of the project's folder, so ${jobName(job)} never gets ${path.text} back`,
          why: "Cache paths are relative to $CI_PROJECT_DIR and cannot leave it; go's folders must be moved into it.",
          ...(path === outside[0] ? fixOf(model, outside, job) : {}),
        });
      }
    }
  },
};

function isOutside({ text, folder }: CachePath): boolean {
  if (folder !== undefined) return !holdsFolder(workspaceRoot, folder);
  return /^(?:~|\$\{?(?:HOME|GOPATH)\b)/.test(text);
}

function isGoPath({ text }: CachePath, job: Job): boolean {
  if (looksLikeBuildCache(text) || looksLikeModuleCache(text)) return true;
  return /^\/go(?:\/|$)|GOPATH|GOCACHE|GOMODCACHE/.test(text) && job.commands.some(({ go }) => go !== undefined);
}

/** Moves the folders into the project, and says so to go; one fix for all paths of a cache. */
function fixOf(model: CiModel, paths: readonly CachePath[], job: Job): { readonly fix?: Fix } {
  const source = model.textOf(job.path);
  const variables = new Map<string, string>();
  const edits: TextEdit[] = [];
  for (const path of paths) {
    const [variable, folder] = looksLikeBuildCache(path.text)
      ? (["GOCACHE", ".cache/go-build"] as const)
      : (["GOMODCACHE", ".cache/go-mod"] as const);
    const moved = replaceInside(source, path.place, path.text, folder);
    const isTaken = job.env.has(variable) || variables.has(variable) || /^\/go\/?$/.test(path.text);
    if (moved === undefined || isTaken || job.path !== path.place.path) return {};
    edits.push(moved);
    variables.set(variable, `${variable}: $CI_PROJECT_DIR/${folder}`);
  }
  edits.push(variableEdit(model, job, source, [...variables.values()]));
  return { fix: { title: `keep ${[...variables.keys()].join(" and ")} in the project`, safety: "safe", edits } };
}

function variableEdit(model: CiModel, job: Job, source: string, lines: readonly string[]): TextEdit {
  const pipeline = model.pipelines.find(({ path }) => path === job.pipeline);
  const entry = [...(pipeline?.env.values() ?? [])].find(({ place }) => place?.path === job.path)?.place;
  const added = entry === undefined ? undefined : addEntryAfter(source, entry, lines.join("\n  "));
  return added ?? { path: job.path, start: 0, end: 0, text: `variables:\n  ${lines.join("\n  ")}\n\n` };
}
