/** A go command that is recorded for `ballast why`; what goes wrong with the record is said and costs nothing else. */

import { join } from "node:path";
import type { HelperOptions } from "../cache/helper/options.ts";
import { openCacheFolder } from "../cache/local/folder.ts";
import { openJobFolder } from "./cache-mode/job-folder.ts";
import { type ModeResult, type ModeRun, runInMode } from "./cache-mode/run-in-mode.ts";
import { type Recording, startRecording } from "./why/recorder.ts";

/** @param warn is told, in a sentence, why there is no record */
export async function runRecording(
  run: ModeRun,
  readOptions: () => HelperOptions,
  warn: (sentence: string) => void,
): Promise<ModeResult> {
  const gocache = cacheAfterwards(run, readOptions);
  const recording = gocache === undefined ? undefined : start(run, warn);
  const unrecorded = `nothing is recorded with --cache=${run.mode}: its cache is not there to be asked afterwards`;
  if (gocache === undefined) warn(unrecorded);
  if (recording === undefined || gocache === undefined) return runInMode(run, readOptions);
  const fromMs = performance.now();
  const result = await runInMode({ ...run, args: recording.args }, readOptions);
  try {
    await recording.finish({ exitCode: result.exitCode, wallMs: performance.now() - fromMs, gocache });
  } catch (cause) {
    warn(`the run was not recorded: ${(cause as Error).message}`);
  }
  return result;
}

function start({ args, cwd, env }: ModeRun, warn: (sentence: string) => void): Recording | undefined {
  try {
    return startRecording({ args, cwd, env }, Date.now());
  } catch (cause) {
    warn(`the run is not recorded: ${(cause as Error).message}`);
    return undefined;
  }
}

/** Where the results lie when the command has ended; `undefined` where they are gone, or in two places. */
function cacheAfterwards({ mode, env, cwd }: ModeRun, readOptions: () => HelperOptions): string | undefined {
  if (mode === "isolated") return join(openJobFolder(env, cwd, Date.now()), "isolated", "gocache");
  if (mode !== "shared") return undefined;
  const { gocache, scope } = readOptions();
  return gocache.startsWith("/") ? openCacheFolder(gocache, scope).path : undefined;
}
