import { isEmptyFilter, matchesFilter } from "../../cache/inspect/local-filter.ts";
import { inspectErrors } from "../../cache/inspect/errors.ts";
import { foresee, remove, withUnnamedBodies } from "../../cache/inspect/removal.ts";
import { foreseePurge, type PurgeReport, purgeServer } from "../../cache/inspect/server-purge.ts";
import type { FlagValues } from "../../core/flags.ts";
import { filterFlags, localFilter, serverFilter } from "../cache-filter.ts";
import { listWithProgress, removedText, serverProgress, writeAnswer } from "../cache-output.ts";
import { type LocalTarget, resolveTarget, type ServerTarget, targetFlags } from "../cache-target.ts";
import { type CommandContext, defineCommand } from "../command.ts";

const flags = {
  ...targetFlags,
  ...filterFlags,
  all: { type: "boolean", doc: "Everything, of this scope on a runner, of all scopes on a server. Needs --yes." },
  yes: { type: "boolean", short: "y", doc: "Yes, everything." },
  dryRun: { type: "boolean", doc: "Say what would go, and remove nothing." },
} as const;

/** `ballast cache purge` */
export const command = defineCommand({
  path: ["cache", "purge"],
  summary: "Remove entries that must not be used any more",
  details:
    "What goes is what all filters name; a body goes with the last entry that names it. On a runner do it between builds: a build that was told a body's path a moment ago would not find it.",
  flags,
  examples: [
    { line: "ballast cache purge --package example.org/app/gen/... --dry-run", remark: "What would go." },
    { line: "ballast cache purge --remote --by run=12345", remark: "Everything that one CI run wrote." },
    { line: "ballast cache purge --all --yes", remark: "Empty this runner's folder." },
  ],
  run: async (context, given) => {
    const target = resolveTarget(context, given);
    requireClear(given, target);
    const report =
      target.tier === "local" ? await purgeFolder(context, target, given) : await purgeRemote(context, target, given);
    const isDryRun = given.dryRun === true;
    const { entries, outputs, freedBytes } = report;
    const json = { tier: target.tier, dryRun: isDryRun, entries, outputs, freedBytes };
    writeAnswer(context, given.json, json, `${isDryRun ? "would remove" : "removed"} ${removedText(report)}\n`);
    return 0;
  },
});

type Values = FlagValues<typeof flags>;

function requireClear(given: Values, target: LocalTarget | ServerTarget): void {
  const hasScope = target.tier === "server" && target.scope !== undefined;
  const hasFilter = hasScope || given.by.length > 0 || !isEmptyFilter(localFilter({ ...given, by: [] }));
  if (given.all === true && hasFilter && !hasScope) {
    throw inspectErrors.error("inspect/purge-unclear", "--all together with a filter");
  }
  if (given.all === true && given.yes !== true && given.dryRun !== true) {
    throw inspectErrors.error("inspect/purge-unclear", "--all without --yes");
  }
  if (given.all !== true && !hasFilter) throw inspectErrors.error("inspect/purge-unclear", "no filter, and not --all");
}

async function purgeFolder(context: CommandContext, target: LocalTarget, given: Values): Promise<PurgeReport> {
  const { folder } = target;
  const filter = localFilter(given);
  const { items, contents } = await listWithProgress(context, target);
  const actions = new Set(items.filter((item) => matchesFilter(filter, item)).map(({ action }) => action));
  if (given.all === true) for (const action of contents.tornActions) actions.add(action);
  const named = withUnnamedBodies(contents, actions);
  const removal = given.all === true ? { actions, outputs: new Set(contents.bodies.keys()) } : named;
  return given.dryRun === true ? foresee(contents, removal) : remove(folder, contents, removal);
}

async function purgeRemote(context: CommandContext, target: ServerTarget, given: Values): Promise<PurgeReport> {
  const filter = serverFilter(given, target.scope);
  const { onProgress, finish } = serverProgress(context);
  const act = given.dryRun === true ? foreseePurge : purgeServer;
  const report = await act(target.api, filter, onProgress);
  finish();
  return report;
}
