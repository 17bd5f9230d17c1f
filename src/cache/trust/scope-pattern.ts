/**
 * Scopes as a policy names them: patterns with `*`, and places in braces for facts of the caller, `pr/{change}`.
 * A namespace stands before a scope with `//` between them; no caller can write that itself.
 */

import type { Facts } from "../../policy/rule.ts";
import { limits } from "../protocol/limits.ts";

const namespaceMark = "//";

/** The facts that a template needs. */
export function placesOf(template: string): string[] {
  return [...template.matchAll(/\{([\w.-]+)\}/g)].map((match) => match[1] as string);
}

/**
 * A template with the caller's facts in it; `undefined` where a fact is not known, or holds what would change the
 * pattern's meaning: a `*`, or the mark of a namespace.
 */
export function fillTemplate(template: string, facts: Facts): string | undefined {
  let isWhole = true;
  const filled = template.replace(/\{([\w.-]+)\}/g, (_place, name: string) => {
    const value = facts(name);
    if (typeof value === "string" && isPlain(value)) return value;
    isWhole = false;
    return "";
  });
  return isWhole ? filled : undefined;
}

/** The pattern of everything that a template may become. `known` gives the patterns that a fact is held to. */
export function templatePatterns(template: string, known: (fact: string) => readonly string[]): string[] {
  const [place] = placesOf(template);
  if (place === undefined) return [template];
  const values = known(place);
  const widths = values.length === 0 || values.length > 20 ? ["*"] : values;
  return widths.flatMap((value) =>
    templatePatterns(
      template.replace(`{${place}}`, () => value),
      known,
    ),
  );
}

/** Whether a caller may name such a scope at all, where there is a policy. */
export function isPlain(name: string): boolean {
  return name !== "" && !name.includes("*") && !name.includes(namespaceMark) && !/[{}]/.test(name);
}

/** A scope's name in its namespace; `undefined` when it becomes too long. */
export function qualify(namespace: string, scope: string): string | undefined {
  const name = namespace === "" ? scope : `${namespace}${namespaceMark}${scope}`;
  return Buffer.byteLength(name) <= limits.scopeLength ? name : undefined;
}
