import { statSync } from "node:fs";
import { relative, resolve } from "node:path";

import { findScope } from "../../check/engine/checked-scope.ts";
import { checkAndFix } from "../../check/engine/fix-rounds.ts";
import type { CheckOptions } from "../../check/engine/options.ts";
import { readOptions } from "../../check/engine/read-options.ts";
import type { CheckResult } from "../../check/engine/run-check.ts";
import { checkSettings } from "../../check/settings.ts";
import { systemClock } from "../../core/clock.ts";
import { exitStatus } from "../../core/errors.ts";
import { createProgress } from "../../core/progress.ts";
import { settingFlags } from "../../core/settings.ts";
import { createStyle } from "../../core/style.ts";
import { renderReport } from "../../report/render.ts";
import { type ReportFormat, reportFormats } from "../../report/report.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { cliErrors } from "../errors.ts";
import { ballastVersion } from "../version.ts";

/** `ballast check [PATH…]` */
export const command = defineCommand({
  path: ["check"],
  summary:
    "look in Go code, pipelines, Dockerfiles and manifests for what will break the build, the cache or the program",
  details:
    "Checks the files of a repository that git does not ignore, or the named files and folders of it. With a Go on PATH its " +
    "type checker is asked for what names and expressions mean; nothing that the repository chose is run. What could not " +
    "be parsed or resolved is listed as partly checked and never counts as clean.\n\n" +
    "A finding that is meant to stay is suppressed on its line, or on the line above, with a reason: " +
    "`//ballast:ignore RULE reason` in Go, `# ballast: ignore RULE reason` elsewhere. `ballast explain RULE` says what a rule " +
    "means.\n\n" +
    "--diff reports only what a change brought: it checks the point at which the work left BASE as well, and leaves out what " +
    "is found there too. Paths in reports are relative to the folder that was named; in text and for platforms to the " +
    "working directory.\n\n" +
    "Exit status 0 when nothing is reported, 1 when something is (or, with --partial=fail, when something was only partly " +
    "checked), 2 for wrong usage.",
  positionals: "[PATH…]",
  flags: {
    ...settingFlags(checkSettings),
    rule: { type: "string", multiple: true, valueName: "RULE", doc: "Run this rule only, by id or pattern." },
    diff: { type: "string", valueName: "BASE", doc: "Report only what came since this commit or branch." },
    updateBaseline: {
      type: "boolean",
      default: false,
      doc: "Write the findings to the baseline's file, and report none.",
    },
    fix: {
      type: "choice",
      choices: ["safe", "unsafe"],
      bare: "safe",
      doc: "Apply fixes, then check again. `unsafe` also applies those that a person should look at.",
    },
    confirm: {
      type: "string",
      valueName: "RACE_LOG",
      doc: "What Go's race detector printed: findings that it saw happen are then proven.",
    },
    format: { type: "choice", choices: reportFormats, default: "text", doc: "How the report is written." },
    json: { type: "boolean", doc: "The same as --format json." },
    watch: { type: "boolean", doc: "Check again whenever a file changes." },
    cache: { type: "boolean", default: true, doc: "Do not use results of earlier runs." },
    lsp: { type: "boolean", doc: "Serve an editor over the Language Server Protocol, on stdin and stdout." },
  },
  examples: [
    { line: "ballast check", remark: "The repository around the working directory." },
    { line: "ballast check --only ci,docker --fix", remark: "Pipelines and Dockerfiles, with safe fixes applied." },
    { line: "ballast check --diff origin/main --format github", remark: "In a pull request's job." },
    { line: "ballast check --baseline known.json --update-baseline", remark: "Begin with what there is." },
  ],
  run: async (context, flags, paths) => {
    const { settingPaths } = await import("../generated/setting-paths.ts");
    const progress = createProgress(context.stderr, systemClock);
    const format = chooseFormat(flags.format, flags.json === true);
    const { options, partial } = readOptions({
      flags,
      paths,
      cwd: context.cwd,
      env: context.env,
      signal: context.signal,
      toolVersion: ballastVersion,
      toolIdentity: toolIdentity(),
      otherPaths: settingPaths,
      onProgress: progress.update,
    });
    if (flags.lsp === true) return serve(context, { ...options, onProgress: () => undefined });
    const once = async (): Promise<CheckResult> => {
      const result = await checkAndFix(options).finally(() => progress.finish());
      await show(context, result, format);
      return result;
    };
    if (flags.watch === true) return watch(context, options, once);
    return statusOf(await once(), partial);
  },
});

function chooseFormat(format: ReportFormat, isJson: boolean): ReportFormat {
  if (!isJson) return format;
  if (format === "text" || format === "json") return "json";
  throw cliErrors.error("cli/argument-invalid", `--json and --format ${format}: leave one of them out`);
}

/** Another build of Ballast may have other rules. */
function toolIdentity(): string {
  const { size, mtimeMs } = statSync(process.execPath);
  return `${ballastVersion} ${size} ${mtimeMs}`;
}

async function show(context: CommandContext, result: CheckResult, format: ReportFormat): Promise<void> {
  const { stdout, stderr, env, cwd } = context;
  const { report, scope, unmatchedRaces } = result;
  const showPath = (path: string): string => relative(cwd, resolve(scope.base, path));
  const isBelow = !relative(cwd, scope.base).startsWith("..");
  const options = { style: createStyle(stdout, env), showPath: isBelow ? showPath : (path: string) => path };
  stdout.write(await renderReport(report, format, options));
  if (unmatchedRaces > 0) stderr.write(`ballast: ${unmatchedRaces} reports of the race log belong to no finding\n`);
}

function statusOf({ report, bugs }: CheckResult, partial: "warn" | "fail"): number {
  const [bug] = bugs;
  if (bug !== undefined) throw bug;
  const isIncomplete = partial === "fail" && report.partial.length > 0;
  return report.findings.length > 0 || isIncomplete ? exitStatus.findings : exitStatus.ok;
}

/** Until a signal ends it. */
async function watch(
  { stdout, stderr }: CommandContext,
  options: CheckOptions,
  once: () => Promise<CheckResult>,
): Promise<never> {
  const { stateOf, waitForChange } = await import("../../check/engine/watch.ts");
  for (;;) {
    const request = { ...options, scope: findScope(options.cwd, options.paths) };
    // Taken before, so that a change during the check leads to another; what fixes wrote is no such change.
    const before = await stateOf(request);
    await once();
    if (stdout.isTTY) stderr.write("ballast: waiting for changes\n");
    await waitForChange(request, options.fix === undefined ? before : await stateOf(request));
  }
}

/** Stdout belongs to the protocol. */
async function serve({ stdout }: CommandContext, options: CheckOptions): Promise<number> {
  const { serveEditor } = await import("../../check/engine/lsp/server.ts");
  return serveEditor(options, { input: Bun.stdin.stream(), write: (text) => stdout.write(text) });
}
