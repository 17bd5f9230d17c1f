/** One go command with Ballast: through the helper, or by Go alone when the helper has nothing to add. */

import type { HelperOptions } from "../cache/helper/options.ts";
import { dueRemovalCheck, learnRemovals } from "../cache/helper/removal-check.ts";
import type { RunSummary } from "../cache/helper/summary.ts";
import { type CacheFolder, openCacheFolder } from "../cache/local/folder.ts";
import { ownCommand } from "../core/own-command.ts";
import { fingerprint } from "./fingerprint.ts";
import { findGo, type GoRun, runGo } from "./go-run.ts";
import { canRunNatively, folderPrint, forgetLocalRun, localRunPath, rememberLocalRun } from "./native-run.ts";
import { summaryLine } from "./run-summary.ts";

export interface CachedGoResult {
  readonly exitCode: number;
  /** What to tell the user in the end; absent when there is nothing to tell. */
  readonly line: string | undefined;
  /** What the helpers did; absent where go ran by itself and nobody saw it. */
  readonly summary: RunSummary | undefined;
  readonly parallelism: number;
}

/** Throws `build/go-not-found`. */
export async function runCachedGo(run: GoRun, options: HelperOptions): Promise<CachedGoResult> {
  const folder = openFolder(options);
  if (folder === undefined) return runWithHelper(run);
  const check = dueRemovalCheck(options, folder, Date.now());
  if (check !== undefined) await learnRemovals(options, check, Date.now());
  const path = localRunPath(folder, JSON.stringify([run.cwd, run.args]));
  const print = fingerprint(findGo(run.env), run.args, run.cwd, run.env);
  if (canRunNatively(path, print, folder)) return runNatively(run, options, folder, path);
  return runWithHelper(run, (actions) => rememberLocalRun(path, { fingerprint: print, actions }));
}

/** GOCACHE may be `off` or nonsense; Go says what it thinks of that. */
function openFolder({ gocache, scope }: HelperOptions): CacheFolder | undefined {
  return gocache.startsWith("/") ? openCacheFolder(gocache, scope) : undefined;
}

async function runWithHelper(run: GoRun, onAllLocal?: (actions: Buffer) => void): Promise<CachedGoResult> {
  const { exitCode, summary, used, parallelism } = await runGo(run);
  if (exitCode === 0 && used !== undefined) onAllLocal?.(used);
  const line = summary === undefined ? undefined : summaryLine(summary, parallelism);
  return { exitCode, line, summary, parallelism };
}

async function runNatively(
  run: GoRun,
  options: HelperOptions,
  folder: CacheFolder,
  path: string,
): Promise<CachedGoResult> {
  const before = folderPrint(folder);
  const { exitCode, parallelism } = await runGo({
    ...run,
    env: { ...run.env, GOCACHE: folder.path },
    cacheprog: undefined,
  });
  const unseen = { exitCode, summary: undefined, parallelism };
  if (folderPrint(folder) === before) return { ...unseen, line: "ballast: all of it was local, go ran by itself" };
  forgetLocalRun(path);
  if (options.server !== undefined && options.mode === "read-write") pushDetached(run, options);
  return { ...unseen, line: "ballast: go ran by itself and built something new, which is sent to the server now" };
}

/** What Go built alone is for the others too. Nobody waits for it: no pipe of ours stays open. */
function pushDetached(run: GoRun, { scope }: HelperOptions): void {
  const child = Bun.spawn([...ownCommand(), "cache", "push", "--scope", scope], {
    cwd: run.cwd,
    env: run.env,
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
    detached: true,
  });
  child.unref();
}
