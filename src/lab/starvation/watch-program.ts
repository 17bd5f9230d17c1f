/** Runs a program and gathers the evidence meanwhile: its scheduler's trace, its threads' times, its cgroup's cpu.stat. */

import { availableParallelism, constants } from "node:os";
import type { QuotaGroup } from "../../core/cgroup/quota-group.ts";
import { coreErrors } from "../../core/core-errors.ts";
import { watchProcess } from "../../core/proc/thread-times.ts";
import { godebugValue, mergeGodebug } from "../../go/godebug.ts";
import { createStallWatch } from "../../go/schedtrace/stall.ts";
import { createTraceFilter } from "../../go/schedtrace/trace-filter.ts";
import { mostThrottled, ownFolders, readStats, tightestLimit } from "./cgroup-stats.ts";
import type { StarvationEvidence } from "./evidence.ts";

export interface WatchRequest {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Its first instruction already runs under this limit. */
  readonly group?: QuotaGroup | undefined;
  /** Between two lines of the trace; 0 for no trace, and stderr is the program's own then. */
  readonly traceMs: number;
  /** `own`: a process group of its own, ended as a whole. `shared`: a terminal's keys reach the program as well. */
  readonly processGroup: "own" | "shared";
  readonly stdin: "inherit" | "ignore";
  readonly stdout: "inherit" | "pipe";
  /** Gets the program's standard error without the trace. */
  readonly onStderr: (bytes: Uint8Array) => void;
  readonly onStart?: (child: { readonly pid: number; kill(signal: NodeJS.Signals): void }) => void;
  readonly deadlineMs?: number;
  /** Ends the program once it has burned that much CPU time without beginning a time slice. */
  readonly stalledCpuMs?: number;
  readonly signal?: AbortSignal;
}

export interface WatchedRun {
  /** As a shell would tell it: 128 and the signal's number for a program that a signal ended. */
  readonly status: number;
  /** Why it was ended by us, if it was. */
  readonly ending: "itself" | "deadline" | "stalled" | "aborted";
  readonly stdout: string;
  readonly pid: number;
  readonly evidence: Omit<StarvationEvidence, "lateness">;
}

/** A short program is looked at often enough, a long one costs little. */
const lookEveryMs = 100;
/** Where the trace brings looks as well. */
const sparseLookMs = 1000;
const stdoutMaxBytes = 4_000_000;

/** Throws `core/process-not-started`. */
export async function watchProgram(request: WatchRequest): Promise<WatchedRun> {
  const startedMs = performance.now();
  const folders = request.group === undefined ? ownFolders() : [request.group.folder];
  const before = readStats(folders);
  const limitCpus = tightestLimit(folders);
  const child = start(request);
  request.onStart?.(child);
  const times = watchProcess(child.pid);
  let seen = times.look();
  const stalls = createStallWatch();
  const ender = createEnder(child, request);
  const filter = createTraceFilter({
    onSample: (sample) => {
      seen = times.look();
      stalls.add(sample, seen.cpuMs);
      if (stalls.currentCpuMs() >= (request.stalledCpuMs ?? Infinity)) ender.end("stalled");
    },
    pass: request.onStderr,
    keepsLines: godebugValue(request.env["GODEBUG"], "schedtrace") !== undefined,
  });
  // The trace's lines bring looks of their own.
  const looks = setInterval(
    () => {
      seen = times.look();
    },
    request.traceMs > 0 ? sparseLookMs : lookEveryMs,
  );
  try {
    const outputs = [drain(child.stderr, filter.push), readAll(child.stdout)] as const;
    await child.exited;
    if (request.processGroup === "own") killGroup(child.pid);
    // What it started may hold the pipes for as long as it likes; the program itself has ended.
    await Promise.race([Promise.all(outputs), Bun.sleep(lingerMs)]);
    filter.end();
    const stdout = await Promise.race([outputs[1], Promise.resolve("")]);
    const { samples, gomaxprocs, mostQueued, showsStalls, isMixed } = stalls.seen;
    const usage = child.resourceUsage();
    return {
      status: child.exitCode ?? 128 + (constants.signals[child.signalCode as NodeJS.Signals] ?? 0),
      ending: ender.reason(),
      stdout,
      pid: child.pid,
      evidence: {
        durationMs: performance.now() - startedMs,
        processors: availableParallelism(),
        cpuMs: usage === undefined ? undefined : Number(usage.cpuTime.total) / 1000,
        waitedMs: process.platform === "linux" ? seen.waitedMs : undefined,
        throttling: mostThrottled(before, readStats(folders)),
        limitCpus,
        trace: {
          samples,
          gomaxprocs,
          mostQueued,
          stall: stalls.longest(),
          showsStalls,
          isMixed,
          tornLines: filter.tornLines(),
        },
        isAsyncPreemptOff: godebugValue(request.env["GODEBUG"], "asyncpreemptoff") === "1",
      },
    };
  } finally {
    clearInterval(looks);
    ender.stop();
  }
}

const lingerMs = 500;

type Child = ReturnType<typeof start>;

function start({ argv, cwd, env, group, traceMs, processGroup, stdin, stdout }: WatchRequest) {
  const words = group === undefined ? argv : group.wrap(argv);
  const trace = traceMs > 0 ? { GODEBUG: mergeGodebug(env["GODEBUG"], { schedtrace: String(traceMs) }) } : {};
  try {
    return Bun.spawn([...words], {
      cwd,
      env: { ...env, ...trace },
      stdin,
      stdout,
      stderr: traceMs > 0 ? "pipe" : "inherit",
      detached: processGroup === "own",
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw coreErrors.error("core/process-not-started", `${argv[0] ?? "no program"}: ${reason}`, { cause });
  }
}

interface Ender {
  end(reason: "deadline" | "stalled" | "aborted"): void;
  reason(): WatchedRun["ending"];
  stop(): void;
}

function createEnder(child: Child, { deadlineMs, processGroup, signal }: WatchRequest): Ender {
  let reason: WatchedRun["ending"] = "itself";
  const end: Ender["end"] = (why) => {
    if (reason !== "itself" || child.exitCode !== null) return;
    reason = why;
    // A stuck Go program hears SIGTERM only where it has a handler that is never run: nothing milder is certain.
    if (processGroup === "own") killGroup(child.pid);
    else child.kill("SIGKILL");
  };
  const abort = (): void => end("aborted");
  const timer = deadlineMs === undefined ? undefined : setTimeout(() => end("deadline"), deadlineMs);
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted === true) abort();
  return {
    end,
    reason: () => reason,
    stop: () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    },
  };
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    return; // ESRCH: it has just ended
  }
}

async function drain(stream: ReadableStream<Uint8Array> | undefined, take: (bytes: Uint8Array) => void): Promise<void> {
  for await (const bytes of stream ?? []) take(bytes);
}

async function readAll(stream: ReadableStream<Uint8Array> | undefined): Promise<string> {
  const chunks: Uint8Array[] = [];
  let keptBytes = 0;
  await drain(stream, (bytes) => {
    const kept = bytes.subarray(0, stdoutMaxBytes - keptBytes);
    keptBytes += kept.byteLength;
    if (kept.byteLength > 0) chunks.push(kept);
  });
  return Buffer.concat(chunks).toString("utf8");
}
