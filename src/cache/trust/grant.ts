/** What a caller may do, once its rule is found; and which of the scopes that a request claims it gets. */

import { parseDuration } from "../../core/human-units.ts";
import type { Facts, Rule } from "../../policy/rule.ts";
import { matchesWildcard } from "../../policy/wildcard.ts";
import { fillTemplate, isPlain, qualify } from "./scope-pattern.ts";
import { scopesOf } from "./trust-flow.ts";
import { readTrustLevel, type TrustLevel } from "./trust-level.ts";

export interface Quota {
  /** What is counted together. */
  readonly key: string;
  readonly windowMs: number;
  readonly bytesMax: number;
  readonly entriesMax: number;
  readonly requestsMax: number;
}

export interface Grant {
  readonly rule: string;
  readonly trust: TrustLevel;
  /** Empty: none. */
  readonly namespace: string;
  /** Patterns without their namespace. */
  readonly writes: readonly string[];
  /** The same; what may be written may be read and is among them. */
  readonly reads: readonly string[];
  readonly operates: "nothing" | "look" | "change";
  readonly quota: Quota | undefined;
}

/** The grant of a rule; a text where a fact that it needs is not known. */
export function grantOf(rule: Rule, facts: Facts, mayWrite: boolean): Grant | string {
  const namespace = fillTemplate(rule.sets["namespace"] ?? "", facts);
  if (namespace === undefined) return `its namespace ${rule.sets["namespace"] ?? ""} has no value for this caller`;
  const writes = mayWrite ? fillAll(scopesOf(rule, "write"), facts) : [];
  const reads = fillAll([...scopesOf(rule, "write"), ...scopesOf(rule, "read")], facts);
  if (typeof writes === "string") return writes;
  if (typeof reads === "string") return reads;
  return {
    rule: rule.name,
    trust: readTrustLevel(rule.sets["trust"]) ?? "untrusted",
    namespace,
    writes,
    reads,
    operates: rule.sets["operate"] === "look" || rule.sets["operate"] === "change" ? rule.sets["operate"] : "nothing",
    quota: quotaOf(rule, facts),
  };
}

function fillAll(templates: readonly string[], facts: Facts): string[] | string {
  const filled: string[] = [];
  for (const template of templates) {
    const scope = fillTemplate(template, facts);
    if (scope === undefined) return `its scope ${template} has no value for this caller`;
    filled.push(scope);
  }
  return filled;
}

function quotaOf({ name, sets }: Rule, facts: Facts): Quota | undefined {
  const limit = (key: string): number => (sets[key] === undefined ? Infinity : Number(sets[key]));
  const per = sets["quota.per"] ?? "actor";
  const [bytesMax, entriesMax, requestsMax] = [limit("quota.bytes"), limit("quota.entries"), limit("quota.requests")];
  if (bytesMax === Infinity && entriesMax === Infinity && requestsMax === Infinity) return undefined;
  const value = facts(per) ?? facts("subject") ?? facts("token") ?? facts("caller") ?? "";
  const key = `${name} ${per} ${typeof value === "object" ? value.join() : String(value)}`;
  return {
    key,
    windowMs: parseDuration(sets["quota.window"] ?? "1d") ?? 86_400_000,
    bytesMax,
    entriesMax,
    requestsMax,
  };
}

/** The scopes of one request, in their namespace. */
export interface ScopeAccess {
  /** What is written, if anything may be. */
  readonly scope: string;
  readonly mayWrite: boolean;
  /** What is read, most trusted first. */
  readonly reads: readonly string[];
}

/**
 * What of its claim a request gets; a text for a claim that reaches outside. A caller that may write nothing at all may
 * claim any scope as its own (a fork's job knows no better): it simply reads nothing there.
 */
export function claimScopes(grant: Grant, scope: string, ancestors: readonly string[]): ScopeAccess | string {
  for (const name of [scope, ...ancestors]) if (!isPlain(name)) return `no scope may be called ${JSON.stringify(name)}`;
  const outside = ancestors.find((name) => name !== scope && !mayRead(grant, name));
  if (outside !== undefined) return `reading ${outside} is not granted by rule ${grant.rule}`;
  const mayWrite = grant.writes.some((pattern) => matchesWildcard(pattern, scope));
  const readsOwn = mayRead(grant, scope);
  const isOutside = !mayWrite && !readsOwn && grant.writes.length > 0;
  if (isOutside) return `the scope ${scope} is not granted by rule ${grant.rule}`;
  const names = [...ancestors.filter((name) => name !== scope), ...(readsOwn ? [scope] : [])];
  const [own, ...reads] = [scope, ...names].map((name) => qualify(grant.namespace, name));
  if (own === undefined || reads.includes(undefined)) return "a scope's name is too long with its namespace";
  return { scope: own, mayWrite, reads: reads as string[] };
}

function mayRead({ reads }: Grant, scope: string): boolean {
  return reads.some((pattern) => matchesWildcard(pattern, scope));
}

/** Whether the grant covers a scope as the store knows it, with its namespace. */
export function readsStored(grant: Grant, stored: string): boolean {
  if (grant.namespace === "") return isPlain(stored) && mayRead(grant, stored);
  const head = `${grant.namespace}//`;
  return stored.startsWith(head) && mayRead(grant, stored.slice(head.length));
}
