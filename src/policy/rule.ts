/** Rules over facts, as data: what a rule is made of. What facts and settings there are is for the room that uses it. */

/** What is known of the thing that is judged. */
export type FactValue = string | number | boolean | readonly string[];

/** Asked once for each fact that a rule mentions; `undefined` where it is not known. */
export type Facts = (name: string) => FactValue | undefined;

export interface FactSpec {
  readonly kind: "switch" | "text" | "number" | "words";
  readonly doc: string;
  /** Whether a text of a rule means this text of a fact; `*` stands for any run of characters when absent. */
  readonly matches?: (pattern: string, text: string) => boolean;
}

/** The facts that rules may mention. */
export type Vocabulary = Readonly<Record<string, FactSpec>>;

/** What a rule may set; `read` gives `undefined` for a value that is none. */
export interface EffectSpec {
  readonly doc: string;
  /** What a right value looks like: `one of shared, off`. */
  readonly form: string;
  /** The value, or for a mapping a value for each of its keys, as text. */
  readonly read: (value: unknown) => string | Readonly<Record<string, string>> | undefined;
}

export type Effects = Readonly<Record<string, EffectSpec>>;

export type Condition =
  | { readonly kind: "all" | "any"; readonly of: readonly Condition[] }
  | { readonly kind: "not"; readonly of: Condition }
  | { readonly kind: "fact"; readonly fact: string; readonly anyOf: readonly (string | number | boolean)[] };

export interface Rule {
  readonly name: string;
  /** For whoever is governed by it. */
  readonly why: string;
  /** Where it is written: `ballast.yaml: build.rules[0]`, `race-preemption`. */
  readonly origin: string;
  readonly condition: Condition;
  /** What it sets, `godebug.asyncpreemptoff` for a key of a mapping. */
  readonly sets: Readonly<Record<string, string>>;
  /** Whether it wins over what was asked for explicitly. */
  readonly isEnforced: boolean;
}

/** Hostile or mistaken policies are refused before they are evaluated. */
export const policyLimits = { rules: 200, conditions: 100, depth: 8, textChars: 500 } as const;
