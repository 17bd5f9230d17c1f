/** The real outside world for a command. */

import { writeSync } from "node:fs";

import type { CommandContext } from "./command.ts";

/** Thrown by a write to stdout when its reader has gone (`ballast cache ls | head`): an end, not a failure. */
export class OutputClosed extends Error {
  override readonly name = "OutputClosed";
}

/** Why a context's signal was aborted. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  /** The status by which shells say that this signal ended a process. */
  readonly status: number;

  constructor(signal: "SIGINT" | "SIGTERM") {
    super(`stopped by ${signal}`);
    this.status = interruptStatus[signal];
  }
}

const interruptStatus = { SIGINT: 130, SIGTERM: 143 } as const;

/** A context over this process. With `ownSignals` the signal handlers are left to the command. */
export function createProcessContext(ownSignals: boolean): CommandContext {
  return {
    stdout: createOutput(1, () => {
      throw new OutputClosed("stdout was closed by its reader");
    }),
    // Nobody is left to be told that nobody reads stderr.
    stderr: createOutput(2, () => undefined),
    env: process.env,
    cwd: process.cwd(),
    signal: ownSignals ? new AbortController().signal : abortOnInterrupt(),
  };
}

function abortOnInterrupt(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(interruptStatus[name]);
      controller.abort(new Interrupted(name));
    });
  }
  return controller.signal;
}

function createOutput(descriptor: 1 | 2, whenClosed: () => void): CommandContext["stdout"] {
  return {
    write: (text) => {
      if (!writeAll(descriptor, Buffer.from(text))) whenClosed();
    },
    get isTTY() {
      // Importing it takes 2 ms, which no start needs to pay: it brings sockets and streams.
      return process.getBuiltinModule("node:tty").isatty(descriptor);
    },
    get columns() {
      return (descriptor === 1 ? process.stdout.columns : process.stderr.columns) || 80;
    },
  };
}

/**
 * Writes synchronously, so that the process may exit at once after it. `false` when the reader has gone.
 * A pipe that somebody made non-blocking answers EAGAIN while it is full.
 */
function writeAll(descriptor: number, bytes: Uint8Array): boolean {
  let written = 0;
  while (written < bytes.byteLength) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (cause) {
      const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
      if (code === "EPIPE") return false;
      if (code !== "EAGAIN") throw cause;
      Bun.sleepSync(1);
    }
  }
  return true;
}
