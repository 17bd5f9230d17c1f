import { writeSync } from "node:fs";
import { systemClock } from "../../core/clock.ts";
import { exitStatus } from "../../core/errors.ts";
import { createProgress } from "../../core/progress.ts";
import { createStyle } from "../../core/style.ts";
import { observeErrors } from "../../lab/observe/errors.ts";
import probeSource from "../../lab/observe/probe.go.txt" with { type: "text" };
import type { CommandContext } from "../command.ts";
import { defineCommand } from "../command.ts";
import { Interrupted } from "../process-context.ts";

const flags = {
  pid: { type: "number", integer: true, min: 1, max: 4_194_304, valueName: "PID", doc: "Look at a running process." },
  url: {
    type: "string",
    valueName: "URL",
    doc: "Read a program's metrics: Prometheus text or /debug/vars. Blind to throttling.",
  },
  for: { type: "duration", valueName: "TIME", defaultText: "10s", doc: "How long to look, with --pid and --url." },
  interval: {
    type: "duration",
    valueName: "TIME",
    default: 100,
    defaultText: "100ms",
    doc: "Between two lines of Go's scheduler trace, which are taken out of the program's standard error; 0 for no trace.",
  },
  quota: {
    type: "number",
    min: 0.01,
    max: 1024,
    valueName: "CPUS",
    doc: "Run the program under this CPU limit, as root; 0.1 is a Kubernetes limit of 100m.",
  },
  printProbe: {
    type: "boolean",
    doc: "Print the Go package that tells how late goroutines wake up, to be put into a program by hand.",
  },
  json: { type: "boolean", doc: "Print one JSON object; with a program on standard error, as its last line." },
} as const;

/** `ballast observe -- PROGRAM`, `--pid`, `--url` */
export const command = defineCommand({
  path: ["observe"],
  summary: "say whether a Go program is throttled, not preempted, or waits for a processor",
  details:
    "With a program: runs it with this process's own streams, passes signals on, and exits as the program does. GODEBUG is merged with " +
    "yours. What was seen is printed on standard error at its end.\n\n" +
    "With --pid: from outside and for a while; tells throttled, runnable but not running, or unknown. Goroutines that are not preempted can be seen " +
    "only in a program that observe has started. Exit status 1 when there is a fault.\n\n" +
    "With --url: only what the program says of itself, which cannot show throttling.",
  positionals: "[--] PROGRAM ARGS…",
  examples: [
    {
      line: "ballast observe -- ./server -port 8080",
      remark: "Ctrl-C ends the server, and then says what it suffered from.",
    },
    {
      line: "ballast observe --quota 0.1 -- ./pkg.test -test.run Slow",
      remark: "A test as it runs in a container of 100m.",
    },
    { line: "ballast observe --pid 4711 --for 30s", remark: "A program that runs already." },
  ],
  flags,
  passThrough: true,
  ownSignals: true,
  run: async (context, given, argv) => {
    if (given.printProbe === true) {
      context.stdout.write(probeSource);
      return exitStatus.ok;
    }
    const { pid, url } = given;
    const asked = [argv.length > 0, pid !== undefined, url !== undefined].filter(Boolean).length;
    if (asked !== 1) throw observeErrors.error("lab/observe-nothing", `${asked} of PROGRAM, --pid and --url`);
    if (argv.length > 0) return runProgram(context, argv, given.interval, given.quota, given.json === true);
    const show = given.json === true;
    return withInterrupt((signal) =>
      pid === undefined
        ? lookAtUrl(context, url ?? "", given.for ?? usualMs, show, signal)
        : lookAtProcess(context, pid, given.for ?? usualMs, show, signal),
    );
  },
});

const usualMs = 10_000;

async function runProgram(
  { env, cwd, stderr }: CommandContext,
  argv: readonly string[],
  traceMs: number,
  quotaCpus: number | undefined,
  asJson: boolean,
): Promise<number> {
  const { observeProgram } = await import("../../lab/observe/observe-program.ts");
  const { observationText } = await import("../../lab/observe/observation.ts");
  const onStderr = (bytes: Uint8Array): void => writeAll(bytes);
  const { status, observation } = await observeProgram({ argv, cwd, env, traceMs, quotaCpus, onStderr });
  const text = observationText(observation, createStyle(stderr, env));
  stderr.write(asJson ? `${JSON.stringify({ version: 1, status, ...observation })}\n` : text);
  return status;
}

async function lookAtProcess(
  { stdout, stderr, env }: CommandContext,
  pid: number,
  forMs: number,
  asJson: boolean,
  signal: AbortSignal,
): Promise<number> {
  const { observeProcess } = await import("../../lab/observe/observe-process.ts");
  const { observationText } = await import("../../lab/observe/observation.ts");
  const progress = createProgress(stderr, systemClock);
  progress.update(`looking at ${pid}`);
  const observation = await observeProcess(pid, forMs, systemClock, signal).finally(() => progress.finish());
  const text = observationText(observation, createStyle(stdout, env));
  stdout.write(asJson ? `${JSON.stringify({ version: 1, ...observation })}\n` : text);
  return observation.verdict.faults.length > 0 ? exitStatus.findings : exitStatus.ok;
}

async function lookAtUrl(
  { stdout, env }: CommandContext,
  url: string,
  forMs: number,
  asJson: boolean,
  signal: AbortSignal,
): Promise<number> {
  const { metricsText, observeUrl } = await import("../../lab/observe/observe-url.ts");
  const observation = await observeUrl(url, forMs, systemClock, signal);
  stdout.write(
    asJson ? `${JSON.stringify({ version: 1, ...observation })}\n` : metricsText(observation, createStyle(stdout, env)),
  );
  return observation.isFault ? exitStatus.findings : exitStatus.ok;
}

/** The program's own bytes, which need not be text. */
function writeAll(bytes: Uint8Array): void {
  for (let written = 0; written < bytes.byteLength;) {
    try {
      written += writeSync(2, bytes, written);
    } catch (cause) {
      const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
      if (code === "EPIPE") return; // nobody reads it any more; the program itself would have been ended by this
      if (code !== "EAGAIN") throw cause;
      Bun.sleepSync(1);
    }
  }
}

/** The modes that run no program are ended by signals in the usual way. */
async function withInterrupt(look: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const controller = new AbortController();
  const listeners = (["SIGINT", "SIGTERM"] as const).map((name) => {
    const listener = (): void => controller.abort(new Interrupted(name));
    process.once(name, listener);
    return { name, listener };
  });
  try {
    return await look(controller.signal);
  } catch (cause) {
    const reason: unknown = controller.signal.reason;
    if (reason instanceof Interrupted) return reason.status;
    throw cause;
  } finally {
    for (const { name, listener } of listeners) process.off(name, listener);
  }
}
