/** Answers that several handlers give. */

import { spokenVersions, versionsHeader } from "../cache/protocol/version.ts";
import { BallastError } from "../core/errors.ts";
import { serverErrors } from "./errors.ts";

/** For browsers, which know no other scheme and (Chromium) no second one in the header; programs send their token unasked. */
const challenge = 'Basic realm="Ballast", charset="UTF-8"';

const jsonHeaders = { "content-type": "application/json", "cache-control": "no-store" };

export function jsonAnswer(value: unknown, status = 200): Response {
  return new Response(`${JSON.stringify(value)}\n`, { status, headers: jsonHeaders });
}

/** What an error body holds: `{"error": …}`. `what`, `why` and `todo` are for people, `code` for programs. */
export interface ErrorBody {
  readonly code: string;
  readonly what: string;
  readonly why: string;
  readonly todo: string;
  readonly detail: string;
}

/** A failure as an answer. A failure without a code is a bug: its text stays in the log. */
export function errorAnswer(cause: unknown): Response {
  const error =
    cause instanceof BallastError ? cause : serverErrors.error("server/failed", "see the server's log for the cause");
  const { what, why, todo, httpStatus } = error.spec;
  const body: ErrorBody = { code: error.code, what, why, todo, detail: error.message };
  const answer = jsonAnswer({ error: body }, httpStatus ?? 500);
  if (error.code === "server/unauthorized") answer.headers.set("www-authenticate", challenge);
  if (error.code === "protocol/unsupported-version") answer.headers.set(versionsHeader, spokenVersions);
  if (error.code === "server/busy") answer.headers.set("retry-after", "1");
  return answer;
}

/** An ordinary miss; made once, since it is the most frequent failure. */
export function missAnswer(): Response {
  return new Response(missBody, { status: 404, headers: jsonHeaders });
}

const missBody = missText();

function missText(): string {
  const { what, why, todo } = serverErrors.table["server/not-here"];
  return `${JSON.stringify({ error: { code: "server/not-here", what, why, todo, detail: "a miss" } })}\n`;
}
