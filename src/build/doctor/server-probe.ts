/** A few words with the server: who is there, how long it takes, what this token may do, and what time it is there. */

import { readFileSync } from "node:fs";

import { offeredVersions, protocolVersions, spokenVersions } from "../../cache/protocol/version.ts";
import type { Clock } from "../../core/clock.ts";

/** What came of asking for `/v1/hello`. `said` is for people. */
export type HelloOutcome =
  | { readonly kind: "hello"; readonly protocol: number; readonly version: string; readonly mode: string }
  /** 401 or 403. `isBallast`: a Ballast server says so, not something before it. */
  | { readonly kind: "refused"; readonly status: 401 | 403; readonly isBallast: boolean }
  | { readonly kind: "overloaded" }
  | { readonly kind: "other-version"; readonly said: string }
  | { readonly kind: "stranger"; readonly said: string }
  | { readonly kind: "tls"; readonly said: string }
  | { readonly kind: "unreachable"; readonly said: string }
  | { readonly kind: "silent" };

export interface ServerProbe {
  /** The address without user and password. */
  readonly url: string;
  readonly hello: HelloOutcome;
  /** The first one, with the time to connect. */
  readonly firstMs: number;
  /** Further round trips on the open connection; empty unless the server said hello. */
  readonly roundTripsMs: readonly number[];
  /** How far the server's clock is ahead of this one, at the least and at the most; absent without a Date header. */
  readonly ahead: { readonly minMs: number; readonly maxMs: number } | undefined;
}

export interface ProbeOptions {
  readonly server: string;
  readonly token: string | undefined;
  readonly caFile: string | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const helloDeadlineMs = 3000;
const roundTrips = 7;
/** Enough for a hello or an error; a stranger may answer with anything. */
const answerLimitBytes = 10_000;

/** Asks the server. Throws only when `signal` is aborted. */
export async function probeServer(options: ProbeOptions): Promise<ServerProbe> {
  const first = await timedHello(options);
  const roundTripsMs: number[] = [];
  while (first.hello.kind === "hello" && roundTripsMs.length < roundTrips) {
    const next = await timedHello(options);
    if (next.hello.kind !== "hello") break;
    roundTripsMs.push(next.tookMs);
  }
  return {
    url: withoutUser(options.server),
    hello: first.hello,
    firstMs: first.tookMs,
    roundTripsMs,
    ahead: first.ahead,
  };
}

interface TimedHello {
  readonly hello: HelloOutcome;
  readonly tookMs: number;
  readonly ahead: ServerProbe["ahead"];
}

async function timedHello(options: ProbeOptions): Promise<TimedHello> {
  const { clock, signal } = options;
  const [startedMs, beforeMs] = [clock.monotonicMs(), clock.nowMs()];
  try {
    const ca = options.caFile === undefined ? undefined : readFileSync(options.caFile, "utf8");
    // Bun fails to open any socket at all with such a text.
    if (ca?.includes("-----BEGIN CERTIFICATE-----") === false) {
      return { hello: noCertificate, tookMs: 0, ahead: undefined };
    }
    const response = await fetch(`${options.server.replace(/\/+$/, "")}/v1/hello`, requestOf(options, ca));
    const text = await limitedText(response);
    const tookMs = clock.monotonicMs() - startedMs;
    return { hello: readHello(response.status, text), tookMs, ahead: readDate(response, beforeMs, beforeMs + tookMs) };
  } catch (cause) {
    signal.throwIfAborted();
    return { hello: readFailure(cause), tookMs: clock.monotonicMs() - startedMs, ahead: undefined };
  }
}

const noCertificate: HelloOutcome = { kind: "tls", said: "the file of --ca-file holds no certificate in PEM form" };

function requestOf({ token, signal }: ProbeOptions, ca: string | undefined): BunFetchRequestInit {
  const headers = offeredVersions();
  return {
    headers: token === undefined ? headers : { ...headers, authorization: `Bearer ${token}` },
    // A redirect would hand the token to somebody else.
    redirect: "manual",
    signal: AbortSignal.any([signal, AbortSignal.timeout(helloDeadlineMs)]),
    ...(ca === undefined ? {} : { tls: { ca } }),
  };
}

async function limitedText(response: Response): Promise<string> {
  let bytes = 0;
  const chunks: Uint8Array[] = [];
  const reader = (response.body as ReadableStream<Uint8Array> | null)?.getReader();
  while (reader !== undefined && bytes <= answerLimitBytes) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    bytes += value.length;
  }
  if (bytes > answerLimitBytes) await reader?.cancel();
  return Buffer.concat(chunks).toString("utf8");
}

/** What an answer means; exported for its table of cases. */
export function readHello(status: number, text: string): HelloOutcome {
  const body = parseObject(text);
  const error = body["error"];
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  const isBallast = /^(?:server|protocol)\//.test(code);
  if (status === 401 || status === 403) return { kind: "refused", status, isBallast };
  if (code === "protocol/unsupported-version") return { kind: "other-version", said: "it refuses this version" };
  if (isBallast && status === 503) return { kind: "overloaded" };
  const { protocol, version, mode } = body;
  const isHello =
    status === 200 && typeof protocol === "number" && typeof version === "string" && typeof mode === "string";
  if (!isHello) {
    return { kind: "stranger", said: `it answered ${status}${status === 200 ? " with something else" : ""}` };
  }
  if (!protocolVersions.includes(protocol)) {
    return {
      kind: "other-version",
      said: `it speaks version ${protocol} of the protocol, and this one ${spokenVersions}`,
    };
  }
  return { kind: "hello", protocol, version, mode };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {}; // no JSON: a stranger
  }
}

/** Bun's codes for failed requests, as tried with 1.4.5; those of certificates are OpenSSL's. */
export function readFailure(cause: unknown): HelloOutcome {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (cause instanceof Error && cause.name === "TimeoutError") return { kind: "silent" };
  if (code === "EPROTO") return { kind: "tls", said: "it does not speak TLS on this port" };
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return { kind: "tls", said: "its certificate is for another name" };
  if (/CERT|SIGN|ISSUER|TLS|SSL/.test(code)) {
    return { kind: "tls", said: `its certificate is not accepted (${code})` };
  }
  if (code === "ENOENT" || code === "EACCES") return { kind: "tls", said: "the file of --ca-file cannot be read" };
  if (code === "ENOTFOUND") return { kind: "unreachable", said: "its name is not known" };
  if (code === "ECONNREFUSED") return { kind: "unreachable", said: "nobody listens there, or a firewall refuses" };
  if (code === "ECONNRESET") return { kind: "unreachable", said: "the connection was closed without an answer" };
  return { kind: "unreachable", said: code === "" ? String(cause) : code };
}

/** A Date header is cut to whole seconds, so the server's clock is up to a second later than it says. */
function readDate(response: Response, beforeMs: number, afterMs: number): ServerProbe["ahead"] {
  const dateMs = Date.parse(response.headers.get("date") ?? "");
  return Number.isNaN(dateMs) ? undefined : { minMs: dateMs - afterMs, maxMs: dateMs + 1000 - beforeMs };
}

function withoutUser(server: string): string {
  return server.replace(/^([a-z]+:\/\/)[^/@]*@/i, "$1");
}
