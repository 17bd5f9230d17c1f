/** JSON lines for machines, with secrets taken out here, where no caller can forget it. */

import type { Clock } from "./clock.ts";
import { BallastError } from "./errors.ts";
import { createRedactor } from "./redaction.ts";

export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

export type LogFields = Readonly<Record<string, unknown>>;

/** `message` is always the same text for the same event, so that it can be searched for; what varies goes into `fields`. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to each line. */
  with(fields: LogFields): Logger;
  /** From now on `secret` is replaced wherever it occurs, also for the loggers made by `with`. Shorter than 4 characters: ignored. */
  addSecret(secret: string): void;
}

export interface LoggerOptions {
  /** Gets one line with its line feed. */
  readonly write: (line: string) => void;
  /** Lines below it are dropped. */
  readonly level: LogLevel;
  readonly clock: Pick<Clock, "nowMs">;
}

/** A logger that writes `{"time":…,"level":…,"message":…,…fields}` lines. */
export function createLogger({ write, level, clock }: LoggerOptions): Logger {
  const lowest = logLevels.indexOf(level);
  const redactor = createRedactor();
  function make(bound: LogFields): Logger {
    function log(at: LogLevel, message: string, fields: LogFields = {}): void {
      if (logLevels.indexOf(at) < lowest) return;
      const time = new Date(clock.nowMs()).toISOString();
      const head = { time, level: at, message: redactor.redactText(message) };
      const shown = redactor.redact({ ...bound, ...fields }, errorFields);
      // The head comes first in the line, and again last so that no field can stand in for it.
      write(`${JSON.stringify(Object.assign({ ...head }, shown, head))}\n`);
    }
    return {
      debug: (message, fields) => log("debug", message, fields),
      info: (message, fields) => log("info", message, fields),
      warn: (message, fields) => log("warn", message, fields),
      error: (message, fields) => log("error", message, fields),
      with: (fields) => make({ ...bound, ...fields }),
      addSecret: (secret) => redactor.addSecret(secret),
    };
  }
  return make({});
}

/** A failure of the table says enough with its code; anything else keeps its stack. */
function errorFields(error: Error): Record<string, unknown> {
  const cause = error.cause === undefined ? {} : { cause: error.cause };
  if (error instanceof BallastError) return { code: error.code, message: error.message, ...cause };
  return { name: error.name, message: error.message, stack: error.stack, ...cause };
}

/** A logger that writes nothing. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => silentLogger,
  addSecret: () => undefined,
};
