/** What a rule of an access policy may ask and set. */

import { exactDuration, parseDuration, parseSize } from "../../core/human-units.ts";
import type { Effects, FactSpec, Vocabulary } from "../../policy/rule.ts";
import { callerVocabulary } from "./caller.ts";
import { readTrustLevel, trustLevels } from "./trust-level.ts";

/** Scopes in one list of a rule. */
const scopesMax = 20;
const scopeCharsMax = 200;

export const accessEffects: Effects = {
  write: {
    doc: "Scopes that it may write: names, patterns with `*`, facts in braces. What it may write it may read.",
    form: "a scope such as pr/{change}, or a list of at most 20",
    read: readScopes,
  },
  read: {
    doc: "Scopes that it may read besides.",
    form: "a scope such as main, or a list of at most 20",
    read: readScopes,
  },
  namespace: {
    doc: "Keeps all its scopes apart from those of other namespaces; for instance {repository}.",
    form: "a text without // and *",
    read: (value) => (isScopeText(value) && !value.includes("*") ? value : undefined),
  },
  trust: {
    doc: "How far what it writes is trusted; untrusted when not said.",
    form: `one of ${trustLevels.join(", ")}`,
    read: readTrustLevel,
  },
  operate: {
    doc: "Whether it may look at everything (listings, bodies, metrics, who wrote and used what), or change it too (purge, gc).",
    form: "look or change",
    read: (value) => (value === "look" || value === "change" ? value : undefined),
  },
  refuse: {
    doc: "Ends the search: this caller gets nothing.",
    form: "true",
    read: (value) => (value === true ? "true" : undefined),
  },
  quota: {
    doc: "What may be written or asked in a window of time, for each value of the fact that `per` names.",
    form: "a mapping such as { bytes: 5GiB, entries: 100000, requests: 50000, window: 1d, per: actor }",
    read: readQuota,
  },
};

/** The facts that rules may mention: those of every caller, and `claim.NAME` for whatever name stands in `data`. */
export function accessVocabulary(data: unknown): Vocabulary {
  const claims: Record<string, FactSpec> = {};
  collectClaims(data, claims, 0);
  return { ...callerVocabulary, ...claims };
}

function collectClaims(data: unknown, found: Record<string, FactSpec>, depth: number): void {
  if (typeof data !== "object" || data === null || depth > 12) return;
  for (const [key, value] of Object.entries(data)) {
    if (/^claim\.[\w:./-]{1,100}$/.test(key)) found[key] = { kind: "words", doc: "A claim of the token." };
    collectClaims(value, found, depth + 1);
  }
}

function isScopeText(value: unknown): value is string {
  return (
    typeof value === "string" &&
    value !== "" &&
    value.length <= scopeCharsMax &&
    !value.includes("//") &&
    // oxlint-disable-next-line no-control-regex
    !/[\u0000-\u001f\u007f]/.test(value)
  );
}

/** As a JSON list: what a rule sets is text. */
function readScopes(value: unknown): string | undefined {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.length <= scopesMax && list.every(isScopeText) ? JSON.stringify(list) : undefined;
}

const quotaReaders: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  bytes: (value) => numberText(typeof value === "string" ? parseSize(value) : value),
  entries: numberText,
  requests: numberText,
  window: (value) => {
    const windowMs = typeof value === "string" ? parseDuration(value) : undefined;
    return windowMs === undefined || windowMs < 1000 ? undefined : exactDuration(windowMs);
  },
  per: (value) => (typeof value === "string" && Object.hasOwn(callerVocabulary, value) ? value : undefined),
};

function numberText(value: unknown): string | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? String(value) : undefined;
}

function readQuota(value: unknown): Record<string, string> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const read: Record<string, string> = {};
  for (const [key, part] of Object.entries(value)) {
    const text = Object.hasOwn(quotaReaders, key) ? quotaReaders[key]?.(part) : undefined;
    if (text === undefined) return undefined;
    read[key] = text;
  }
  const isLimit = ["bytes", "entries", "requests"].some((key) => Object.hasOwn(read, key));
  return isLimit ? read : undefined;
}
