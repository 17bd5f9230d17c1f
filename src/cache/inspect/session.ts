/** Getting a session for a CI platform's token. */

import { readFileSync } from "node:fs";
import { inspectErrors } from "./errors.ts";
import { hasStringFields } from "./json-shape.ts";
import type { ServerAddress } from "./server-api.ts";

export interface OpenedSession {
  readonly token: string;
  readonly expiresMs: number | undefined;
  /** What the server's policy grants; absent where the server knows no sessions. */
  readonly rule: string | undefined;
  readonly writes: readonly string[];
}

const deadlineMs = 15_000;

/**
 * A token for the length of a job; the platform's own where the server knows no sessions.
 * Throws `inspect/server-unreachable`, `inspect/server-refused`.
 */
export async function openSession({ server, caFile }: ServerAddress, identity: string): Promise<OpenedSession> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${server.replace(/\/+$/, "")}/v1/session`, {
      method: "POST",
      headers: { authorization: `Bearer ${identity}` },
      redirect: "error",
      signal: AbortSignal.timeout(deadlineMs),
      ...(caFile === undefined ? {} : { tls: { ca: readFileSync(caFile, "utf8") } }),
    });
    text = await response.text();
  } catch (cause) {
    throw inspectErrors.error("inspect/server-unreachable", `${server}: ${(cause as Error).message}`, { cause });
  }
  if (response.status === 404) return { token: identity, expiresMs: undefined, rule: undefined, writes: [] };
  const body = parse(text);
  if (response.ok && hasStringFields(body, ["token", "rule"])) return opened(body);
  const error = (body as { error?: unknown } | undefined)?.error;
  const said = hasStringFields(error, ["code", "what", "detail"])
    ? `${error.what} (${error.detail}; ${error.code})`
    : "";
  throw inspectErrors.error("inspect/server-refused", `${server}: ${said || `status ${response.status}`}`);
}

function opened(body: Readonly<Record<"token" | "rule", string>>): OpenedSession {
  const { expiresMs, writes } = body as { expiresMs?: unknown; writes?: unknown };
  return {
    token: body.token,
    expiresMs: typeof expiresMs === "number" ? expiresMs : undefined,
    rule: body.rule,
    writes: Array.isArray(writes) ? writes.map(String) : [],
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a proxy's page, for instance
  }
}
