/** Running one go command with Ballast as its cache. */

import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, constants, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type RunSummary, usedPath } from "../cache/helper/summary.ts";
import { forwardSignals } from "../core/forwarded-signals.ts";
import { buildErrors } from "./errors.ts";
import { passOn } from "./passed-output.ts";
import { readSummaries } from "./run-summary.ts";
import { realGo } from "./shim.ts";

export interface GoRun {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The value of GOCACHEPROG; absent for a native run. */
  readonly cacheprog: string | undefined;
  /** Told go's process id. */
  readonly onStart?: (pid: number) => void;
  /** Shown what go writes to its standard output, which goes on to this process's own as it is. */
  readonly onOutput?: (bytes: Uint8Array) => void;
}

export interface GoRunResult {
  /** As a shell would tell it: 128 and the signal's number for a go command that a signal ended. */
  readonly exitCode: number;
  readonly summary: RunSummary | undefined;
  /** The actions of a run that needed nobody: no server, and nothing that was not there. */
  readonly used: Buffer | undefined;
  readonly parallelism: number;
}

/** Runs go with this process's own standard streams. Throws `build/go-not-found`. */
export async function runGo(run: GoRun): Promise<GoRunResult> {
  const go = findGo(run.env, run.cwd);
  const folder = mkdtempSync(join(tmpdir(), "ballast-run-"));
  const summaryFile = join(folder, "summary");
  try {
    const exitCode = await spawnGo(go, run, summaryFile);
    handOn(summaryFile, run);
    const summary = readSummaries(summaryFile);
    return { exitCode, summary, used: readUsed(summaryFile, summary), parallelism: parallelismOf(run.args) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The path of the go command. Throws `build/go-not-found`. */
export function findGo(env: GoRun["env"], cwd = "."): string {
  const go = realGo(env["PATH"] ?? "", cwd);
  if (go === undefined) throw buildErrors.error("build/go-not-found", "go was looked for in PATH");
  return go;
}

/** What the helpers said is also for the file that the caller named. */
function handOn(summaryFile: string, { env, cwd }: GoRun): void {
  const wanted = env["BALLAST_SUMMARY_FILE"] ?? "";
  if (wanted !== "" && existsSync(summaryFile)) appendFileSync(resolve(cwd, wanted), readFileSync(summaryFile));
}

/** Several helpers may have written; what one of them needed of others spoils it for all. */
function readUsed(summaryFile: string, summary: RunSummary | undefined): Buffer | undefined {
  const isLocal = summary !== undefined && summary.misses + summary.puts + summary.remoteHits === 0;
  return isLocal && existsSync(usedPath(summaryFile)) ? readFileSync(usedPath(summaryFile)) : undefined;
}

async function spawnGo(go: string, run: GoRun, summaryFile: string): Promise<number> {
  const env: Record<string, string | undefined> = { ...run.env, GOCACHEPROG: run.cacheprog };
  const child = Bun.spawn([go, ...run.args], {
    cwd: run.cwd,
    env: { ...env, BALLAST_SUMMARY_FILE: summaryFile },
    stdin: "inherit",
    stdout: run.onOutput === undefined ? "inherit" : "pipe",
    stderr: "inherit",
  });
  run.onStart?.(child.pid);
  const { stdout } = child;
  const passing = run.onOutput === undefined || stdout === undefined ? undefined : passOn(stdout, run.onOutput);
  const stopForwarding = forwardSignals((signal) => child.kill(signal));
  try {
    await child.exited;
    await passing?.end();
  } finally {
    stopForwarding();
  }
  return child.exitCode ?? 128 + (constants.signals[child.signalCode as NodeJS.Signals] ?? 0);
}

/** `-p N` if it was given, else as many as there are processors, as for go itself. */
function parallelismOf(args: readonly string[]): number {
  for (const [index, word] of args.entries()) {
    const value = /^--?p=(\d+)$/.exec(word)?.[1] ?? (/^--?p$/.test(word) ? args[index + 1] : undefined);
    if (value !== undefined && Number(value) > 0) return Number(value);
  }
  return availableParallelism();
}
