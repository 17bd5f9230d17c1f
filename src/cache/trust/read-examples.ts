/** The examples that an access policy carries. */

import { didYouMean } from "../../core/suggestion.ts";
import type { Example, ExampleCaller, Expectation, Issuer } from "./access-policy.ts";

export type Mapping = Readonly<Record<string, unknown>>;

/** Notes a mistake: where, what is wrong, what would be right. */
export type Complain = (place: string, what: string, fix: string) => void;

const examplesMax = 500;
const callerForm = "write { issuer: NAME, claims: { … } }, { token: NAME, access: read } or { anonymous: true }";

export function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Complains of keys that are none. */
export function requireKeys(data: Mapping, place: string, keys: readonly string[], complain: Complain): void {
  for (const key of Object.keys(data)) {
    if (keys.includes(key)) continue;
    const at = place === "" ? key : `${place}.${key}`;
    complain(at, `nothing has this name${didYouMean(key, keys)}`, `one of ${keys.join(", ")}`);
  }
}

export function readExamples(data: unknown, issuers: readonly Issuer[], complain: Complain): Example[] {
  if (data === undefined) return [];
  if (!Array.isArray(data) || data.length > examplesMax) {
    complain("examples", "is not a list", `write at most ${examplesMax} items with name, caller and expect`);
    return [];
  }
  return data.flatMap((item: unknown, at) => readExample(item, `examples[${at}]`, issuers, complain) ?? []);
}

function readExample(
  item: unknown,
  place: string,
  issuers: readonly Issuer[],
  complain: Complain,
): Example | undefined {
  if (!isMapping(item)) {
    complain(place, "is not a mapping", "write name, caller and expect");
    return undefined;
  }
  requireKeys(item, place, ["name", "caller", "expect"], complain);
  const name = item["name"];
  if (typeof name !== "string" || name === "") complain(`${place}.name`, "is missing", "say what it is an example of");
  const caller = readCaller(item["caller"], issuers);
  if (caller === undefined) complain(`${place}.caller`, "does not say who asks, or names no known issuer", callerForm);
  const expect = readExpectation(item["expect"], `${place}.expect`, complain);
  if (caller === undefined || expect === undefined) return undefined;
  return { name: String(name), caller, expect };
}

function readCaller(data: unknown, issuers: readonly Issuer[]): ExampleCaller | undefined {
  if (!isMapping(data)) return undefined;
  const { issuer, claims, token, access = "write", anonymous } = data;
  const keys = Object.keys(data).toSorted().join();
  if (anonymous === true && keys === "anonymous") return { kind: "anonymous" };
  if (typeof token === "string" && (keys === "token" || keys === "access,token")) {
    return access === "read" || access === "write" ? { kind: "token", token, access } : undefined;
  }
  const isKnown = issuers.some(({ name }) => name === issuer);
  if (keys !== "claims,issuer" || !isMapping(claims) || !isKnown) return undefined;
  return { kind: "oidc", issuer: String(issuer), claims };
}

const listKeys = ["writes", "reads", "notWrites", "notReads"] as const;

function readExpectation(data: unknown, place: string, complain: Complain): Expectation | undefined {
  if (!isMapping(data) || Object.keys(data).length === 0) {
    complain(place, "expects nothing", `name at least one of rule, refused, trust, ${listKeys.join(", ")}`);
    return undefined;
  }
  requireKeys(data, place, ["rule", "refused", "trust", ...listKeys], complain);
  const lists = listKeys.map((key) => readList(data[key], `${place}.${key}`, complain));
  const [writes = [], reads = [], notWrites = [], notReads = []] = lists;
  const { rule, refused, trust } = data;
  for (const [key, value] of Object.entries({ rule, trust })) {
    if (value !== undefined && typeof value !== "string") complain(`${place}.${key}`, "is no text", "write a name");
  }
  const isSwitch = refused === undefined || typeof refused === "boolean";
  if (!isSwitch) complain(`${place}.refused`, "is not true or false", "write one");
  return {
    rule: typeof rule === "string" ? rule : undefined,
    refused: typeof refused === "boolean" ? refused : undefined,
    trust: typeof trust === "string" ? trust : undefined,
    writes,
    reads,
    notWrites,
    notReads,
  };
}

function readList(value: unknown, place: string, complain: Complain): string[] {
  if (value === undefined) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.every((item) => typeof item === "string")) return list;
  complain(place, "is no list of scopes", "write scopes such as main");
  return [];
}
