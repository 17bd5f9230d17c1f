import { compilingCommands, goCaches, jobName } from "../../../ci/cache-relations.ts";
import { removeLines } from "../../../ci/edits.ts";
import type { CacheUse, CiCommand, CiModel, Job } from "../../../ci/model.ts";
import { resolveFolder } from "../../../ci/paths.ts";
import type { CiRule } from "../../../ci/rule.ts";
import type { Fix } from "../../../finding.ts";

export const rule: CiRule = {
  meta: {
    id: "ci/cache-cleaned",
    title: "the restored cache is emptied before it is used",
    category: "cache",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const { job, cache } of goCaches(model)) {
      if (!cache.restores || isSavedOnPurpose(job)) continue;
      for (const command of job.commands) {
        const what = command.at > cache.restoredAt && !command.isConditional ? emptied(command, job, cache) : undefined;
        if (what === undefined || !isUsedAfter(job, command)) continue;
        report(command.place, {
          message: `${commandText(command)} throws away the ${what} that ${jobName(job)} restored before anything used it`,
          why: "It was downloaded for nothing, and everything is made anew; go finds out by itself what is out of date.",
          related: [{ place: cache.place, message: `restored here by ${cache.mechanism}` }],
          ...fixOf(model, command),
        });
      }
    }
  },
};

/** A job that saves by a step of its own may begin from nothing so that what it saves does not grow. */
function isSavedOnPurpose(job: Job): boolean {
  return job.caches.some(({ mechanism }) => mechanism.endsWith("/save"));
}

function isUsedAfter(job: Job, { at }: CiCommand): boolean {
  const commands = compilingCommands(job);
  return commands.some((command) => command.at > at) && !commands.some((command) => command.at < at);
}

function commandText({ words }: CiCommand): string {
  return words.map(({ text }) => text).join(" ");
}

function emptied(command: CiCommand, job: Job, { holds }: CacheUse): string | undefined {
  if (command.go?.verb === "clean") {
    if (holds.build && command.go.flags.has("cache")) return "build cache";
    return holds.modules && command.go.flags.has("modcache") ? "module cache" : undefined;
  }
  if (command.words[0]?.text !== "rm" || !/^-\w*r/i.test(command.words[1]?.text ?? "")) return undefined;
  const machine = { os: job.os, home: job.home, workspace: job.workspace, goPath: undefined };
  const folders = command.words.slice(2).map(({ text }) => {
    if (/^\$\(go env GOCACHE\)$/.test(text)) return command.folders.build;
    return resolveFolder(text, command.env, machine, command.folder);
  });
  const { build } = command.folders;
  return holds.build && build !== undefined && folders.includes(build) ? "build cache" : undefined;
}

function fixOf(model: CiModel, { place }: CiCommand): { readonly fix?: Fix } {
  const source = model.textOf(place.path);
  const edit = removeLines(source, place);
  // The only line of a script must stay one.
  if (edit === undefined || !/\S/.test(source.slice(edit.end).split("\n", 1)[0] ?? "")) return {};
  const indent = /^ */.exec(source.slice(edit.start))?.[0] ?? "";
  const isFirst = /[|>][-+]?\s*\n$/.test(source.slice(0, edit.start));
  const next = source.slice(edit.end);
  if (isFirst && !next.startsWith(indent)) return {};
  return { fix: { title: "keep what was restored", safety: "safe", edits: [edit] } };
}
