/** What directives do to findings, and the findings that a directive itself is. */

import { didYouMean } from "../../core/suggestion.ts";
import type { Category, Finding } from "../finding.ts";
import type { RuleMeta } from "../rule.ts";
import type { Directive } from "./directives.ts";

/** The rules of the engine itself. They are about directives, cannot be suppressed, and have no folder. */
export const directiveRules = {
  withoutReason: engineRule("check/suppression-without-reason", "a finding is suppressed without a reason"),
  withoutEffect: engineRule("check/suppression-without-effect", "a suppression suppresses nothing"),
  unknownRule: engineRule("check/suppression-of-unknown-rule", "a suppression names no rule"),
} as const;

function engineRule(id: string, title: string): RuleMeta {
  return { id, title, category: "resilience", severity: "warning", since: "0.1.0", byDefault: true };
}

export interface SuppressionInput {
  readonly findings: readonly Finding[];
  readonly directives: readonly Directive[];
  /** Whether a rule ran over a file, so that its silence means something. */
  readonly didRun: (rule: string, path: string) => boolean;
  /** The category of a rule; `undefined`: there is no such rule. */
  readonly categoryOf: (rule: string) => Category | undefined;
  readonly ruleIds: readonly string[];
}

export interface SuppressionResult {
  readonly findings: readonly Finding[];
  readonly suppressed: readonly Finding[];
}

/** Takes out what a directive with a reason is about, and adds what is wrong with the directives. */
export function applySuppressions(input: SuppressionInput): SuppressionResult {
  const { findings, directives, didRun } = input;
  const byPath = Map.groupBy(
    directives.filter(({ reason }) => reason !== ""),
    ({ path }) => path,
  );
  const used = new Map<Directive, Set<string>>();
  const [kept, suppressed]: [Finding[], Finding[]] = [[], []];
  for (const one of findings) {
    const hits = (byPath.get(one.path) ?? []).filter((directive) => isAbout(directive, one));
    for (const hit of hits) used.set(hit, (used.get(hit) ?? new Set()).add(one.rule));
    (hits.length === 0 ? kept : suppressed).push(one);
  }
  const own = directives.flatMap((directive) => {
    const isIdle = (rule: string): boolean =>
      directive.reason !== "" && didRun(rule, directive.path) && used.get(directive)?.has(rule) !== true;
    return judge(directive, isIdle, input);
  });
  return { findings: [...kept, ...own], suppressed };
}

function isAbout({ rules, fromLine, toLine }: Directive, { rule, line }: Finding): boolean {
  return rules.includes(rule) && line >= fromLine && line <= toLine;
}

function judge(directive: Directive, isIdle: (rule: string) => boolean, input: SuppressionInput): Finding[] {
  const { rules, reason } = directive;
  const { categoryOf, ruleIds } = input;
  if (rules.length === 0) {
    return [finding(directive, directiveRules.unknownRule, undefined, "names no rule: write RULE and then the reason")];
  }
  const found: Finding[] = [];
  const [first = ""] = rules;
  if (reason === "") {
    const message = `${rules.join(", ")} is not suppressed: say why after the rule's id`;
    found.push(finding(directive, directiveRules.withoutReason, categoryOf(first), message));
  }
  for (const rule of rules) {
    const category = categoryOf(rule);
    if (category === undefined) {
      const message = `there is no rule ${rule}${didYouMean(rule, ruleIds)}`;
      found.push(finding(directive, directiveRules.unknownRule, undefined, message));
    } else if (isIdle(rule)) {
      const message = `${rule} finds nothing here: remove the comment`;
      found.push(finding(directive, directiveRules.withoutEffect, category, message));
    }
  }
  return found;
}

const reasons = {
  [directiveRules.withoutReason.id]: "Whoever reads the code next cannot tell whether the reason still holds.",
  [directiveRules.withoutEffect.id]: "It would hide the next fault that comes to this line.",
  [directiveRules.unknownRule.id]: "A comment that looks as if it suppressed something does nothing.",
} as const;

function finding({ path, range }: Directive, meta: RuleMeta, category: Category | undefined, message: string): Finding {
  return {
    rule: meta.id,
    category: category ?? meta.category,
    path,
    ...range,
    severity: meta.severity,
    confidence: "high",
    message,
    why: reasons[meta.id] ?? "",
    related: [],
  };
}
