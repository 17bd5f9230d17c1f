/** One log line for each answer, where the operator asked for it. Paths without their query; no header that may hold a secret. */

import type { Logger } from "../core/logger.ts";

/** What is known of a request when it is answered. */
export interface Answered {
  readonly request: Request;
  readonly path: string;
  readonly remote: string | undefined;
  readonly response: Response;
  readonly durationMs: number;
}

export type AccessLog = (answered: Answered) => void;

/** Longer texts are cut: they are the client's. */
const textLengthMax = 300;

export function createAccessLog(log: Pick<Logger, "info">): AccessLog {
  return ({ request, path, remote, response, durationMs }) => {
    const { headers } = response;
    log.info("request", {
      method: request.method,
      path: pathWithoutQuery(path).slice(0, textLengthMax),
      status: response.status,
      durationMs: Math.round(durationMs * 100) / 100,
      ...numberField("requestBytes", request.headers.get("content-length")),
      ...numberField("answerBytes", headers.get("content-length")),
      ...textField("remote", remote),
      ...textField("agent", request.headers.get("user-agent")),
      ...textField("scope", request.headers.get("ballast-scope")),
    });
  };
}

function pathWithoutQuery(path: string): string {
  const query = path.indexOf("?");
  return query === -1 ? path : path.slice(0, query);
}

function numberField(name: string, text: string | null): Record<string, number> {
  return text !== null && /^\d{1,15}$/.test(text) ? { [name]: Number(text) } : {};
}

function textField(name: string, text: string | null | undefined): Record<string, string> {
  return text === null || text === undefined ? {} : { [name]: text.slice(0, textLengthMax) };
}
