/**
 * Session tokens: what a job gets for its platform's token, which lives for minutes only. A session token is signed by
 * the node, or by a key that all nodes share, and holds the verified claims; the policy is asked anew on each node.
 */

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import type { AccessPolicy } from "../../cache/trust/access-policy.ts";
import type { Caller } from "../../cache/trust/caller.ts";
import { plainClaims } from "../../cache/trust/examples.ts";
import { accessErrors } from "./errors.ts";

type OidcCaller = Extract<Caller, { readonly kind: "oidc" }>;

export interface Session {
  readonly caller: OidcCaller;
  readonly expiresMs: number;
  readonly keyId: string | undefined;
}

export interface SessionTokens {
  make(session: Session): string;
  /** `undefined` for a token that is no session of ours. Expiry is for the caller to judge. */
  read(token: string, policy: AccessPolicy): Session | undefined;
}

const mark = "ballast-session.";
const keyBytesMin = 32;
const tokenCharsMax = 8192;

/** Throws `server/session-key-invalid`. Without a file the key is this process's own: its end ends all sessions. */
export function readSessionKey(path: string | undefined): Buffer {
  if (path === undefined) return randomBytes(keyBytesMin);
  let key: Buffer;
  try {
    key = Buffer.from(readFileSync(path, "utf8").trim());
  } catch (cause) {
    throw accessErrors.error("server/session-key-invalid", `${path}: ${(cause as Error).message}`, { cause });
  }
  if (key.length >= keyBytesMin) return key;
  throw accessErrors.error("server/session-key-invalid", `${path} has ${key.length} bytes`);
}

export function createSessionTokens(key: Buffer): SessionTokens {
  const sign = (text: string): string => createHmac("sha256", key).update(text).digest("base64url");
  return {
    make({ caller, expiresMs, keyId }) {
      const body = { issuer: caller.issuer, claims: caller.claims, expiresMs, keyId };
      const text = Buffer.from(JSON.stringify(body)).toString("base64url");
      return `${mark}${text}.${sign(text)}`;
    },
    read(token, policy) {
      if (!token.startsWith(mark) || token.length > tokenCharsMax) return undefined;
      const [text = "", signature = ""] = token.slice(mark.length).split(".");
      const [expected, given] = [Buffer.from(sign(text)), Buffer.from(signature)];
      if (expected.length !== given.length || !timingSafeEqual(expected, given)) return undefined;
      return sessionOf(text, policy);
    },
  };
}

/** The text is signed by us, so it has our form; the policy may have changed since. */
function sessionOf(text: string, policy: AccessPolicy): Session | undefined {
  const body = JSON.parse(Buffer.from(text, "base64url").toString("utf8")) as {
    readonly issuer: string;
    readonly claims: Readonly<Record<string, unknown>>;
    readonly expiresMs: number;
    readonly keyId?: string;
  };
  const issuer = policy.issuers.find(({ name }) => name === body.issuer);
  if (issuer === undefined) return undefined;
  const { name, platform } = issuer;
  const caller: OidcCaller = { kind: "oidc", issuer: name, platform, claims: plainClaims(body.claims) };
  return { caller, expiresMs: body.expiresMs, keyId: body.keyId };
}
