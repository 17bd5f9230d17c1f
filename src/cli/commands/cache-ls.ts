import { inspectErrors } from "../../cache/inspect/errors.ts";
import { matchesFilter } from "../../cache/inspect/local-filter.ts";
import type { LocalItem } from "../../cache/inspect/local-listing.ts";
import { listServer, type ServerItem } from "../../cache/inspect/server-items.ts";
import { formatBytes } from "../../core/human-units.ts";
import { formatTable } from "../../core/table.ts";
import { subjectText } from "../../go/package-path.ts";
import { filterFlags, localFilter, serverFilter } from "../cache-filter.ts";
import { listWithProgress, serverProgress } from "../cache-output.ts";
import { type LocalTarget, resolveTarget, type ServerTarget, targetFlags } from "../cache-target.ts";
import { agoText, lastColumn, shortId } from "../cache-text.ts";
import { actionText } from "../survey-text.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import type { FlagValues } from "../../core/flags.ts";

const flags = {
  ...targetFlags,
  ...filterFlags,
  since: { type: "duration", doc: "Only entries that were used within this time." },
  sort: {
    type: "choice",
    choices: ["used", "size", "package"],
    default: "used",
    doc: "The newest, largest or first on top.",
  },
  limit: { type: "number", integer: true, min: 1, doc: "At most so many entries." },
  unreproduced: {
    type: "boolean",
    doc: "Only a server's compiled packages that somebody less trusted wrote and nobody trusted came to as well, or that differ from what somebody trusted came to.",
  },
  packages: { type: "boolean", doc: "Read a server's bodies to tell packages. A folder's are always told." },
  json: { type: "boolean", doc: "Print JSON, one entry a line." },
} as const;

/** `ballast cache ls` */
export const command = defineCommand({
  path: ["cache", "ls"],
  summary: "List cached entries with what each of them is",
  details:
    "Compiled packages, module indexes, test results and cgo's sources tell the package or folder that they are about; test logs and vet's results do not.",
  flags,
  examples: [
    { line: "ballast cache ls --kind package --sort size --limit 20", remark: "The twenty largest compiled packages." },
    { line: "ballast cache ls --package example.org/app/... --json", remark: "Everything about a module's packages." },
    {
      line: "ballast cache ls --remote --by actor=alice --since 1d",
      remark: "What somebody's jobs wrote that was used today.",
    },
  ],
  run: async (context, given) => {
    const target = resolveTarget(context, given);
    if (given.unreproduced === true) return listUnreproduced(context, target, given);
    const rows =
      target.tier === "local" ? await localRows(context, target, given) : await serverRows(context, target, given);
    const sorted = rows.toSorted(orders[given.sort]).slice(0, given.limit);
    if (given.json === true) for (const row of sorted) context.stdout.write(`${JSON.stringify(row.json)}\n`);
    else context.stdout.write(table(sorted, target.tier, context));
    return 0;
  },
});

type Values = FlagValues<typeof flags>;

async function listUnreproduced(
  { stdout }: CommandContext,
  target: LocalTarget | ServerTarget,
  { json, limit = Infinity }: Values,
): Promise<number> {
  if (target.tier === "local") {
    throw inspectErrors.error("inspect/filter-not-served", "--unreproduced: a folder knows no writers");
  }
  let count = 0;
  for await (const one of target.api.survey("unreproduced")) {
    if (target.scope !== undefined && !one.writings.some(({ scope }) => scope === target.scope)) continue;
    stdout.write(json === true ? `${JSON.stringify(one)}\n` : `${actionText(one)}\n`);
    if (++count >= limit) break;
  }
  if (count === 0 && json !== true) stdout.write("all of it was reproduced, or written by somebody trusted\n");
  return 0;
}

/** An entry of either side, ready to be shown. */
interface Row {
  readonly action: string;
  readonly kind: string;
  readonly sizeBytes: number;
  readonly usedMs: number;
  /** What only one side knows. */
  readonly extra: readonly string[];
  readonly about: string;
  readonly json: unknown;
}

const orders = {
  used: (a: Row, b: Row) => b.usedMs - a.usedMs || compare(a.action, b.action),
  size: (a: Row, b: Row) => b.sizeBytes - a.sizeBytes || compare(a.action, b.action),
  package: (a: Row, b: Row) => compare(a.about, b.about) || compare(a.action, b.action),
};

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

async function localRows(context: CommandContext, target: LocalTarget, given: Values): Promise<Row[]> {
  const filter = localFilter(given, usedFrom(given));
  const { items } = await listWithProgress(context, target);
  return items.filter((item) => matchesFilter(filter, item)).map(localRow);
}

function localRow(item: LocalItem): Row {
  const { action, kind, sizeBytes, usedMs } = item;
  return {
    action,
    kind,
    sizeBytes,
    usedMs,
    extra: [item.origin],
    about: subjectText(item.subject),
    json: localJson(item),
  };
}

/** The entry as `--json` has it: times in milliseconds since 1970, what is not known left out. */
export function localJson(item: LocalItem): unknown {
  const { action, output, kind, subject, sizeBytes, origin, usedMs, putMs, costMs } = item;
  const cost = costMs === 0 ? {} : { costMs };
  return { action, output, kind, ...subject, sizeBytes, origin, putMs, usedMs: Math.floor(usedMs), ...cost };
}

async function serverRows(context: CommandContext, target: ServerTarget, given: Values): Promise<Row[]> {
  const filter = serverFilter(given, target.scope, usedFrom(given));
  const { onProgress, finish } = serverProgress(context);
  const rows: Row[] = [];
  const options = { wantsPackages: given.packages === true, onProgress };
  for await (const item of listServer(target.api, filter, options)) rows.push(serverRow(item));
  finish();
  return rows;
}

function serverRow(item: ServerItem): Row {
  const { subject, cursor: _cursor, version: _version, ...facts } = item;
  const { action, kind, sizeBytes, usedMs, scope, provenance } = facts;
  const about = subjectText(subject) || [provenance["repository"], provenance["ref"]].filter(Boolean).join(" ");
  return { action, kind, sizeBytes, usedMs, extra: [scope], about, json: { ...facts, ...subject } };
}

function usedFrom({ since }: Values): number | undefined {
  return since === undefined ? undefined : Date.now() - since;
}

function table(rows: readonly Row[], tier: "local" | "server", { stdout }: CommandContext): string {
  if (rows.length === 0) return "no such entries\n";
  const nowMs = Date.now();
  const cells = rows.map(({ action, kind, sizeBytes, usedMs, extra }) => {
    return [shortId(action), kind, formatBytes(sizeBytes), agoText(nowMs, usedMs), ...extra];
  });
  const titles = ["action", "kind", "size", "used", tier === "local" ? "origin" : "scope"];
  const widths = titles.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const otherWidth = widths.reduce((sum, width) => sum + width + 2, 0);
  const abouts = lastColumn(
    rows.map(({ about }) => about),
    otherWidth,
    stdout,
  );
  const columns = [...titles, tier === "local" ? "package" : "package or writer"].map((title) => {
    // Ids may all begin with a digit, which does not make them numbers.
    return { title, align: title === "size" || title === "used" ? "right" : "left" } as const;
  });
  return formatTable(
    columns,
    cells.map((row, i) => [...row, abouts[i] ?? ""]),
  );
}
