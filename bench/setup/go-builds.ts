/** Builds of the module, native or with a helper, each in a process of its own and by the clock. */

import { existsSync, readFileSync, rmSync } from "node:fs";
import { BenchFailure, verify } from "../measure/failure.ts";
import { type MeasuredRun, measureProcess } from "../measure/measured-process.ts";
import { isGoneWithin, type OwnProcess, type ProcessFinder } from "../measure/own-processes.ts";
import { type BallastProgram, digestOf } from "./ballast-program.ts";
import type { WorkFolder } from "./work-folder.ts";

/** Who answers Go: nobody; `ballast cacheprog`; the launcher's `ballast go`; or a command that is given. */
export type Helper = "native" | "cacheprog" | "go" | { readonly command: string };

export interface BuildRequest {
  readonly helper: Helper;
  readonly gocache: string;
  /** Where the program goes. */
  readonly out: string;
  /** The cache server's address. */
  readonly server?: string | undefined;
  readonly token?: string | undefined;
  /** `main` when absent; another scope reads from main as well. */
  readonly scope?: string;
  /** Besides: what a CI platform sets. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What the helper said of its run; the sum, where there were several. */
export interface HelperSummary {
  readonly gets: number;
  readonly localHits: number;
  readonly remoteHits: number;
  readonly misses: number;
  readonly puts: number;
  readonly bytesDown: number;
  readonly bytesUp: number;
  readonly uploaded: number;
  readonly dropped: number;
  readonly corrupt: number;
}

export interface BuildResult extends MeasuredRun {
  readonly summary: HelperSummary | undefined;
  /** SHA-256 of the program, hex. */
  readonly digest: string;
  /** How long processes that the build left behind went on: uploads that nobody waits for. */
  readonly afterMs: number;
}

export interface BuilderOptions {
  readonly ballast: BallastProgram;
  readonly work: WorkFolder;
  readonly checkout: string;
  readonly package: string;
  readonly env: Readonly<Record<string, string>>;
  readonly finder: ProcessFinder;
}

export type Builder = (request: BuildRequest) => Promise<BuildResult>;

/** How long what a build left behind may go on before it is told to end. */
const afterLimitMs = 20_000;
const agentLimitMs = 2000;

export function createBuilder(options: BuilderOptions): Builder {
  const { work, ballast, finder } = options;
  const summaryFile = work.at("summary");
  return async (request) => {
    rmSync(summaryFile, { force: true });
    const go = request.helper === "go" ? [ballast.launcher, "go"] : ["go"];
    const argv = [...go, "build", "-o", request.out, "--", options.package];
    const variables = { ...request.env, ...variablesOf(request, ballast) };
    const env = { ...options.env, ...variables, BALLAST_SUMMARY_FILE: summaryFile };
    const run = await measureProcess({ argv, cwd: options.checkout, env, logFile: work.at("logs", "build.log") });
    const endedMs = performance.now();
    ballast.requireUnchanged();
    await endLeftOvers(finder);
    const afterMs = performance.now() - endedMs;
    return { ...run, afterMs, summary: readSummary(summaryFile), digest: digestOf(request.out) };
  };
}

function variablesOf(request: BuildRequest, { executable }: BallastProgram): Record<string, string> {
  const { helper, gocache, server, token, scope = "main" } = request;
  const shared = {
    GOCACHE: gocache,
    BALLAST_SCOPE: scope,
    ...(scope === "main" ? {} : { BALLAST_ANCESTORS: "main" }),
    ...(server === undefined ? {} : { BALLAST_SERVER: server }),
    ...(token === undefined ? {} : { BALLAST_TOKEN: token }),
  };
  if (helper === "native") return { GOCACHE: gocache };
  if (helper === "go") return shared;
  if (helper === "cacheprog") return { ...shared, GOCACHEPROG: `${quoted(executable)} cacheprog` };
  return { GOCACHE: gocache, GOCACHEPROG: helper.command };
}

function quoted(word: string): string {
  return /[\s'"]/.test(word) ? `'${word}'` : word;
}

/** The next run must not be slowed by what this one left, nor find its agent. */
async function endLeftOvers(finder: ProcessFinder): Promise<void> {
  const left = (): OwnProcess[] => finder.find();
  const isAgent = ({ words }: OwnProcess): boolean => words.includes("agent");
  await isGoneWithin(() => left().every(isAgent), afterLimitMs);
  await isGoneWithin(() => left().length === 0, agentLimitMs);
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    for (const { pid } of left()) end(pid, signal);
    if (await isGoneWithin(() => left().length === 0, afterLimitMs)) return;
  }
  throw new BenchFailure("a process that a build left behind cannot be ended");
}

function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    return; // ESRCH: it has ended by itself
  }
}

function readSummary(path: string): HelperSummary | undefined {
  if (!existsSync(path)) return undefined;
  const lines = readFileSync(path, "utf8").split("\n").filter(Boolean);
  const sum: Record<string, number> = {};
  for (const line of lines) {
    for (const [key, value] of Object.entries(JSON.parse(line) as Record<string, number>)) {
      sum[key] = (sum[key] ?? 0) + value;
    }
  }
  return sum as unknown as HelperSummary;
}

/** Throws unless the program is the wanted one, byte for byte. */
export function verifyDigest(result: BuildResult, wanted: string, name: string): void {
  verify(result.digest === wanted, `${name}: another program than the native build's: ${result.digest}, not ${wanted}`);
}

/** Throws unless at least `share` of what Go asked for was there, part of it from the server, and all of it sound. */
export function verifyHits({ summary }: BuildResult, share: number, name: string): void {
  verify(summary !== undefined, `${name}: the helper left no summary`);
  const { gets, localHits, remoteHits, corrupt } = summary;
  const said = `${gets} gets, ${localHits} hits here, ${remoteHits} from the server, ${corrupt} damaged`;
  verify(remoteHits > 0 && localHits + remoteHits >= share * gets && corrupt === 0, `${name}: ${said}`);
}
