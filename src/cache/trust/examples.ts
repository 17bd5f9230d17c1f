/** Running the examples of a policy. */

import type { AccessPolicy, Example, ExampleCaller } from "./access-policy.ts";
import { type Caller, type Claims, type ClaimValue } from "./caller.ts";
import { type AccessDecision, decideAccess } from "./decide-access.ts";
import { claimScopes, type Grant } from "./grant.ts";

export interface ExampleResult {
  readonly name: string;
  /** What was not as expected; empty when all was. */
  readonly failures: readonly string[];
  readonly decision: AccessDecision;
}

export function runExamples(policy: AccessPolicy): ExampleResult[] {
  return policy.examples.map((example) => {
    const decision = decideAccess(policy, callerOf(policy, example.caller));
    return { name: example.name, failures: failuresOf(example, decision), decision };
  });
}

/** An example's or a file's caller, as a verified one would be. */
export function callerOf(policy: AccessPolicy, caller: ExampleCaller): Caller {
  if (caller.kind !== "oidc") return caller;
  const platform = policy.issuers.find(({ name }) => name === caller.issuer)?.platform ?? "plain";
  return { kind: "oidc", issuer: caller.issuer, platform, claims: plainClaims(caller.claims) };
}

const claimsMax = 200;
const claimCharsMax = 2000;

/** What rules can use of a token's claims. */
export function plainClaims(payload: Readonly<Record<string, unknown>>): Claims {
  const claims: Record<string, ClaimValue> = {};
  for (const [name, value] of Object.entries(payload).slice(0, claimsMax)) {
    if (typeof value === "string" && value.length <= claimCharsMax) claims[name] = value;
    else if (typeof value === "number" || typeof value === "boolean") claims[name] = value;
    else if (Array.isArray(value) && value.length <= 100 && value.every(isShortText)) claims[name] = value;
  }
  return claims;
}

function isShortText(value: unknown): value is string {
  return typeof value === "string" && value.length <= claimCharsMax;
}

function failuresOf({ expect }: Example, { grant, rule, refusal }: AccessDecision): string[] {
  const failures: string[] = [];
  const said = refusal ?? `rule ${rule ?? ""} grants access`;
  if (expect.rule !== undefined && expect.rule !== rule) {
    failures.push(`expected rule ${expect.rule}, decided by ${rule ?? "no rule"}`);
  }
  if (expect.refused === true && grant !== undefined) failures.push(`expected a refusal: ${said}`);
  if (expect.refused === false && grant === undefined) failures.push(`expected access: ${said}`);
  if (expect.trust !== undefined && expect.trust !== grant?.trust) {
    failures.push(`expected trust ${expect.trust}, got ${grant?.trust ?? "none"}`);
  }
  for (const scope of expect.writes) if (!may(grant, scope, "write")) failures.push(`may not write ${scope}`);
  for (const scope of expect.reads) if (!may(grant, scope, "read")) failures.push(`may not read ${scope}`);
  for (const scope of expect.notWrites) if (may(grant, scope, "write")) failures.push(`may write ${scope}`);
  for (const scope of expect.notReads) if (may(grant, scope, "read")) failures.push(`may read ${scope}`);
  return failures;
}

function may(grant: Grant | undefined, scope: string, act: "read" | "write"): boolean {
  const claimed = grant === undefined ? "" : claimScopes(grant, scope, []);
  if (typeof claimed === "string") return false;
  return act === "write" ? claimed.mayWrite : claimed.reads.length > 0;
}
