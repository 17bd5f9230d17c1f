/** `ballast go ARGS…`: go, with the shared cache. */

import type { HelperOptions } from "../../cache/helper/options.ts";
import { readHelperOptions } from "../../cache/helper/read-options.ts";
import { readRunnerToken, withheldText } from "../../cache/runner-token.ts";
import { cacheSettings } from "../../cache/settings.ts";
import { type ModeResult, runInMode } from "../../build/cache-mode/run-in-mode.ts";
import { runGo } from "../../build/go-run.ts";
import type { Guard, GuardResult } from "../../build/coverage/guard.ts";
import { type Plan, planCommand } from "../../build/governance.ts";
import { ledgerConfig, recordCommand } from "../../build/ledger-entry.ts";
import { buildSettings } from "../../build/settings.ts";
import { systemClock } from "../../core/clock.ts";
import {
  problemText,
  resolveSettings,
  settingFlags,
  type SettingProblem,
  type SettingsFile,
} from "../../core/settings.ts";
import { loadSettingsFile } from "../../core/settings-file.ts";
import { goValue } from "../../go/env.ts";
import type { LedgerConfig } from "../../ledger/open-ledger.ts";
import type { Command, CommandContext } from "../command.ts";
import { settingVariables } from "../setting-variables.ts";

const flags = {
  ...settingFlags(buildSettings),
  ...settingFlags(cacheSettings),
  keepFuzz: {
    type: "boolean",
    doc: "With --cache=isolated or off: let the corpus of -fuzz lie in the usual GOCACHE, where it is kept.",
  },
  quiet: { type: "boolean", short: "q", doc: "Leave out the line at the end." },
} as const;

export const command: Command<typeof flags> = {
  path: ["go"],
  summary: "run a go command with the shared cache",
  details:
    "Everything behind the first word that is not a flag of ours goes to go as it is. The exit status is go's own, and so are both " +
    "output streams, but for one line on standard error at the end. A broken setting of the cache is a warning and a native " +
    "run; one of `build` stops the command, since what it asks for could not be kept.",
  positionals: "ARGS…",
  examples: [
    { line: "ballast go build ./...", remark: "build with the cache that ballast.yaml or BALLAST_SERVER names" },
    { line: "ballast go --server http://cache:7420 test ./...", remark: "name the server here" },
    {
      line: "ballast go --cache=off build -o app .",
      remark: "compile everything, in a cache that is removed afterwards",
    },
  ],
  flags,
  passThrough: true,
  ownSignals: true,
  async run(context, given, args) {
    const { problems, withheld, file } = await judgeSettings(context, given);
    for (const problem of problems) context.stderr.write(`ballast: warning: ${problemText(problem)}\n`);
    if (withheld !== undefined) context.stderr.write(`ballast: warning: ${withheldText(withheld)}\n`);
    // The helper is go's child, not ours: what was given as a flag reaches it as a variable.
    const asked = { args, cwd: context.cwd, env: { ...context.env, ...settingVariables(given) } };
    const plan = await planCommand(asked, { flags: given, file });
    const guard = await guardCoverage(context, plan);
    const run = async (): Promise<ModeResult> => {
      const { mode, env, args: words } = plan;
      const go = { args: words, cwd: context.cwd, env, ...(guard?.onOutput && { onOutput: guard.onOutput }) };
      if (problems.length > 0 && mode === "shared") {
        context.stderr.write("ballast: warning: running go without the shared cache\n");
        return { ...(await runGo({ ...go, cacheprog: undefined })), summary: undefined, line: undefined };
      }
      const readOptions = (): HelperOptions => readHelperOptions(env, context.cwd, given);
      const full = { ...go, mode, keepsFuzz: given.keepFuzz === true };
      if (!plan.isRecorded) return runInMode(full, readOptions);
      const { runRecording } = await import("../../build/recorded-run.ts");
      return runRecording(full, readOptions, (said) => context.stderr.write(`ballast: warning: ${said}\n`));
    };
    const config = ledgerConfig(context.env, context.cwd, file);
    const judged = async (): Promise<GuardedResult> => {
      const result = await run();
      return guard === undefined ? result : { ...result, coverage: await guard.finish(result.exitCode) };
    };
    const { exitCode, line, coverage } = await (config === undefined
      ? judged()
      : runRecorded(context, plan, config, judged));
    const lines = given.quiet === true ? [] : [line, coverage?.line];
    for (const text of lines) if (text !== undefined) context.stderr.write(`${text}\n`);
    return exitCode;
  },
};

interface GuardedResult extends ModeResult {
  readonly coverage?: GuardResult;
}

/** Only tests that measure coverage load anything for it. */
async function guardCoverage(context: CommandContext, plan: Plan): Promise<Guard | undefined> {
  const mayCover = [...plan.args, goValue(plan.env, "GOFLAGS")].some((word) => word.includes("-cover"));
  if (!mayCover) return undefined;
  const { readCoverCommand } = await import("../../build/coverage/cover-command.ts");
  const covered = readCoverCommand({ args: plan.args, cwd: context.cwd, env: plan.env });
  if (covered === undefined) return undefined;
  const { startGuard } = await import("../../build/coverage/guard.ts");
  return startGuard({ command: covered, env: plan.env, basePath: plan.coverageBase, isSeen: !context.stdout.isTTY });
}

/** The command, and its event in the ledger however it ended. */
async function runRecorded(
  context: CommandContext,
  plan: Plan,
  config: LedgerConfig | string,
  run: () => Promise<GuardedResult>,
): Promise<GuardedResult> {
  const startedMs = systemClock.nowMs();
  const fromMs = systemClock.monotonicMs();
  let result: GuardedResult | undefined;
  try {
    result = await run();
    return result;
  } finally {
    const { exitCode, summary, parallelism = 1 } = result ?? {};
    const durationMs = systemClock.monotonicMs() - fromMs;
    const coverage = result?.coverage?.attributes;
    const finished = { plan, cwd: context.cwd, startedMs, durationMs, exitCode, summary, parallelism, coverage };
    const trouble = await recordCommand(finished, config, context.env);
    const said = `ballast: warning: nothing was recorded in the ledger: ${trouble ?? ""}\n`;
    if (trouble !== undefined) context.stderr.write(said);
  }
}

interface Judged {
  readonly problems: readonly SettingProblem[];
  /** Where a token comes from that is not sent. */
  readonly withheld?: string | undefined;
  readonly file?: SettingsFile | undefined;
}

async function judgeSettings(context: CommandContext, given: Record<string, unknown>): Promise<Judged> {
  try {
    const file = loadSettingsFile(context.cwd);
    const { settingPaths: otherPaths } = await import("../generated/setting-paths.ts");
    const { env, cwd } = context;
    const resolved = resolveSettings(cacheSettings, { env, flags: given, cwd, file, otherPaths });
    const token = readRunnerToken(resolved);
    return { problems: resolved.problems, withheld: token.trouble === "withheld" ? token.from : undefined, file };
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    return { problems: [{ source: "file", name: "ballast.yaml", what, fix: "mend the file" }] };
  }
}
