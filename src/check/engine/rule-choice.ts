/** Which rules run: those that are on by default, changed by the configuration, or exactly those of `--rule`. */

import { didYouMean } from "../../core/suggestion.ts";
import type { Area, RuleMeta } from "../rule.ts";
import { checkErrors } from "./errors.ts";

export interface RuleWishes {
  /** From `--rule`; when not empty, nothing else counts. */
  readonly exactly: readonly string[];
  readonly enable: readonly string[];
  readonly disable: readonly string[];
}

/** The ids of the rules that run. Throws `check/rule-unknown` for a word that names no rule. */
export function chooseRules(metas: readonly RuleMeta[], wishes: RuleWishes): ReadonlySet<string> {
  if (wishes.exactly.length > 0) return new Set(expand(metas, wishes.exactly));
  const chosen = new Set(metas.filter(({ byDefault }) => byDefault).map(({ id }) => id));
  for (const id of expand(metas, wishes.enable)) chosen.add(id);
  for (const id of expand(metas, wishes.disable)) chosen.delete(id);
  return chosen;
}

/** Ids as they are, and patterns (`go/*`) as what they match. */
function expand(metas: readonly RuleMeta[], words: readonly string[]): string[] {
  const ids = metas.map(({ id }) => id);
  return words.flatMap((word) => {
    const glob = new Bun.Glob(word);
    const found = ids.filter((id) => id === word || glob.match(id));
    if (found.length > 0) return found;
    throw checkErrors.error("check/rule-unknown", `${word}${didYouMean(word, ids)}`);
  });
}

/** The area that a rule belongs to. What `go vet` finds belongs to Go. */
export function areaOf(rule: string): Area | undefined {
  const [word] = rule.split("/");
  switch (word) {
    case "go":
    case "vet":
      return "go";
    case "ci":
    case "docker":
    case "k8s":
      return word;
    default:
      return undefined;
  }
}
