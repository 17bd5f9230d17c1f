/** One go command with the cache that its mode gives it. */

import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { textIfReadable } from "../../core/file-text.ts";
import type { HelperOptions } from "../../cache/helper/options.ts";
import type { RunSummary } from "../../cache/helper/summary.ts";
import { runProcess } from "../../core/process.ts";
import { flagText, parseGoCommand, parseGoflags } from "../../go/command-line.ts";
import { defaultGocache, goValue, userEnvPath } from "../../go/env.ts";
import { cacheprogValue } from "../cacheprog-value.ts";
import { runCachedGo } from "../cached-go.ts";
import { findGo, type GoRun, runGo } from "../go-run.ts";
import { summaryLine } from "../run-summary.ts";
import type { CacheMode } from "../settings.ts";
import { cacheModeErrors } from "./errors.ts";
import { openJobFolder } from "./job-folder.ts";
import { makeOneCommandCache } from "./one-command-cache.ts";

export interface ModeRun extends Omit<GoRun, "cacheprog" | "onStart"> {
  readonly mode: CacheMode;
  /** Lets the corpus of `-fuzz` lie in the usual GOCACHE. */
  readonly keepsFuzz: boolean;
}

export interface ModeResult {
  readonly exitCode: number;
  /** What to tell the user in the end. */
  readonly line: string | undefined;
  /** What the cache did; absent where it was not seen. */
  readonly summary: RunSummary | undefined;
  readonly parallelism: number;
}

/** Set for go and all that it starts while it has a private cache, so that a `ballast go` below it leaves it there. */
const insideVariable = "BALLAST_PRIVATE_GOCACHE";

/** Throws `build/go-not-found`, `build/private-cache-unusable`, `build/fuzz-without-corpus`, `build/go-without-cacheprog`. */
export async function runInMode(run: ModeRun, readOptions: () => HelperOptions): Promise<ModeResult> {
  const { mode, keepsFuzz, ...go } = run;
  switch (mode) {
    case "shared":
      if (isInside(go.env)) return runAlone(go);
      return runCachedGo({ ...go, cacheprog: cacheprogValue() }, readOptions());
    case "read-only":
      return runReadOnly(go);
    case "isolated":
      return runIsolated(go, keepsFuzz);
    case "off":
      return runOff(go, keepsFuzz);
  }
}

type PlainRun = Omit<GoRun, "cacheprog" | "onStart">;

function isInside(env: GoRun["env"]): boolean {
  return (env[insideVariable] ?? "") !== "" && env["GOCACHE"] === env[insideVariable];
}

/** Nobody sees what go asks its own cache for. */
async function runAlone(go: PlainRun, onStart?: (pid: number) => void): Promise<ModeResult> {
  const { exitCode, parallelism } = await runGo({ ...go, cacheprog: undefined, ...(onStart && { onStart }) });
  return { exitCode, parallelism, line: undefined, summary: undefined };
}

async function runOff(go: PlainRun, keepsFuzz: boolean): Promise<ModeResult> {
  refuseFuzz(go, keepsFuzz, "off");
  findGo(go.env);
  const cache = makeOneCommandCache();
  try {
    return await runAlone(privately(go, cache.gocache, cache.folder, keepsFuzz), cache.usedBy);
  } finally {
    await cache.remove();
  }
}

async function runIsolated(go: PlainRun, keepsFuzz: boolean): Promise<ModeResult> {
  refuseFuzz(go, keepsFuzz, "isolated");
  findGo(go.env);
  const folder = join(openJobFolder(go.env, go.cwd, Date.now()), "isolated");
  const gocache = join(folder, "gocache");
  makeFolder(gocache);
  return runAlone(privately(go, gocache, folder, keepsFuzz));
}

/** Gets come from the usual cache and the server, puts go to the job's own folder, and nothing is sent. */
async function runReadOnly(go: PlainRun): Promise<ModeResult> {
  await requireCacheprog(go);
  const putFolder = join(openJobFolder(go.env, go.cwd, Date.now()), "put");
  makeFolder(putFolder);
  for (let i = 0; i < 256; i++) makeFolder(join(putFolder, i.toString(16).padStart(2, "0")));
  const env = { ...go.env, BALLAST_PUT_FOLDER: putFolder, BALLAST_MODE: "read-only" };
  const { exitCode, summary, parallelism } = await runGo({ ...go, env, cacheprog: cacheprogValue() });
  return {
    exitCode,
    summary,
    parallelism,
    line: summary === undefined ? undefined : summaryLine(summary, parallelism),
  };
}

/** Throws `build/go-without-cacheprog`. */
async function requireCacheprog({ cwd, env }: PlainRun): Promise<void> {
  const argv = [findGo(env), "env", "GOVERSION"];
  const { stdout } = await runProcess({ argv, cwd, env, deadlineMs: 60_000, outputCapBytes: 1000 });
  const match = /^go1\.(\d+)/.exec(stdout.trim());
  if (match === null || Number(match[1]) >= 24) return; // a development version names no number
  throw cacheModeErrors.error("build/go-without-cacheprog", stdout.trim());
}

/** Throws `build/fuzz-without-corpus`. */
function refuseFuzz({ args, env }: PlainRun, keepsFuzz: boolean, mode: CacheMode): void {
  const pattern = flagText("fuzz", parseGoCommand(args), parseGoflags(goValue(env, "GOFLAGS")));
  if (pattern === undefined || pattern === "" || keepsFuzz) return;
  throw cacheModeErrors.error("build/fuzz-without-corpus", `-fuzz ${pattern} with --cache=${mode}`);
}

/**
 * The same command with GOCACHE in `gocache` and no GOCACHEPROG, wherever one is set: an empty variable means that Go
 * looks into its own files, so these get a file that says that there is none.
 */
function privately(go: PlainRun, gocache: string, folder: string, keepsFuzz: boolean): PlainRun {
  if (keepsFuzz) keepCorpus(go.env, gocache);
  const env = { ...go.env, GOCACHE: gocache, GOCACHEPROG: undefined, [insideVariable]: gocache };
  const verb = parseGoCommand(go.args).verb;
  // `go env -w` writes into the file that GOENV names.
  if (verb === "env") return { ...go, env };
  return { ...go, env: { ...env, GOENV: writeGoEnv(join(folder, "env"), go.env) } };
}

function writeGoEnv(path: string, env: GoRun["env"]): string {
  const lines = (textIfReadable(userEnvPath(env)) ?? "")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("GOCACHEPROG="));
  try {
    writeFileSync(path, [...lines, "GOCACHEPROG=", ""].join("\n"));
  } catch (cause) {
    throw cacheModeErrors.error("build/private-cache-unusable", `${path}: ${(cause as Error).message}`, { cause });
  }
  return path;
}

/** The corpus is what the user asked to keep: `GOCACHE/fuzz` of the usual cache, and nothing besides. */
function keepCorpus(env: GoRun["env"], gocache: string): void {
  const usual = defaultGocache(env);
  if (!usual.startsWith("/")) throw cacheModeErrors.error("build/fuzz-without-corpus", `GOCACHE=${usual}`);
  makeFolder(join(usual, "fuzz"));
  try {
    symlinkSync(join(usual, "fuzz"), join(gocache, "fuzz"));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return; // an earlier command of the job
    throw cacheModeErrors.error("build/private-cache-unusable", `${gocache}: ${(cause as Error).message}`, { cause });
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    throw cacheModeErrors.error("build/private-cache-unusable", `${path}: ${(cause as Error).message}`, { cause });
  }
}
