/** The access policy and the caller that `ballast policy` is asked about. */

import { readFileSync } from "node:fs";
import type { AccessPolicy } from "../cache/trust/access-policy.ts";
import type { Caller } from "../cache/trust/caller.ts";
import { trustErrors } from "../cache/trust/errors.ts";
import { callerOf } from "../cache/trust/examples.ts";
import { issuerNamed, loadAccessPolicy } from "../cache/trust/read-access-policy.ts";
import { systemClock } from "../core/clock.ts";
import { BallastError } from "../core/errors.ts";
import { requireSettings, resolveSettings, settingFlags } from "../core/settings.ts";
import { loadSettingsFile } from "../core/settings-file.ts";
import { createIssuerKeys } from "../server/access/issuer-keys.ts";
import { verifyToken } from "../server/access/verify-token.ts";
import { serverSettings } from "../server/settings.ts";
import type { CommandContext } from "./command.ts";
import { settingPaths } from "./generated/setting-paths.ts";

const accessSettings = { access: serverSettings.access };

export const accessFlags = settingFlags(accessSettings);

/** Throws `trust/policy-unreadable`, `trust/policy-invalid`. */
export function requireAccessPolicy(
  { env, cwd }: CommandContext,
  flags: Readonly<Record<string, unknown>>,
): AccessPolicy {
  const file = loadSettingsFile(cwd);
  const resolved = resolveSettings(accessSettings, { env, flags, cwd, file, otherPaths: settingPaths });
  const { access } = requireSettings(resolved);
  if (access === undefined) throw trustErrors.error("trust/policy-unreadable", "no file is named; give --access FILE");
  return loadAccessPolicy(access);
}

export interface AskedCaller {
  readonly caller: Caller;
  /** Whether the token was verified, or why not; absent where there was none. */
  readonly verified: string | undefined;
}

export interface CallerFlags {
  readonly token: string | undefined;
  readonly claims: string | undefined;
  readonly issuer: string | undefined;
}

/** The caller of a token's or of a claims' file. Throws `trust/caller-invalid`. */
export async function readCaller(policy: AccessPolicy, { token, claims, issuer }: CallerFlags): Promise<AskedCaller> {
  if (token === undefined) {
    return { caller: byClaims(policy, parseObject(readText(claims ?? "")), issuer), verified: undefined };
  }
  const text = readText(token).trim();
  const payload = parseObject(Buffer.from(text.split(".")[1] ?? "", "base64url").toString("utf8"));
  const caller = byClaims(policy, payload, issuer);
  try {
    await verifyToken(text, policy.issuers, createIssuerKeys(systemClock), systemClock);
    return { caller, verified: "the token is good: signed by its issuer, for this audience, and not expired" };
  } catch (cause) {
    if (!(cause instanceof BallastError)) throw cause;
    return { caller, verified: `a server would refuse the token: ${cause.message} (${cause.code})` };
  }
}

function byClaims(policy: AccessPolicy, claims: Readonly<Record<string, unknown>>, name: string | undefined): Caller {
  const [only] = policy.issuers;
  const byUrl = policy.issuers.find(({ url }) => url === claims["iss"]);
  const issuer =
    name === undefined ? (byUrl ?? (policy.issuers.length === 1 ? only : undefined)) : issuerNamed(policy, name);
  if (issuer !== undefined) return callerOf(policy, { kind: "oidc", issuer: issuer.name, claims });
  throw trustErrors.error("trust/caller-invalid", "which issuer is meant? Give --issuer NAME");
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw trustErrors.error("trust/caller-invalid", `${path}: ${(cause as Error).message}`, { cause });
  }
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined; // SyntaxError: the only failure that JSON.parse has; its text quotes the token
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw trustErrors.error("trust/caller-invalid", "it holds no JSON object of claims, and no token");
}
