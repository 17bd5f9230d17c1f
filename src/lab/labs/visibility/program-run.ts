/** One run of the program under examination. */

import { interrupted, type Bench } from "../../bench.ts";
import type { Cell } from "../../lab.ts";
import { mergeGodebug } from "../../../go/godebug.ts";
import type { StarvationEvidence } from "../../starvation/evidence.ts";
import { watchProgram, type WatchedRun } from "../../starvation/watch-program.ts";
import type { Target, VisibilityInput } from "./target.ts";

/** `held`: it hung, and the scheduler's trace shows that a goroutine held every processor. */
export type Outcome = "passed" | "failed" | "hung" | "held";

export interface VisibilityValue {
  readonly outcome: Outcome;
  readonly status: number;
  /** Reports of the race detector. */
  readonly races: number;
  /** The first of them, or the end of what a failed run wrote. */
  readonly said: string;
  readonly evidence: Omit<StarvationEvidence, "lateness">;
}

const traceMs = 50;
const keptBytes = 256 * 1024;
const saidMaxChars = 4000;
const raceLine = "WARNING: DATA RACE";

/** Throws `lab/interrupted`, `core/process-not-started`. */
export async function runOnce(
  bench: Bench,
  target: Target,
  input: VisibilityInput,
  { levels }: Cell,
): Promise<VisibilityValue> {
  const isRace = levels["race"] === "on" && target.race !== undefined;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const watched = await watchProgram({
    argv: isRace ? (target.race ?? target.plain) : target.plain,
    cwd: target.cwd,
    env: environmentOf(bench, levels, isRace),
    traceMs,
    processGroup: "own",
    stdin: "ignore",
    stdout: "pipe",
    onStderr: (chunk) => {
      bytes += chunk.byteLength;
      if (bytes <= keptBytes) chunks.push(chunk.slice());
    },
    deadlineMs: input.deadlineMs,
    stalledCpuMs: input.stalledMs,
    signal: bench.signal,
  });
  if (watched.ending === "aborted") throw interrupted(bench.signal);
  const stderr = Buffer.concat(chunks).toString("utf8");
  const races = isRace ? stderr.split(raceLine).length - 1 : 0;
  const { status, evidence } = watched;
  return { outcome: outcomeOf(watched, races), status, races, said: saidOf(stderr, watched, races), evidence };
}

function environmentOf(
  bench: Bench,
  levels: Readonly<Record<string, string>>,
  isRace: boolean,
): Readonly<Record<string, string | undefined>> {
  const { userEnv } = bench;
  const preemption = { asyncpreemptoff: levels["asyncpreempt"] === "off" ? "1" : "0" };
  return {
    ...userEnv,
    GOMAXPROCS: levels["gomaxprocs"],
    GODEBUG: mergeGodebug(userEnv["GODEBUG"], preemption),
    // Otherwise each run with the race detector sleeps for 1 s before it ends.
    ...(isRace ? { GORACE: `${userEnv["GORACE"] ?? ""} atexit_sleep_ms=0`.trim() } : {}),
  };
}

/** A program whose only fault is that the race detector spoke did what it should: its status is the detector's. */
function outcomeOf({ ending, status, evidence }: WatchedRun, races: number): Outcome {
  if (ending === "stalled") return "held";
  if (ending !== "itself") return evidence.trace.stall === undefined ? "hung" : "held";
  return status === 0 || (races > 0 && status === raceStatus) ? "passed" : "failed";
}

const raceStatus = 66;

function saidOf(stderr: string, { stdout, status }: WatchedRun, races: number): string {
  if (races > 0) {
    const from = stderr.indexOf(raceLine);
    const end = stderr.indexOf("==================", from);
    return stderr
      .slice(from, end < 0 ? undefined : end)
      .slice(0, saidMaxChars)
      .trimEnd();
  }
  return status === 0 ? "" : `${stdout}${stderr}`.trimEnd().slice(-saidMaxChars);
}
