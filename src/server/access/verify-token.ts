/** Checking a token of a CI job: signed by an issuer of the policy, for us, now, and by no other algorithm than is pinned. */

import type { JWTVerifyGetKey } from "jose";
import type { Issuer } from "../../cache/trust/access-policy.ts";
import type { Caller } from "../../cache/trust/caller.ts";
import { plainClaims } from "../../cache/trust/examples.ts";
import type { Clock } from "../../core/clock.ts";
import { accessErrors } from "./errors.ts";
import type { IssuerKeys } from "./issuer-keys.ts";

export interface VerifiedToken {
  readonly caller: Extract<Caller, { readonly kind: "oidc" }>;
  readonly issuer: Issuer;
  readonly keyId: string | undefined;
  /** Of the key set that it was checked with. */
  readonly generation: number;
  readonly expiresMs: number;
  readonly tokenId: string | undefined;
}

/** Header and claims of the largest real tokens are below 3 KB. */
const tokenCharsMax = 8192;

/** Whether a bearer token has the shape of one that an issuer signs. */
export function isSignedToken(token: string): boolean {
  return /^ey[\w-]+\.[\w-]+\.[\w-]*$/.test(token);
}

/** Throws `server/token-refused`, `server/issuer-unreachable`. No message holds a part of the token. */
export async function verifyToken(
  token: string,
  issuers: readonly Issuer[],
  keys: IssuerKeys,
  clock: Clock,
): Promise<VerifiedToken> {
  if (token.length > tokenCharsMax) throw refused(`it has ${token.length} characters`);
  const [headText = "", claimText = ""] = token.split(".");
  const head = decodePart(headText);
  const issuer = issuers.find(({ url }) => url === decodePart(claimText)["iss"]);
  if (issuer === undefined) throw refused("its issuer is none of the policy's");
  const algorithm = String(head["alg"]);
  if (!issuer.algorithms.includes(algorithm)) throw refused("it is not signed by an algorithm that the policy takes");
  const keyId = typeof head["kid"] === "string" ? head["kid"] : undefined;
  const known = await keys.get(issuer);
  const set = keyId !== undefined && !known.ids.has(keyId) ? await keys.refetch(issuer) : known;
  const payload = await checkClaims(token, issuer, set.find, clock);
  const [iat, exp] = [payload["iat"] as number, payload["exp"] as number];
  if ((exp - iat) * 1000 > issuer.lifetimeMaxMs) throw refused("it lives longer than the policy takes");
  const { name, platform } = issuer;
  return {
    caller: { kind: "oidc", issuer: name, platform, claims: plainClaims(payload) },
    issuer,
    keyId,
    generation: set.generation,
    expiresMs: exp * 1000 + issuer.skewMs,
    tokenId: typeof payload["jti"] === "string" ? payload["jti"] : undefined,
  };
}

async function checkClaims(
  token: string,
  issuer: Issuer,
  find: JWTVerifyGetKey,
  clock: Clock,
): Promise<Record<string, unknown>> {
  const { jwtVerify } = await import("jose");
  try {
    const { payload } = await jwtVerify(token, find, {
      issuer: issuer.url,
      audience: issuer.audience,
      algorithms: [...issuer.algorithms],
      clockTolerance: issuer.skewMs / 1000,
      maxTokenAge: (issuer.lifetimeMaxMs + issuer.skewMs) / 1000,
      currentDate: new Date(clock.nowMs()),
      requiredClaims: ["iss", "aud", "iat", "exp"],
    });
    return payload;
  } catch (cause) {
    throw refused(reasonOf(cause));
  }
}

const reasons: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: "it has expired",
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: "its signature is wrong",
  ERR_JWKS_NO_MATCHING_KEY: "its key is none of the issuer's",
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: "it names no key, and the issuer has several",
  ERR_JOSE_ALG_NOT_ALLOWED: "its algorithm is not taken",
};

/** What jose says quotes the token's claims at times; its codes do not. */
function reasonOf(cause: unknown): string {
  const { code = "", claim, reason } = cause as { code?: string; claim?: string; reason?: string };
  if (code === "ERR_JWT_CLAIM_VALIDATION_FAILED") {
    const isMissing = reason === "missing";
    return `its claim ${claim ?? ""} is ${isMissing ? "missing" : "not as the policy asks"}`;
  }
  return reasons[code] ?? "it is malformed";
}

function decodePart(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    throw refused("it is malformed"); // SyntaxError: the only failure that JSON.parse has
  }
  throw refused("it is malformed");
}

function refused(detail: string): Error {
  return accessErrors.error("server/token-refused", detail);
}
