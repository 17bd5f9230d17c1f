/** Who gets what: the first rule that applies decides. Pure, and it says why. */

import { evaluate, type RuleTrace } from "../../policy/evaluate.ts";
import type { Condition, Facts, FactValue } from "../../policy/rule.ts";
import type { AccessPolicy } from "./access-policy.ts";
import { type Caller, callerFacts } from "./caller.ts";
import { type Grant, grantOf } from "./grant.ts";

export interface AccessDecision {
  /** Absent when nothing is granted. */
  readonly grant: Grant | undefined;
  /** The rule that decided; absent when none applied. */
  readonly rule: string | undefined;
  /** Why nothing is granted. */
  readonly refusal: string | undefined;
  readonly traces: readonly RuleTrace[];
  readonly facts: Readonly<Record<string, FactValue | undefined>>;
}

/**
 * GitHub events whose token names a ref that the job's own code is from. With others (pull_request_target,
 * workflow_run, issue_comment) the token says main while the job may run what a stranger sent.
 */
const ownCodeEvents: ReadonlySet<FactValue | undefined> = new Set([
  "push",
  "pull_request",
  "merge_group",
  "schedule",
  "workflow_dispatch",
  "release",
]);

export function decideAccess(policy: AccessPolicy, caller: Caller): AccessDecision {
  const facts = callerFacts(caller);
  const decision = evaluate(policy.rules, facts, policy.vocabulary);
  const traces = decision.traces.map((trace) => guardEvent(trace, caller, facts));
  const deciding = traces.find(({ applies }) => applies);
  const seen = { traces, facts: decision.facts };
  if (deciding === undefined) {
    return { grant: undefined, rule: undefined, refusal: "no rule applies to this caller", ...seen };
  }
  const { rule } = deciding;
  if (rule.sets["refuse"] !== undefined) {
    return { grant: undefined, rule: rule.name, refusal: `rule ${rule.name} refuses it`, ...seen };
  }
  const mayWrite = caller.kind === "oidc" || (caller.kind === "token" && caller.access === "write");
  const grant = grantOf(rule, facts, mayWrite);
  if (typeof grant !== "string") return { grant, rule: rule.name, refusal: undefined, ...seen };
  return { grant: undefined, rule: rule.name, refusal: `rule ${rule.name} applies, but ${grant}`, ...seen };
}

function guardEvent(trace: RuleTrace, caller: Caller, facts: Facts): RuleTrace {
  const isGithub = caller.kind === "oidc" && caller.platform === "github";
  if (!trace.applies || !isGithub || trace.rule.sets["write"] === undefined) return trace;
  const event = facts("event");
  if (ownCodeEvents.has(event) || mentions(trace.rule.condition, "event")) return trace;
  const because = `event is ${JSON.stringify(event ?? null)}, whose ref does not say whose code runs: the rule must name it`;
  return { ...trace, applies: false, because };
}

/** Whether the condition asks for the fact, other than to exclude values of it. */
function mentions(condition: Condition, fact: string): boolean {
  if (condition.kind === "fact") return condition.fact === fact;
  if (condition.kind === "not") return false;
  const parts = condition.of.map((part) => mentions(part, fact));
  return condition.kind === "all" ? parts.includes(true) : parts.length > 0 && !parts.includes(false);
}
