import { whyErrors } from "../../build/why/errors.ts";
import type { Cause } from "../../build/why/causes.ts";
import { explainMisses, type Explanation, type Miss } from "../../build/why/explain.ts";
import { listRecords, readRecord, recordFolder, type RunRecord } from "../../build/why/run-record.ts";
import { formatCount, formatDuration } from "../../core/human-units.ts";
import { formatTable } from "../../core/table.ts";
import { timeText } from "../cache-text.ts";
import { defineCommand } from "../command.ts";

/** `ballast why` */
export const command = defineCommand({
  path: ["why"],
  summary: "say why packages were compiled and tests were run again, by comparison with an earlier run",
  details:
    "Compares two runs that were recorded with `ballast go --record`: for each package that missed the cache it tells what " +
    "changed (compiler, flag, directory, environment, source, file time), the shortest chain of imports from there, and what " +
    "each root cause cost. Without flags, the last run of this module is compared with the one before of the same verb.\n\n" +
    "A record is a file; one that another machine wrote can be given with --before or --after. It names flags, folders and " +
    "variables in Go's own words.",
  flags: {
    before: { type: "string", valueName: "FILE", doc: "The record of the earlier run." },
    after: { type: "string", valueName: "FILE", doc: "The record of the later run." },
    package: { type: "string", valueName: "PATH", doc: "Only this package." },
    limit: {
      type: "number",
      integer: true,
      min: 1,
      default: 20,
      doc: "At most so many packages, those that took longest.",
    },
    list: { type: "boolean", doc: "List the records of this module." },
    json: { type: "boolean", doc: "Print one JSON object." },
  },
  examples: [
    { line: "ballast go --record build ./... && ballast why", remark: "Why this build was not all from the cache." },
    { line: "ballast why --before main.json.zst --package example.org/app/web", remark: "Against a run of elsewhere." },
  ],
  run: (context, given) => {
    const { cwd, env, stdout } = context;
    const files = listRecords(recordFolder(env, cwd));
    if (given.list === true) {
      stdout.write(given.json === true ? `${JSON.stringify({ records: files })}\n` : listing(files));
      return Promise.resolve(0);
    }
    const [before, after] = chooseRuns(files, given.before, given.after);
    const explanation = explainMisses(before, after);
    const chosen = {
      ...explanation,
      misses: explanation.misses.filter((miss) => given.package === undefined || miss.package === given.package),
    };
    stdout.write(
      given.json === true
        ? `${JSON.stringify(whyJson(before, after, chosen))}\n`
        : whyText(before, after, chosen, given.limit),
    );
    return Promise.resolve(0);
  },
});

/** Throws `build/no-record`, `build/record-unreadable`. */
function chooseRuns(
  files: readonly string[],
  beforeFile: string | undefined,
  afterFile: string | undefined,
): [RunRecord, RunRecord] {
  const last = afterFile ?? files.at(-1);
  if (last === undefined) throw whyErrors.error("build/no-record", "no run of this module was recorded");
  const after = readRecord(last);
  if (beforeFile !== undefined) return [readRecord(beforeFile), after];
  for (const file of files.slice(0, afterFile === undefined ? -1 : undefined).toReversed()) {
    const before = file === last ? undefined : readRecord(file);
    const isEarlier = before !== undefined && before.timeMs < after.timeMs && verbOf(before) === verbOf(after);
    if (isEarlier) return [before, after];
  }
  throw whyErrors.error("build/no-record", `no earlier run of go ${verbOf(after)} in this module was recorded`);
}

function verbOf({ args }: RunRecord): string {
  return args.find((word) => /^[a-z]+$/.test(word)) ?? "";
}

function listing(files: readonly string[]): string {
  if (files.length === 0) return "no runs are recorded; `ballast go --record` records one\n";
  const rows = files.map((file) => {
    const { timeMs, args, exitCode, wallMs } = readRecord(file);
    return [timeText(timeMs), formatDuration(wallMs), String(exitCode), `go ${args.join(" ")}`, file];
  });
  return formatTable(["TIME", "TOOK", "STATUS", "COMMAND", "FILE"], rows);
}

function runJson({ timeMs, args, cwd, exitCode, wallMs }: RunRecord): unknown {
  return { time: new Date(timeMs).toISOString(), args, cwd, exitCode, wallMs: Math.round(wallMs) };
}

function whyJson(before: RunRecord, after: RunRecord, explanation: Explanation): unknown {
  return { before: runJson(before), after: runJson(after), ...explanation };
}

function whyText(before: RunRecord, after: RunRecord, explanation: Explanation, limit: number): string {
  const { misses, roots, hits } = explanation;
  const head = [
    `earlier  ${timeText(before.timeMs)}  go ${before.args.join(" ")}`,
    `later    ${timeText(after.timeMs)}  go ${after.args.join(" ")}`,
    `${formatCount(hits)} packages came from the cache, ${formatCount(misses.length)} missed.`,
    "",
  ].join("\n");
  if (misses.length === 0) return head;
  const causes = roots.map(({ cause, package: path, misses: count, ranMs }) => [
    formatDuration(ranMs),
    String(count),
    causeText(cause),
    path ?? "several packages",
  ]);
  const rows = misses
    .slice(0, limit)
    .map((miss) => [formatDuration(miss.ranMs), miss.kind, miss.package, ...detailOf(miss)]);
  const left = misses.length > limit ? `${formatCount(misses.length - limit)} more; --limit shows them\n` : "";
  return [
    head,
    formatTable(["TOOK", "MISSES", "ROOT CAUSE", "IN"], causes),
    formatTable(["TOOK", "WHAT", "PACKAGE", "BECAUSE"], rows),
    left,
  ].join("\n");
}

function detailOf({ causes, chain, package: path }: Miss): [string] {
  const own = causes.map(causeText).join("; ");
  return [chain.length <= 1 || chain[0] === path ? own : `dependency: ${chain.slice(0, -1).join(" → ")} (${own})`];
}

function causeText({ kind, what }: Cause): string {
  return `${kind}: ${what}`;
}
