/**
 * Whose request it is, by its `Authorization` header. A token is checked once and then known until it expires, so that a
 * request costs no signature. Where its issuer has removed the key since, the token is known no more.
 */

import type { AccessPolicy, Issuer } from "../../cache/trust/access-policy.ts";
import type { Caller } from "../../cache/trust/caller.ts";
import { type AccessDecision, decideAccess } from "../../cache/trust/decide-access.ts";
import type { Clock } from "../../core/clock.ts";
import { BallastError } from "../../core/errors.ts";
import { bearerOf } from "../credentials.ts";
import { serverErrors } from "../errors.ts";
import type { KnownToken, Tokens } from "../tokens.ts";
import { accessErrors } from "./errors.ts";
import { createEntrantMemory, type EntrantMemory } from "./entrant-memory.ts";
import type { IssuerKeys } from "./issuer-keys.ts";
import type { Session, SessionTokens } from "./session-token.ts";
import { createUsedTokens, type UsedTokens } from "./used-tokens.ts";
import { isSignedToken, type VerifiedToken, verifyToken } from "./verify-token.ts";

/** A caller with what the policy decided of it. */
export interface Entrant {
  /** Tells entrants apart for as long as the process lives. */
  readonly id: number;
  readonly caller: Caller;
  readonly decision: AccessDecision;
  readonly expiresMs: number;
  /** Its token may only be exchanged. */
  readonly isForExchange: boolean;
  readonly issuer: Issuer | undefined;
  readonly keyId: string | undefined;
}

export interface Entrants {
  /** Throws `server/unauthorized`, `server/token-refused`, `server/issuer-unreachable`. */
  find(headers: Headers): Entrant | Promise<Entrant>;
  /** One that was found a moment ago. Throws `server/unauthorized` for one that was not. */
  known(headers: Headers): Entrant;
  /** A session token for one that came with a token of its issuer. Throws `server/token-used`, `server/access-refused`. */
  exchange(headers: Headers): Promise<{ readonly token: string; readonly entrant: Entrant }>;
  /** Another policy is in force from the next request on, also for those who are known. */
  usePolicy(policy: AccessPolicy): void;
}

export interface EntrantOptions {
  readonly policy: AccessPolicy;
  readonly tokens: Tokens | undefined;
  readonly keys: IssuerKeys;
  readonly sessions: SessionTokens;
  readonly sessionMs: number;
  readonly clock: Clock;
}

/** A refused token is refused from memory for so long. */
const refusedMs = 10_000;

interface Entering extends EntrantOptions {
  policy: AccessPolicy;
  readonly memory: EntrantMemory;
  readonly used: UsedTokens;
  lastId: number;
}

export function createEntrants(options: EntrantOptions): Entrants {
  const memory = createEntrantMemory(options.clock, (entrant) => isKeyGone(options.keys, entrant));
  const entering: Entering = { ...options, memory, used: createUsedTokens(), lastId: 0 };
  let anonymous = enter(entering, { kind: "anonymous" });
  return {
    find(headers) {
      const authorization = bearerOf(headers);
      if (authorization === null) return anonymous;
      return memory.recall(authorization) ?? findNew(entering, authorization);
    },
    known(headers) {
      const authorization = bearerOf(headers);
      const entrant = authorization === null ? anonymous : memory.recall(authorization);
      if (entrant === undefined) throw serverErrors.error("server/unauthorized", "the token has just expired");
      return entrant;
    },
    exchange: (headers) => exchange(entering, bearerOf(headers) ?? ""),
    usePolicy(policy) {
      entering.policy = policy;
      anonymous = enter(entering, { kind: "anonymous" });
      memory.reconsider((entrant) => enterAgain(entering, entrant));
    },
  };
}

/** Somebody known under another policy. Where that says something else of the issuer, the token is verified anew. */
function enterAgain(entering: Entering, entrant: Entrant): Entrant | undefined {
  const { caller, expiresMs, isForExchange, issuer, keyId } = entrant;
  const isSame = issuer === undefined || entering.policy.issuers.some((one) => Bun.deepEquals(one, issuer));
  return isSame ? enter(entering, caller, { expiresMs, isForExchange, issuer, keyId }) : undefined;
}

