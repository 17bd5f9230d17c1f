import { isEmptyFilter, matchesFilter } from "../../cache/inspect/local-filter.ts";
import { inspectErrors } from "../../cache/inspect/errors.ts";
import { foresee, remove, withUnnamedBodies } from "../../cache/inspect/removal.ts";
import { foreseePurge, type PurgeReport, purgeServer } from "../../cache/inspect/server-purge.ts";
import { type ExitStatus, exitStatus } from "../../core/errors.ts";
import type { FlagValues } from "../../core/flags.ts";
import { formatTable } from "../../core/table.ts";
import { filterFlags, localFilter, serverFilter } from "../cache-filter.ts";
import { listWithProgress, removedText, serverProgress, writeAnswer } from "../cache-output.ts";
import { type LocalTarget, resolveTarget, type ServerTarget, targetFlags } from "../cache-target.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { isoTime, readTime } from "../ledger-access.ts";

const flags = {
  ...targetFlags,
  ...filterFlags,
  run: { type: "string", valueName: "RUN", doc: "Only what this CI run wrote: short for --by run=RUN." },
  actor: { type: "string", valueName: "WHO", doc: "Only what this actor's runs wrote: short for --by actor=WHO." },
  ref: { type: "string", valueName: "REF", doc: "Only what was written for this ref: short for --by ref=REF." },
  since: {
    type: "string",
    valueName: "TIME",
    doc: "Only what a server took since then: a duration such as 2h, or a time in ISO 8601.",
  },
  keepOut: {
    type: "boolean",
    doc: "On a server, refuse also what is written afterwards. So it is without this flag for --run.",
  },
  for: { type: "duration", doc: "How long a server's purge stands.", defaultText: "30 days" },
  list: { type: "boolean", doc: "Show the purges that stand on a server, and remove nothing." },
  all: { type: "boolean", doc: "Everything, of this scope on a runner, of all scopes on a server. Needs --yes." },
  yes: { type: "boolean", short: "y", doc: "Yes, everything." },
  dryRun: { type: "boolean", doc: "Say what would go, and remove nothing." },
} as const;

/** `ballast cache purge` */
export const command = defineCommand({
  path: ["cache", "purge"],
  summary: "Remove entries that must not be used any more",
  details:
    "What goes is what all filters name; a body goes with the last entry that names it. On a server a purge stands for a time: what it names is removed on all nodes, and what arrives later, from a node that was cut off or from the run itself, is refused. On a runner do it between builds: a build that was told a body's path a moment ago would not find it.",
  flags,
  examples: [
    { line: "ballast cache purge --package example.org/app/gen/... --dry-run", remark: "What would go." },
    { line: "ballast cache purge --remote --run 12345", remark: "Everything that one CI run wrote, and will write." },
    {
      line: "ballast cache purge --remote --actor mallory --since 2d --keep-out",
      remark: "An account that was stolen.",
    },
    { line: "ballast cache purge --all --yes", remark: "Empty this runner's folder." },
  ],
  run: async (context, given) => {
    const target = resolveTarget(context, given);
    if (given.list === true) return showPurges(context, target, given.json === true);
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
  const hasWriter = writers(given).length > 0 || given.since !== undefined;
  if (target.tier === "local" && hasWriter) {
    throw inspectErrors.error(
      "inspect/filter-not-served",
      "--run, --actor, --ref and --since: a folder knows no writers",
    );
  }
  const hasFilter = hasScope || hasWriter || !isEmptyFilter(localFilter({ ...given, by: [] }));
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

/** Who wrote, by all flags that say so. */
function writers({ by, run, actor, ref }: Values): readonly string[] {
  const short = Object.entries({ run, actor, ref }).filter(([, value]) => value !== undefined);
  return [...by, ...short.map(([name, value]) => `${name}=${value}`)];
}

async function purgeRemote(context: CommandContext, target: ServerTarget, given: Values): Promise<PurgeReport> {
  const sinceMs = given.since === undefined ? undefined : readTime("--since", given.since);
  const filter = { ...serverFilter({ ...given, by: writers(given) }, target.scope), sinceMs };
  const { onProgress, finish } = serverProgress(context);
  const terms = {
    ...(given.keepOut === true ? { keepOut: true } : {}),
    ...(given.for === undefined ? {} : { forMs: given.for }),
  };
  const report =
    given.dryRun === true
      ? await foreseePurge(target.api, filter, onProgress)
      : await purgeServer(target.api, filter, onProgress, terms);
  finish();
  return report;
}

async function showPurges(
  context: CommandContext,
  target: LocalTarget | ServerTarget,
  isJson: boolean,
): Promise<ExitStatus> {
  if (target.tier === "local") {
    throw inspectErrors.error("inspect/filter-not-served", "--list: a folder keeps no purges; name a server");
  }
  const purges = await target.api.purges();
  const rows = purges.map(({ id, match, keepsOut, createdMs, expiresMs }) => [
    id.slice(0, 8),
    JSON.stringify(match),
    keepsOut ? "and what comes" : "what was there",
    isoTime(createdMs),
    isoTime(expiresMs),
  ]);
  const table = formatTable(["PURGE", "TAKES BACK", "OF IT", "SINCE", "UNTIL"], rows);
  writeAnswer(context, isJson, { tier: "server", purges }, purges.length === 0 ? "no purge stands\n" : table);
  return exitStatus.ok;
}
