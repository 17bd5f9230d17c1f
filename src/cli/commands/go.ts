/** `ballast go ARGS…`: go, with the shared cache. */

import { readHelperOptions } from "../../cache/helper/read-options.ts";
import { cacheSettings } from "../../cache/settings.ts";
import { cacheprogValue } from "../../build/cacheprog-value.ts";
import { runCachedGo } from "../../build/cached-go.ts";
import { runGo } from "../../build/go-run.ts";
import { problemText, resolveSettings, settingFlags, type SettingProblem } from "../../core/settings.ts";
import { settingVariable } from "../../core/setting-spec.ts";
import { loadSettingsFile } from "../../core/settings-file.ts";
import type { Command, CommandContext } from "../command.ts";

const flags = {
  ...settingFlags(cacheSettings),
  quiet: { type: "boolean", short: "q", doc: "Leave out the line at the end." },
} as const;

export const command: Command<typeof flags> = {
  path: ["go"],
  summary: "run a go command with the shared cache",
  details:
    "Everything behind the first word that is not a flag of ours goes to go as it is. The exit status is go's own, and so are both " +
    "output streams, but for one line on standard error at the end. A broken setting is a warning and a native run.",
  positionals: "ARGS…",
  examples: [
    { line: "ballast go build ./...", remark: "build with the cache that ballast.yaml or BALLAST_SERVER names" },
    { line: "ballast go --server http://cache:7420 test ./...", remark: "name the server here" },
  ],
  flags,
  passThrough: true,
  ownSignals: true,
  async run(context, given, args) {
    const problems = await settingProblems(context, given);
    for (const problem of problems) context.stderr.write(`ballast: warning: ${problemText(problem)}\n`);
    const env = { ...context.env, ...asVariables(given) };
    const run = { args, cwd: context.cwd, env };
    if (problems.length > 0) {
      context.stderr.write("ballast: warning: running go without the shared cache\n");
      return (await runGo({ ...run, cacheprog: undefined })).exitCode;
    }
    const options = readHelperOptions(env, context.cwd, given);
    const { exitCode, line } = await runCachedGo({ ...run, cacheprog: cacheprogValue() }, options);
    if (line !== undefined && given.quiet !== true) context.stderr.write(`${line}\n`);
    return exitCode;
  },
};

async function settingProblems(
  context: CommandContext,
  given: Record<string, unknown>,
): Promise<readonly SettingProblem[]> {
  try {
    const file = loadSettingsFile(context.cwd);
    const { settingPaths: otherPaths } = await import("../generated/setting-paths.ts");
    return resolveSettings(cacheSettings, { env: context.env, flags: given, cwd: context.cwd, file, otherPaths })
      .problems;
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    return [{ source: "file", name: "ballast.yaml", what, fix: "mend the file" }];
  }
}

/** The helper is go's child, not ours: what was given as a flag reaches it as a variable. */
function asVariables(given: Record<string, unknown>): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [key, spec] of Object.entries(cacheSettings)) {
    const value = given[key];
    if (typeof value !== "string" && typeof value !== "number" && !Array.isArray(value)) continue;
    if (Array.isArray(value) && value.length === 0) continue;
    variables[settingVariable(key, spec)] = Array.isArray(value) ? value.join(",") : String(value);
  }
  return variables;
}
