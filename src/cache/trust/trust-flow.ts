/** Whether a policy keeps the law: nothing of a higher trust reads what a lower one may write. Found out before it is used. */

import type { Condition, Rule } from "../../policy/rule.ts";
import { wildcardsMeet } from "../../policy/wildcard.ts";
import { callerVocabulary } from "./caller.ts";
import { placesOf, templatePatterns } from "./scope-pattern.ts";
import { readTrustLevel, type TrustLevel, trustRank } from "./trust-level.ts";

export interface TrustProblem {
  readonly place: string;
  readonly what: string;
  readonly fix: string;
}

/** The patterns that a rule gives, as wide as they may become. */
interface Reach {
  readonly rule: Rule;
  readonly trust: TrustLevel;
  readonly namespaces: readonly string[];
  readonly writes: readonly string[];
  readonly reads: readonly string[];
}

export function trustProblems(rules: readonly Rule[]): TrustProblem[] {
  const reaches = rules.filter(({ sets }) => sets["refuse"] === undefined).map(reachOf);
  const flows = reaches.flatMap((reader) => reaches.flatMap((writer) => flowProblem(reader, writer) ?? []));
  return [...flows, ...rules.flatMap(ruleProblems)];
}

/** The list of scopes that a rule sets. */
export function scopesOf(rule: Rule, key: "read" | "write"): string[] {
  return JSON.parse(rule.sets[key] ?? "[]") as string[];
}

function reachOf(rule: Rule): Reach {
  const known = (fact: string): readonly string[] => textsRequired(rule.condition, fact);
  const patterns = (templates: readonly string[]): string[] =>
    templates.flatMap((template) => templatePatterns(template, known));
  const writes = patterns(scopesOf(rule, "write"));
  return {
    rule,
    trust: readTrustLevel(rule.sets["trust"]) ?? "untrusted",
    namespaces: patterns([rule.sets["namespace"] ?? ""]),
    writes,
    reads: [...writes, ...patterns(scopesOf(rule, "read"))],
  };
}

/** The patterns of which one must hold for a fact wherever the condition holds; none when it may be anything. */
function textsRequired(condition: Condition, fact: string): readonly string[] {
  if (condition.kind === "fact") return condition.fact === fact ? condition.anyOf.map(String) : [];
  if (condition.kind === "all") {
    return condition.of.map((part) => textsRequired(part, fact)).find((texts) => texts.length > 0) ?? [];
  }
  if (condition.kind === "not") return [];
  const parts = condition.of.map((part) => textsRequired(part, fact));
  return parts.every((texts) => texts.length > 0) ? parts.flat() : [];
}

function flowProblem(reader: Reach, writer: Reach): TrustProblem | undefined {
  if (trustRank(writer.trust) >= trustRank(reader.trust)) return undefined;
  const isSameSpace = reader.namespaces.some((a) => writer.namespaces.some((b) => wildcardsMeet(a, b)));
  if (!isSameSpace) return undefined;
  for (const read of reader.reads) {
    const write = writer.writes.find((pattern) => wildcardsMeet(read, pattern));
    if (write === undefined) continue;
    return {
      place: writer.rule.origin,
      what: `${writer.rule.name} (${writer.trust}) may write ${write}, and ${reader.rule.name} (${reader.trust}) may read ${read}: these can be the same scope`,
      fix: "give the less trusted one scopes of its own, such as pr/{change}, or both the same trust",
    };
  }
  return undefined;
}

function ruleProblems(rule: Rule): TrustProblem[] {
  const problems: TrustProblem[] = [];
  const add = (what: string, fix: string): void => void problems.push({ place: `${rule.origin}`, what, fix });
  const templates = [...scopesOf(rule, "write"), ...scopesOf(rule, "read"), rule.sets["namespace"] ?? ""];
  for (const place of templates.flatMap(placesOf)) {
    const isKnown = Object.hasOwn(callerVocabulary, place) || place.startsWith("claim.");
    if (!isKnown) add(`{${place}} is no fact`, `one of ${Object.keys(callerVocabulary).join(", ")}, or claim.NAME`);
  }
  const mayBeAnonymous = wildcardOrAbsent(textsRequired(rule.condition, "caller"));
  const isIdentified = ["issuer", "token", "repository"].some((fact) => textsRequired(rule.condition, fact).length > 0);
  if (rule.isEnforced) add("enforce means nothing here", "remove it: the first rule that applies decides");
  if (!mayBeAnonymous || isIdentified) return problems;
  if (rule.sets["write"] !== undefined || rule.sets["operate"] !== undefined) {
    add(
      "an anonymous caller would get to write or operate by it",
      "add `caller: oidc`, an issuer, or a token to its `when`",
    );
  }
  return problems;
}

function wildcardOrAbsent(texts: readonly string[]): boolean {
  return texts.length === 0 || texts.some((text) => wildcardsMeet(text, "anonymous"));
}
