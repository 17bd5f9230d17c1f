/** Rules from what ballast.yaml holds; every mistake is reported with its place. */

import { didYouMean } from "../core/suggestion.ts";
import { type Condition, type Effects, type FactSpec, policyLimits, type Rule, type Vocabulary } from "./rule.ts";

/** One mistake; shaped as the settings' own problems are. */
export interface PolicyProblem {
  readonly source: "file";
  /** `ballast.yaml: build.rules[1].when.rce` */
  readonly name: string;
  readonly what: string;
  readonly fix: string;
}

export interface PolicyTerms {
  readonly vocabulary: Vocabulary;
  readonly effects: Effects;
}

export interface ReadRules {
  readonly rules: readonly Rule[];
  readonly problems: readonly PolicyProblem[];
}

type Mapping = Readonly<Record<string, unknown>>;
type Complain = (place: string, what: string, fix: string) => undefined;

const ruleKeys = ["name", "why", "when", "set", "enforce"];

/** @param place where the list stands, `build.rules` */
export function readRules(data: unknown, place: string, terms: PolicyTerms): ReadRules {
  const problems: PolicyProblem[] = [];
  const complain: Complain = (at, what, fix) =>
    void problems.push({ source: "file", name: `ballast.yaml: ${at}`, what, fix });
  if (data === undefined) return { rules: [], problems };
  if (!Array.isArray(data)) {
    complain(place, "is not a list", "write rules as list items, each with `- name:`");
    return { rules: [], problems };
  }
  if (data.length > policyLimits.rules) {
    complain(place, `has ${data.length} rules`, `at most ${policyLimits.rules}`);
    return { rules: [], problems };
  }
  const rules = data.flatMap((item, index) => readRule(item, `${place}[${index}]`, terms, complain) ?? []);
  complainTwice(rules, complain);
  return { rules, problems };
}

function complainTwice(rules: readonly Rule[], complain: Complain): void {
  const names = rules.map(({ name }) => name);
  for (const [index, { name, origin }] of rules.entries()) {
    if (names.indexOf(name) === index) continue;
    complain(`${origin}.name`, `${name} is the name of an earlier rule`, "choose another");
  }
}

function readRule(item: unknown, place: string, terms: PolicyTerms, complain: Complain): Rule | undefined {
  if (!isMapping(item)) return complain(place, "is not a mapping", "write `name:`, `when:` and `set:`");
  for (const key of Object.keys(item)) {
    if (ruleKeys.includes(key)) continue;
    const what = `no part of a rule has this name${didYouMean(key, ruleKeys)}`;
    complain(`${place}.${key}`, what, `one of ${ruleKeys.join(", ")}`);
  }
  const name = readText(item["name"]);
  if (name === undefined || !/^[\w.-]{1,80}$/.test(name)) {
    return complain(
      `${place}.name`,
      "is missing or no plain word",
      "give each rule a name of letters, digits, dots and dashes",
    );
  }
  const enforce = item["enforce"] ?? false;
  if (typeof enforce !== "boolean") complain(`${place}.enforce`, "is not true or false", "write true or false");
  const why = readText(item["why"] ?? "");
  if (why === undefined) complain(`${place}.why`, "is no short text", `at most ${policyLimits.textChars} characters`);
  const budget = { left: policyLimits.conditions };
  const condition = readCondition(item["when"], `${place}.when`, { terms, complain, budget, depth: 0 });
  const sets = readEffects(item["set"], `${place}.set`, terms.effects, complain);
  if (condition === undefined || sets === undefined) return undefined;
  return { name, why: why ?? "", origin: place, condition, sets, isEnforced: enforce === true };
}

interface Reading {
  readonly terms: PolicyTerms;
  readonly complain: Complain;
  readonly budget: { left: number };
  readonly depth: number;
}

/** Nothing means always, a mapping all of its facts, a list any of its mappings. */
function readCondition(data: unknown, place: string, reading: Reading): Condition | undefined {
  const { complain, budget, depth } = reading;
  if (data === undefined) return { kind: "all", of: [] };
  if (depth > policyLimits.depth || --budget.left < 0) {
    return complain(place, "is too deep or has too many conditions", "make several rules of it");
  }
  const deeper = { ...reading, depth: depth + 1 };
  if (Array.isArray(data)) {
    const of = data.map((part, index) => readCondition(part, `${place}[${index}]`, deeper));
    return of.every((part) => part !== undefined) ? { kind: "any", of } : undefined;
  }
  if (!isMapping(data)) return complain(place, "is neither a mapping nor a list", "write `fact: value` lines");
  const of = Object.entries(data).map(([fact, wanted]): Condition | undefined => {
    if (fact !== "not") return readFact(fact, wanted, `${place}.${fact}`, deeper);
    const inner = readCondition(wanted, `${place}.not`, deeper);
    return inner === undefined ? undefined : { kind: "not", of: inner };
  });
  return of.every((part) => part !== undefined) ? { kind: "all", of } : undefined;
}

function readFact(
  fact: string,
  wanted: unknown,
  place: string,
  { terms, complain, budget }: Reading,
): Condition | undefined {
  const spec = Object.hasOwn(terms.vocabulary, fact) ? terms.vocabulary[fact] : undefined;
  if (spec === undefined) {
    const names = Object.keys(terms.vocabulary);
    return complain(place, `there is no such fact${didYouMean(fact, names)}`, `one of ${names.join(", ")}`);
  }
  const anyOf: unknown[] = Array.isArray(wanted) ? wanted : [wanted];
  budget.left -= anyOf.length;
  const isRight = anyOf.length > 0 && budget.left >= 0 && anyOf.every((value) => isOfKind(value, spec.kind));
  const form = kindForm[spec.kind];
  if (!isRight) return complain(place, `${shown(wanted)} is not ${form}`, `write ${form}, or a list of them`);
  return { kind: "fact", fact, anyOf: anyOf as (string | number | boolean)[] };
}

const kindForm = { switch: "true or false", text: "a text", words: "a text", number: "a number" } as const;

function isOfKind(value: unknown, kind: FactSpec["kind"]): boolean {
  if (kind === "switch") return typeof value === "boolean";
  return kind === "number" ? typeof value === "number" : readText(value) !== undefined && value !== "";
}

function readEffects(
  data: unknown,
  place: string,
  effects: Effects,
  complain: Complain,
): Record<string, string> | undefined {
  if (!isMapping(data) || Object.keys(data).length === 0) {
    return complain(place, "sets nothing", `set one of ${Object.keys(effects).join(", ")}`);
  }
  const sets: Record<string, string> = {};
  for (const [key, value] of Object.entries(data)) {
    const spec = Object.hasOwn(effects, key) ? effects[key] : undefined;
    if (spec === undefined) {
      complain(
        `${place}.${key}`,
        `nothing of this name can be set${didYouMean(key, Object.keys(effects))}`,
        `one of ${Object.keys(effects).join(", ")}`,
      );
      continue;
    }
    const read = spec.read(value);
    if (read === undefined) complain(`${place}.${key}`, `${shown(value)} is not ${spec.form}`, `write ${spec.form}`);
    else if (typeof read === "string") sets[key] = read;
    else for (const [inner, text] of Object.entries(read)) sets[`${key}.${inner}`] = text;
  }
  return sets;
}

function readText(value: unknown): string | undefined {
  return typeof value === "string" && value.length <= policyLimits.textChars ? value : undefined;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
