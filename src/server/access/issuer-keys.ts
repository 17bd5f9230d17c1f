/**
 * The public keys of issuers: found by discovery, fetched when they are first needed, and fetched again when they have
 * become old or a token names a key that is not among them. A key that the issuer has removed is gone with the next fetch.
 */

import { readFileSync } from "node:fs";
import type { JSONWebKeySet, JWTVerifyGetKey } from "jose";
import type { Issuer } from "../../cache/trust/access-policy.ts";
import type { Clock } from "../../core/clock.ts";
import { accessErrors } from "./errors.ts";

export interface KeySet {
  /** Raised with each fetch that changed something. */
  readonly generation: number;
  readonly ids: ReadonlySet<string>;
  readonly find: JWTVerifyGetKey;
}

export interface IssuerKeys {
  /** The keys, fetched if need be. Throws `server/issuer-unreachable`. */
  get(issuer: Issuer): Promise<KeySet>;
  /** The keys after a fetch for the sake of an unknown key; those that are known where one was made just before. */
  refetch(issuer: Issuer): Promise<KeySet>;
  /** What is known now; has old keys fetched behind the caller's back. */
  peek(issuer: Issuer): KeySet | undefined;
}

/** Keys are looked at again after so long: how long a removed one lives at most. */
const freshMs = 10 * 60_000;
/** When the issuer cannot be reached, its last keys are good for so long. */
const staleMaxMs = 60 * 60_000;
/** Tokens with made-up key ids make us ask this often at most. */
const refetchEveryMs = 30_000;
const fetchLimitMs = 5000;
const answerBytesMax = 256 * 1024;
const keysMax = 100;

interface Held {
  keys: KeySet | undefined;
  json: string;
  fetchedMs: number;
  triedMs: number;
  /** When a token with an unknown key made us ask. */
  askedMs: number;
  running: Promise<KeySet> | undefined;
}

export function createIssuerKeys(clock: Clock): IssuerKeys {
  const held = new Map<string, Held>();

  function of(issuer: Issuer): Held {
    const known = held.get(issuer.url);
    if (known !== undefined) return known;
    const fresh = {
      keys: undefined,
      json: "",
      fetchedMs: -Infinity,
      triedMs: -Infinity,
      askedMs: -Infinity,
      running: undefined,
    };
    held.set(issuer.url, fresh);
    return fresh;
  }

  /** One fetch at a time for each issuer. */
  function fetchOnce(issuer: Issuer, one: Held): Promise<KeySet> {
    one.triedMs = clock.monotonicMs();
    one.running ??= fetchKeys(issuer, one, clock).finally(() => {
      one.running = undefined;
    });
    return one.running;
  }

  function orStale(one: Held, cause: unknown): KeySet {
    if (one.keys !== undefined && clock.monotonicMs() - one.fetchedMs < staleMaxMs) return one.keys;
    throw cause;
  }

  async function get(issuer: Issuer): Promise<KeySet> {
    const one = of(issuer);
    const nowMs = clock.monotonicMs();
    if (one.keys !== undefined && nowMs - one.fetchedMs < freshMs) return one.keys;
    // An issuer that does not answer is asked now and then, not for each token.
    if (one.keys !== undefined && nowMs - one.triedMs < refetchEveryMs && one.running === undefined) {
      return orStale(one, accessErrors.error("server/issuer-unreachable", issuer.name));
    }
    return fetchOnce(issuer, one).catch((cause: unknown) => orStale(one, cause));
  }

  return {
    get,
    async refetch(issuer) {
      const one = of(issuer);
      const isRecent = clock.monotonicMs() - one.askedMs < refetchEveryMs;
      if (one.running === undefined && isRecent && one.keys !== undefined) return one.keys;
      one.askedMs = clock.monotonicMs();
      return fetchOnce(issuer, one).catch((cause: unknown) => orStale(one, cause));
    },
    peek(issuer) {
      const one = of(issuer);
      const nowMs = clock.monotonicMs();
      const isDue = nowMs - one.fetchedMs >= freshMs && nowMs - one.triedMs >= refetchEveryMs;
      // A failure means that the known keys stay, until they are too old.
      if (isDue) void fetchOnce(issuer, one).catch(() => undefined);
      return nowMs - one.fetchedMs < freshMs + staleMaxMs ? one.keys : undefined;
    },
  };
}

async function fetchKeys(issuer: Issuer, one: Held, clock: Clock): Promise<KeySet> {
  try {
    const found = await fetchJson(issuer, `${issuer.url.replace(/\/$/, "")}/.well-known/openid-configuration`);
    const { issuer: named, jwks_uri: address } = found as { issuer?: unknown; jwks_uri?: unknown };
    if (named !== issuer.url) throw new Error("its discovery document is of another issuer");
    if (typeof address !== "string" || !isSafe(address, issuer.url)) throw new Error("its keys are at no safe address");
    const set = (await fetchJson(issuer, address)) as { keys?: unknown };
    if (!Array.isArray(set.keys) || set.keys.length > keysMax) throw new Error("its keys are no key set");
    return await keep(one, set as JSONWebKeySet, clock);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw accessErrors.error("server/issuer-unreachable", `the keys of ${issuer.name}: ${said}`, { cause });
  }
}

async function keep(one: Held, set: JSONWebKeySet, clock: Clock): Promise<KeySet> {
  const json = JSON.stringify(set);
  one.fetchedMs = clock.monotonicMs();
  if (one.keys !== undefined && one.json === json) return one.keys;
  const { createLocalJWKSet } = await import("jose");
  const ids = new Set(set.keys.flatMap(({ kid }) => kid ?? []));
  one.keys = { generation: (one.keys?.generation ?? 0) + 1, ids, find: createLocalJWKSet(set) };
  one.json = json;
  return one.keys;
}

/** Keys over plain HTTP only where the issuer itself is on this machine. */
function isSafe(address: string, issuerUrl: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  const issuer = new URL(issuerUrl);
  return protocol === "https:" || (issuer.protocol === "http:" && hostname === issuer.hostname);
}

async function fetchJson({ caFile }: Issuer, address: string): Promise<unknown> {
  const response = await fetch(address, {
    redirect: "error",
    signal: AbortSignal.timeout(fetchLimitMs),
    headers: { accept: "application/json" },
    ...(caFile === undefined ? {} : { tls: { ca: readFileSync(caFile, "utf8") } }),
  });
  if (!response.ok || response.body === null) throw new Error(`${address} answered ${response.status}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > answerBytesMax) throw new Error(`${address} answered with more than ${answerBytesMax} bytes`);
    chunks.push(chunk);
  }
  const value: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  if (typeof value !== "object" || value === null) throw new Error(`${address} answered with no JSON object`);
  return value;
}
