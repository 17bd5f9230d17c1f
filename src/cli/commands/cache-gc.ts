import { inspectErrors } from "../../cache/inspect/errors.ts";
import { scanFolder } from "../../cache/inspect/folder-scan.ts";
import { collectLocal, defaultMinIdleMs, type GcOptions, type ScannedFolder } from "../../cache/inspect/local-gc.ts";
import { createTurns } from "../../cache/inspect/turns.ts";
import { otherScopes } from "../../cache/local/folder.ts";
import { systemClock } from "../../core/clock.ts";
import { formatBytes } from "../../core/human-units.ts";
import { createProgress } from "../../core/progress.ts";
import { counted, removedText, writeAnswer } from "../cache-output.ts";
import { type LocalTarget, localTarget, resolveTarget, targetFlags } from "../cache-target.ts";
import { type CommandContext, defineCommand } from "../command.ts";

const flags = {
  ...targetFlags,
  maxAge: {
    type: "duration",
    doc: "Remove what was not used for so long.",
    defaultText: "5d, as Go's own trim has it",
  },
  maxSize: { type: "size", doc: "Then remove what was used longest ago, until the bodies take no more than this." },
  minIdle: {
    type: "duration",
    default: defaultMinIdleMs,
    doc: "Keep what was used more recently: a running build may have been told its path. 0 where nothing runs.",
  },
  dryRun: { type: "boolean", doc: "Say what would go, and remove nothing." },
} as const;

/** `ballast cache gc` */
export const command = defineCommand({
  path: ["cache", "gc"],
  summary: "Remove what nobody used for long, and what is too much",
  details:
    "On a runner it covers the folders of all scopes under GOCACHE unless --scope names one, and also removes the temporary files of writers that ended early. A server has its own limits, given to `ballast serve`: there it only starts now what it does by itself.",
  flags,
  examples: [
    { line: "ballast cache gc --max-size 5GB", remark: "Before a runner's disk or image is saved." },
    { line: "ballast cache gc --remote", remark: "Have the server collect now." },
  ],
  run: async (context, given) => {
    const target = resolveTarget(context, given);
    const { maxAge, maxSize, minIdle, dryRun } = given;
    if (target.tier === "server") {
      refuseLocalFlags(given);
      const report = await target.api.gc();
      const text = `removed ${removedText(report)}; ${formatBytes(report.fileBytes)} on disk\n`;
      writeAnswer(context, given.json, { tier: "server", ...report }, text);
      return 0;
    }
    const folders = await scanScopes(context, target, given.scope === undefined);
    const isDryRun = dryRun === true;
    const options: GcOptions = {
      maxAgeMs: maxAge,
      maxSizeBytes: maxSize,
      minIdleMs: minIdle,
      isDryRun,
      nowMs: Date.now(),
    };
    const report = collectLocal(folders, options);
    const kept = `${formatBytes(report.keptBytes)} kept${keptTooMuch(report.keptBytes, maxSize, minIdle)}`;
    const temporary =
      report.temporaryFiles === 0 ? "" : ` and ${counted(report.temporaryFiles, "temporary file", "temporary files")}`;
    const text = `${isDryRun ? "would remove" : "removed"} ${removedText(report)}${temporary}; ${kept}\n`;
    writeAnswer(context, given.json, { tier: "local", dryRun: isDryRun, ...report }, text);
    return 0;
  },
});

function keptTooMuch(keptBytes: number, maxSize: number | undefined, minIdleMs: number): string {
  if (maxSize === undefined || keptBytes <= maxSize) return "";
  return `, more than asked for: the rest was used within ${minIdleMs / 3_600_000} h (see --min-idle)`;
}

async function scanScopes(context: CommandContext, target: LocalTarget, wantsAll: boolean): Promise<ScannedFolder[]> {
  const { gocache, scope } = target;
  const scopes = wantsAll ? [scope, ...otherScopes(gocache, scope)] : [scope];
  const progress = createProgress(context.stderr, systemClock);
  const turns = createTurns(context.signal);
  const scanned: ScannedFolder[] = [];
  for (const name of scopes) {
    progress.update(`reading the folder of ${name}`);
    const { folder } = localTarget(gocache, name);
    scanned.push({ folder, contents: await scanFolder(folder.path, turns) });
  }
  progress.finish();
  return scanned;
}

function refuseLocalFlags(given: {
  readonly maxAge: number | undefined;
  readonly maxSize: number | undefined;
  readonly dryRun: boolean | undefined;
}): void {
  const { maxAge, maxSize, dryRun } = given;
  const names = {
    "--max-age": maxAge !== undefined,
    "--max-size": maxSize !== undefined,
    "--dry-run": dryRun === true,
  };
  const refused = Object.entries(names).find(([, isGiven]) => isGiven)?.[0];
  if (refused === undefined) return;
  throw inspectErrors.error("inspect/filter-not-served", `${refused}: a server goes by its own limits`);
}
