/** A failure as people and as programs read it. */

import { BallastError } from "../core/errors.ts";
import { cliErrors } from "./errors.ts";

export interface Failure {
  readonly code: string;
  readonly exit: number;
  readonly what: string;
  readonly detail: string;
  readonly why: string;
  readonly todo: string;
  /** Only of an exception that is not of the table: a bug. */
  readonly stack?: string;
}

/** Whatever was thrown, in the table's terms; what is not of the table is `cli/bug` with its stack. */
export function describeFailure(cause: unknown): Failure {
  if (cause instanceof BallastError) {
    const { exit, what, why, todo } = cause.spec;
    return { code: cause.code, exit, what, detail: cause.message, why, todo };
  }
  const detail = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  const { exit, what, why, todo } = cliErrors.table["cli/bug"];
  return { code: "cli/bug", exit, what, detail, why, todo, stack: stackOf(cause) };
}

function stackOf(cause: unknown): string {
  if (!(cause instanceof Error)) return Bun.inspect(cause);
  const own = cause.stack ?? cause.message;
  return cause.cause === undefined ? own : `${own}\ncaused by ${stackOf(cause.cause)}`;
}

/** Lines for a person: what happened, why, what to do. */
export function failureText(failure: Failure): string {
  const stack = failure.stack === undefined ? "" : `${failure.stack.trimEnd()}\n`;
  return [
    `${stack}ballast: ${startedLow(failure.what)}: ${failure.detail}`,
    `  why: ${failure.why}`,
    `  fix: ${failure.todo}`,
    `  code: ${failure.code}`,
    "",
  ].join("\n");
}

/** The sentence goes on after a colon; names such as `TLS` keep their letters. */
function startedLow(sentence: string): string {
  return /^[A-Z](?:[a-z]| )/.test(sentence) ? sentence.slice(0, 1).toLowerCase() + sentence.slice(1) : sentence;
}

/** One JSON line: `{"error":{"code":…,"exit":…,"what":…,"detail":…,"why":…,"todo":…}}`. */
export function failureJson(failure: Failure): string {
  return `${JSON.stringify({ error: failure })}\n`;
}
