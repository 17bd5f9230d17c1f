/** The one way to run a program: with a deadline for it and all that it started, and a limit on what it may print. */

import { coreErrors } from "./core-errors.ts";
import type { BallastError } from "./errors.ts";

export interface ProcessRequest {
  /** The program and its arguments; no shell is involved. */
  readonly argv: readonly string[];
  readonly cwd?: string;
  /** The whole environment; this process's own when absent. A key with `undefined` is left out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Given to the program's standard input, which is then closed; without it, it is closed at once. */
  readonly stdin?: string | Uint8Array;
  /** After this time the program and all that it started are ended. */
  readonly deadlineMs: number;
  /** What is kept of stdout and of stderr, each. Further output is read and dropped. 16 MB when absent. */
  readonly outputCapBytes?: number;
  /**
   * A file for stdout instead: written anew, `stdout` of the result is empty, and no limit holds. For tens of megabytes, which
   * a pipe brings in thousands of pieces.
   */
  readonly stdoutFile?: string;
  /** Ends the program as the deadline does. */
  readonly signal?: AbortSignal;
  /** How long the processes have between SIGTERM and SIGKILL. 2 s when absent. */
  readonly graceMs?: number;
}

export interface ProcessResult {
  /** `undefined` when a signal ended the program. */
  readonly exitCode: number | undefined;
  /** The signal that ended the program, for instance `SIGKILL`. */
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  /** The request's signal was aborted before the program ended. */
  readonly aborted: boolean;
  /** Something of stdout or stderr was dropped. */
  readonly truncated: boolean;
  readonly durationMs: number;
}

const defaultOutputCapBytes = 16_000_000;
const defaultGraceMs = 2000;
/** How long the output may stay silent after the program's own end before what still holds it is ended too. */
const silentPipeMs = 500;
/** How often to look whether a group is empty. */
const pollMs = 20;

type Ending = "exited" | "deadline" | "aborted";
type Child = Bun.Subprocess<"ignore" | Uint8Array, "pipe" | Bun.BunFile, "pipe">;

/**
 * Runs a program in a process group of its own and waits for its end. A status other than 0, a signal and the deadline
 * are results, not failures; `requireSuccess` makes failures of them. Throws `core/process-not-started`.
 */
export async function runProcess(request: ProcessRequest): Promise<ProcessResult> {
  const startedMs = performance.now();
  if (request.signal?.aborted === true) return neverStarted;
  const child = start(request);
  const graceMs = request.graceMs ?? defaultGraceMs;
  const capBytes = request.outputCapBytes ?? defaultOutputCapBytes;
  const stdoutStream = child.stdout instanceof ReadableStream ? child.stdout : new Blob([]).stream();
  const outputs = [collect(stdoutStream, capBytes), collect(child.stderr, capBytes)] as const;
  const ending = await waitForEnd(child, request);
  if (ending !== "exited") await endGroup(child, graceMs);
  await drain(outputs, child, graceMs);
  const [stdout, stderr] = outputs;
  return {
    exitCode: child.signalCode === null ? (child.exitCode ?? undefined) : undefined,
    signal: child.signalCode === null ? undefined : String(child.signalCode),
    stdout: stdout.text(),
    stderr: stderr.text(),
    timedOut: ending === "deadline",
    aborted: ending === "aborted",
    truncated: stdout.isTruncated() || stderr.isTruncated(),
    durationMs: performance.now() - startedMs,
  };
}

/**
 * The result, if the program ended by itself with status 0; otherwise throws `core/process-failed`
 * with the command, how it ended and the end of what it wrote to stderr.
 */
export function requireSuccess(argv: readonly string[], result: ProcessResult): ProcessResult {
  if (result.exitCode === 0 && !result.timedOut && !result.aborted) return result;
  throw processFailure(argv, result);
}

/** `core/process-failed` for a result that the caller judges to be a failure. */
export function processFailure(argv: readonly string[], result: ProcessResult): BallastError {
  const said = result.stderr.trimEnd().slice(-stderrTailChars);
  const tail = said === "" ? "" : `\n${said}`;
  return coreErrors.error("core/process-failed", `${argv.join(" ")}: ${endingText(result)}${tail}`);
}

const stderrTailChars = 2000;

function endingText(result: ProcessResult): string {
  if (result.timedOut) return `ended at its deadline after ${Math.round(result.durationMs)} ms`;
  if (result.aborted) return "ended because Ballast was told to stop";
  return result.signal === undefined ? `exit status ${result.exitCode}` : `ended by ${result.signal}`;
}

