import type { CacheVerdict } from "../../check/ci/cache-verdicts.ts";
import type { CacheTable, FixedTable } from "../../check/engine/ci-caches.ts";
import { formatTable } from "../../core/table.ts";
import { createStyle } from "../../core/style.ts";
import { type CommandContext, defineCommand } from "../command.ts";

/** `ballast ci caches [PATH] [--json]` */
export const command = defineCommand({
  path: ["ci", "caches"],
  summary: "show which Go cache each job of the pipelines restores and saves, and whether it is reused",
  details:
    "Reads GitHub, GitLab and Jenkins pipelines without running them. A row is a cache in a job: what stores it, its paths " +
    "and key, whether the job can begin with something that was compiled before, and why. With --fixed the table is shown " +
    "a second time, as it would be with the fixes of `ballast check --only ci` applied; no file is changed. What could not " +
    "be resolved is listed below the table.",
  positionals: "[PATH]",
  flags: {
    fixed: {
      type: "choice",
      choices: ["safe", "unsafe"],
      bare: "safe",
      doc: "Show the table again with fixes applied; `unsafe` also with those that a person should look at.",
    },
    json: { type: "boolean", doc: "Print one JSON object." },
  },
  examples: [
    { line: "ballast ci caches", remark: "The repository around the working directory." },
    { line: "ballast ci caches --fixed", remark: "Before and after the fixes." },
  ],
  run: async (context, flags, paths) => {
    const { cacheTable, fixedCacheTable, pipelineTree } = await import("../../check/engine/ci-caches.ts");
    const tree = await pipelineTree(context.cwd, paths, context.env, context.signal);
    const before = await cacheTable(tree);
    const after = flags.fixed === undefined ? undefined : await fixedCacheTable(tree, flags.fixed);
    const answer = {
      version: 1,
      caches: before.rows,
      partial: before.partial,
      ...(after === undefined ? {} : { fixed: after }),
    };
    context.stdout.write(flags.json === true ? `${JSON.stringify(answer)}\n` : textOf(context, before, after));
    return 0;
  },
});

function textOf(context: CommandContext, before: CacheTable, after: FixedTable | undefined): string {
  if (before.rows.length === 0) return "No pipeline here runs go.\n";
  const parts = [tableOf(context, before.rows)];
  if (after !== undefined) {
    const done = after.fixes.length === 0 ? "there is nothing to fix" : [...new Set(after.fixes)].join("; ");
    parts.push(`With fixes applied (${done}):\n`, tableOf(context, after.rows));
  }
  if (before.partial.length > 0) parts.push(partialText(before));
  return parts.join("\n");
}

function tableOf({ stdout, env }: CommandContext, rows: readonly CacheVerdict[]): string {
  const style = createStyle(stdout, env);
  const cells = rows.map((row) => [
    row.pipeline,
    row.job,
    row.mechanism,
    short(row.path),
    short(row.key),
    row.reused,
    row.why,
  ]);
  return formatTable(["pipeline", "job", "cache", "path", "key", "reused", "why"], cells, { styleTitle: style.bold });
}

/** A cell that would push the reason off the screen is cut; --json has all of it. */
function short(text: string): string {
  return text.length <= 44 ? text : `${text.slice(0, 43)}…`;
}

function partialText({ partial }: CacheTable): string {
  const lines = partial.map(({ path, line, reason }) => `  ${path}:${line}: ${reason}\n`);
  return `Partly understood:\n${lines.join("")}`;
}