function enter(entering: Entering, caller: Caller, more: Partial<Entrant> = {}): Entrant {
  const decision = decideAccess(entering.policy, caller);
  const common = { expiresMs: Infinity, isForExchange: false, issuer: undefined, keyId: undefined };
  return { id: ++entering.lastId, caller, decision, ...common, ...more };
}

/** Whether the issuer has taken back the key of the token by which somebody entered. */
function isKeyGone(keys: IssuerKeys, { issuer, keyId }: Entrant): boolean {
  if (issuer === undefined || keyId === undefined) return false;
  const set = keys.peek(issuer);
  return set !== undefined && !set.ids.has(keyId);
}

function tokenOf(authorization: string): string {
  return authorization.startsWith("Bearer ") ? authorization.slice(7).trim() : "";
}

function findNew(entering: Entering, authorization: string): Entrant | Promise<Entrant> {
  const { policy, tokens, sessions, memory } = entering;
  const token = tokenOf(authorization);
  const listed: KnownToken | undefined = tokens?.find(authorization);
  const session = listed === undefined ? sessions.read(token, policy) : undefined;
  if (listed !== undefined || session !== undefined) {
    const entrant =
      session === undefined
        ? enter(entering, { kind: "token", ...(listed as KnownToken) })
        : enterBySession(entering, session);
    memory.remember(authorization, entrant, entrant.expiresMs);
    return entrant;
  }
  if (isSignedToken(token)) return enterByIssuer(entering, token, authorization);
  throw serverErrors.error("server/unauthorized", "no valid token in the request");
}

function enterBySession(entering: Entering, { caller, expiresMs, keyId }: Session): Entrant {
  const issuer = entering.policy.issuers.find(({ name }) => name === caller.issuer);
  const entrant = enter(entering, caller, { expiresMs, keyId, issuer });
  const isOver = entering.clock.nowMs() >= expiresMs;
  if (isOver) throw accessErrors.error("server/token-refused", "the session has expired");
  if (!isKeyGone(entering.keys, entrant)) return entrant;
  throw accessErrors.error("server/token-refused", "the issuer has taken back its key");
}

function enterByVerified(entering: Entering, { caller, issuer, keyId, expiresMs }: VerifiedToken): Entrant {
  return enter(entering, caller, { expiresMs, issuer, keyId, isForExchange: issuer.once });
}

async function enterByIssuer(entering: Entering, token: string, authorization: string): Promise<Entrant> {
  const { policy, keys, clock, memory } = entering;
  try {
    const entrant = enterByVerified(entering, await verifyToken(token, policy.issuers, keys, clock));
    memory.remember(authorization, entrant, entrant.expiresMs);
    return entrant;
  } catch (cause) {
    if (!(cause instanceof BallastError)) throw cause;
    memory.remember(authorization, cause, clock.nowMs() + refusedMs);
    throw cause;
  }
}

async function exchange(entering: Entering, authorization: string): ReturnType<Entrants["exchange"]> {
  const { policy, keys, clock, sessions, sessionMs } = entering;
  const token = tokenOf(authorization);
  if (!isSignedToken(token)) throw accessErrors.error("server/token-refused", "it is no token of an issuer");
  const verified = await verifyToken(token, policy.issuers, keys, clock);
  const { decision } = enterByVerified(entering, verified);
  if (decision.grant === undefined) throw accessErrors.error("server/access-refused", decision.refusal ?? "");
  if (verified.issuer.once) useUp(entering, verified);
  const { caller, keyId, issuer } = verified;
  const session = { caller, expiresMs: clock.nowMs() + sessionMs, keyId };
  const entrant = enter(entering, caller, { expiresMs: session.expiresMs, keyId, issuer });
  return { token: sessions.make(session), entrant };
}

function useUp({ used, clock }: Entering, { tokenId, issuer, expiresMs }: VerifiedToken): void {
  if (tokenId === undefined) throw accessErrors.error("server/token-refused", "it has no id of its own (jti)");
  const isFirst = used.use(issuer.name, tokenId, expiresMs, clock.nowMs());
  if (!isFirst) throw accessErrors.error("server/token-used", issuer.name);
}
