/** The build policy of the settings, over one go command. */

import { evaluate, type Decision } from "../../policy/evaluate.ts";
import { type PolicyProblem, readRules } from "../../policy/read-rules.ts";
import type { Rule } from "../../policy/rule.ts";
import type { CacheMode } from "../settings.ts";
import { applyDecision, type GovernedCommand } from "./apply.ts";
import { commandFacts, commandVocabulary, type GoCommand } from "./command-facts.ts";
import { commandEffects } from "./effects.ts";
import { namedPolicies } from "./named-policies.ts";

export interface BuildPolicy {
  readonly rules: readonly Rule[];
  readonly problems: readonly PolicyProblem[];
}

/** A team's own rules come before those of the policies that it names. */
export function readBuildPolicy(rules: unknown, policies: readonly string[]): BuildPolicy {
  const own = readRules(rules, "build.rules", { vocabulary: commandVocabulary, effects: commandEffects });
  const named = namedPolicies.filter(({ name }) => policies.includes(name)).flatMap((policy) => policy.rules);
  return { rules: [...own.rules, ...named], problems: own.problems };
}

/** Decides and applies. Pure but for what the facts look at; running nothing is the dry run. */
export function govern(
  { rules }: BuildPolicy,
  command: GoCommand,
  explicitMode: CacheMode | undefined,
): { readonly decision: Decision; readonly governed: GovernedCommand } {
  const decision = evaluate(rules, commandFacts(command), commandVocabulary);
  return { decision, governed: applyDecision(decision, command, explicitMode) };
}
