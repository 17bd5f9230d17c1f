/**
 * Evaluating rules: pure, and it says why. Among the rules that apply, the first one that sets something decides it;
 * enforced rules come before the others.
 */

import type { Condition, Facts, FactValue, Rule, Vocabulary } from "./rule.ts";
import { matchesWildcard } from "./wildcard.ts";

/** Why a rule applies or does not. */
export interface RuleTrace {
  readonly rule: Rule;
  readonly applies: boolean;
  /** `race is true`, or the condition that does not hold: `branch is "main", not "release/*"`. */
  readonly because: string;
}

export interface DecidedSetting {
  readonly key: string;
  readonly value: string;
  readonly rule: Rule;
  /** Rules that would have set it to something else. */
  readonly others: readonly Rule[];
}

export interface Decision {
  readonly traces: readonly RuleTrace[];
  /** In the order of their keys. */
  readonly settings: readonly DecidedSetting[];
  /** What was looked at, for whoever wants to decide it again. */
  readonly facts: Readonly<Record<string, FactValue | undefined>>;
}

/** Judges `rules` over `facts`. The same input gives the same decision. */
export function evaluate(rules: readonly Rule[], facts: Facts, vocabulary: Vocabulary): Decision {
  const seen: Record<string, FactValue | undefined> = {};
  const look: Facts = (name) => (Object.hasOwn(seen, name) ? seen[name] : (seen[name] = facts(name)));
  const traces = rules.map((rule): RuleTrace => {
    const { holds, because } = judge(rule.condition, look, vocabulary);
    return { rule, applies: holds, because };
  });
  const applying = traces.filter(({ applies }) => applies).map(({ rule }) => rule);
  const ordered = [...applying.filter((rule) => rule.isEnforced), ...applying.filter((rule) => !rule.isEnforced)];
  const keys = [...new Set(ordered.flatMap(({ sets }) => Object.keys(sets)))].toSorted();
  return { traces, settings: keys.map((key) => decide(key, ordered)), facts: seen };
}

function decide(key: string, ordered: readonly Rule[]): DecidedSetting {
  const [rule, ...rest] = ordered.filter(({ sets }) => Object.hasOwn(sets, key)) as [Rule, ...Rule[]];
  const value = rule.sets[key] ?? "";
  return { key, value, rule, others: rest.filter(({ sets }) => sets[key] !== value) };
}

interface Judgement {
  readonly holds: boolean;
  readonly because: string;
}

function judge(condition: Condition, facts: Facts, vocabulary: Vocabulary): Judgement {
  switch (condition.kind) {
    case "fact":
      return judgeFact(condition, facts, vocabulary);
    case "not": {
      const inner = judge(condition.of, facts, vocabulary);
      return { holds: !inner.holds, because: inner.because };
    }
    case "all": {
      const parts = condition.of.map((part) => judge(part, facts, vocabulary));
      const failed = parts.find(({ holds }) => !holds);
      return failed ?? { holds: true, because: joined(parts, "always") };
    }
    case "any": {
      const parts = condition.of.map((part) => judge(part, facts, vocabulary));
      return parts.find(({ holds }) => holds) ?? { holds: false, because: joined(parts, "never") };
    }
  }
}

function joined(parts: readonly Judgement[], whenEmpty: string): string {
  return parts.length === 0 ? whenEmpty : parts.map(({ because }) => because).join(", ");
}

function judgeFact(
  { fact, anyOf }: Extract<Condition, { readonly kind: "fact" }>,
  facts: Facts,
  vocabulary: Vocabulary,
): Judgement {
  const value = facts(fact);
  const matches = vocabulary[fact]?.matches ?? matchesWildcard;
  const values = Array.isArray(value) ? (value as readonly string[]) : [value as string | number | boolean | undefined];
  const holds = values.some((one) => anyOf.some((wanted) => isSame(wanted, one, matches)));
  const is = `${fact} is ${value === undefined ? "not known" : JSON.stringify(value)}`;
  return { holds, because: holds ? is : `${is}, not ${anyOf.map((wanted) => JSON.stringify(wanted)).join(" or ")}` };
}

function isSame(
  wanted: string | number | boolean,
  value: string | number | boolean | undefined,
  matches: (pattern: string, text: string) => boolean,
): boolean {
  return typeof wanted === "string" && typeof value === "string" ? matches(wanted, value) : wanted === value;
}