const neverStarted: ProcessResult = {
  exitCode: undefined,
  signal: undefined,
  stdout: "",
  stderr: "",
  timedOut: false,
  aborted: true,
  truncated: false,
  durationMs: 0,
};

function start(request: ProcessRequest): Child {
  const input = typeof request.stdin === "string" ? new TextEncoder().encode(request.stdin) : request.stdin;
  try {
    return Bun.spawn([...request.argv], {
      ...(request.cwd === undefined ? {} : { cwd: request.cwd }),
      ...(request.env === undefined ? {} : { env: { ...request.env } }),
      stdin: input ?? "ignore",
      stdout: request.stdoutFile === undefined ? "pipe" : Bun.file(request.stdoutFile),
      stderr: "pipe",
      // setsid: the program leads a group of its own, so that the whole group can be ended by one signal.
      detached: true,
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw coreErrors.error("core/process-not-started", `${request.argv[0] ?? "no program"}: ${reason}`, { cause });
  }
}

interface Collected {
  readonly ended: Promise<void>;
  text(): string;
  isTruncated(): boolean;
  lastReadMs(): number;
  stop(): void;
}

/** Reads to the end, so that the program never blocks on a full pipe, and keeps the first `capBytes`. */
function collect(stream: ReadableStream<Uint8Array>, capBytes: number): Collected {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let keptBytes = 0;
  let isTruncated = false;
  let lastReadMs = performance.now();
  async function readAll(): Promise<void> {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      lastReadMs = performance.now();
      const kept = value.subarray(0, capBytes - keptBytes);
      isTruncated ||= kept.byteLength < value.byteLength;
      keptBytes += kept.byteLength;
      if (kept.byteLength > 0) chunks.push(kept);
    }
  }
  return {
    ended: readAll(),
    text: () => Buffer.concat(chunks).toString("utf8"),
    isTruncated: () => isTruncated,
    lastReadMs: () => lastReadMs,
    stop: () => void reader.cancel(),
  };
}

function waitForEnd(child: Child, request: ProcessRequest): Promise<Ending> {
  return new Promise((resolve) => {
    const abort = (): void => settle("aborted");
    const timer = setTimeout(() => settle("deadline"), request.deadlineMs);
    function settle(ending: Ending): void {
      clearTimeout(timer);
      request.signal?.removeEventListener("abort", abort);
      resolve(ending);
    }
    request.signal?.addEventListener("abort", abort, { once: true });
    void child.exited.then(() => settle("exited"));
  });
}

/** SIGTERM to the group, SIGKILL to what is left of it after the grace, and the leader's end. */
async function endGroup(child: Child, graceMs: number): Promise<void> {
  signalGroup(child.pid, "SIGTERM");
  const giveUpMs = performance.now() + graceMs;
  while (isGroupAlive(child.pid) && performance.now() < giveUpMs) await Bun.sleep(pollMs);
  signalGroup(child.pid, "SIGKILL");
  await child.exited;
}

/** Waits for the end of the output. What was left in the background and holds the pipes is ended, or let go of. */
async function drain(outputs: readonly Collected[], child: Child, graceMs: number): Promise<void> {
  let isDone = false;
  const ended = Promise.all(outputs.map((output) => output.ended)).then(() => {
    isDone = true;
  });
  let silentSinceMs = performance.now();
  for (;;) {
    await Promise.race([ended, Bun.sleep(pollMs)]);
    if (isDone) return;
    silentSinceMs = Math.max(silentSinceMs, ...outputs.map((output) => output.lastReadMs()));
    if (performance.now() - silentSinceMs < silentPipeMs) continue;
    if (isGroupAlive(child.pid)) await endGroup(child, graceMs);
    // A process that left the group (its own setsid) cannot be found by it; only its hold on our pipes can be ended.
    for (const output of outputs) output.stop();
    await ended;
    return;
  }
}

function isGroupAlive(groupId: number): boolean {
  return signalGroup(groupId, 0);
}

/** Whether there was anything to signal. */
function signalGroup(groupId: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-groupId, signal);
    return true;
  } catch {
    // ESRCH: the group is empty, which is what a signal to it is for. EPERM cannot happen to our own children
    // unless they changed their user, and then there is nothing more that this process could do.
    return false;
  }
}
