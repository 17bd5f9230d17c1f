/** An access policy from its file. Every mistake is reported with its place; one is enough to refuse the whole. */

import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseDuration } from "../../core/human-units.ts";
import { didYouMean } from "../../core/suggestion.ts";
import { readRules } from "../../policy/read-rules.ts";
import type { AccessPolicy, Issuer } from "./access-policy.ts";
import { accessEffects, accessVocabulary } from "./access-terms.ts";
import { type IssuerPlatform, issuerPlatforms } from "./caller.ts";
import { trustErrors } from "./errors.ts";
import { type Complain, isMapping, type Mapping, readExamples, requireKeys } from "./read-examples.ts";
import { trustProblems } from "./trust-flow.ts";

const fileBytesMax = 1_000_000;
const issuersMax = 20;
/** Those with public keys; nothing that a client could sign with what everybody knows. */
const algorithmsKnown = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];

/** Throws `trust/policy-unreadable`, `trust/policy-invalid`. */
export function loadAccessPolicy(path: string): AccessPolicy {
  return readAccessPolicy(readText(path), path);
}

function readText(path: string): string {
  let sizeBytes: number;
  try {
    sizeBytes = statSync(path).size;
    if (sizeBytes <= fileBytesMax) return readFileSync(path, "utf8");
  } catch (cause) {
    throw trustErrors.error("trust/policy-unreadable", `${path}: ${(cause as Error).message}`, { cause });
  }
  throw trustErrors.error("trust/policy-unreadable", `${path} has ${sizeBytes} bytes, at most ${fileBytesMax}`);
}

/** @param path for messages, and what relative paths in it start from */
export function readAccessPolicy(text: string, path: string): AccessPolicy {
  const data = parse(text, path);
  const problems: string[] = [];
  const complain: Complain = (place, what, fix) => void problems.push(`${place}: ${what}; ${fix}`);
  requireKeys(data, "", ["issuers", "rules", "examples"], complain);
  const issuers = readIssuers(data["issuers"], path, complain);
  const vocabulary = accessVocabulary(data["rules"]);
  const read = readRules(data["rules"], "rules", { vocabulary, effects: accessEffects });
  for (const { name, what, fix } of read.problems) complain(name.replace("ballast.yaml: ", ""), what, fix);
  if (data["rules"] === undefined) complain("rules", "is missing", "without a rule nobody gets in");
  const examples = readExamples(data["examples"], issuers, complain);
  for (const problem of trustProblems(read.rules)) complain(problem.place, problem.what, problem.fix);
  if (problems.length > 0) {
    throw trustErrors.error("trust/policy-invalid", `${path}${problems.map((problem) => `\n  ${problem}`).join("")}`);
  }
  const digest = new Bun.CryptoHasher("sha256").update(text).digest("hex");
  return { issuers, rules: read.rules, vocabulary, examples, digest };
}

function parse(text: string, path: string): Mapping {
  let data: unknown;
  try {
    data = Bun.YAML.parse(text);
  } catch (cause) {
    throw trustErrors.error("trust/policy-unreadable", `${path}: ${(cause as Error).message}`, { cause });
  }
  if (!isMapping(data)) throw trustErrors.error("trust/policy-unreadable", `${path} holds no mapping at its top level`);
  return data;
}

const issuerKeys = ["url", "audience", "platform", "algorithms", "maxLifetime", "clockSkew", "once", "caFile"];

function readIssuers(data: unknown, path: string, complain: Complain): Issuer[] {
  if (data === undefined) return [];
  if (!isMapping(data) || Object.keys(data).length > issuersMax) {
    complain("issuers", "is not a mapping of at most 20 issuers", "write `NAME:` with url and audience below it");
    return [];
  }
  const issuers = Object.entries(data).flatMap(([name, value]) => readIssuer(name, value, path, complain) ?? []);
  for (const [at, { url, name }] of issuers.entries()) {
    const isTwice = issuers.findIndex((other) => other.url === url) !== at;
    if (isTwice) complain(`issuers.${name}.url`, "another issuer has it", "leave one of the two");
  }
  return issuers;
}

function readIssuer(name: string, data: unknown, path: string, complain: Complain): Issuer | undefined {
  const place = `issuers.${name}`;
  if (!/^[\w.-]{1,40}$/.test(name)) complain(place, "is no plain word", "letters, digits, dots and dashes");
  if (!isMapping(data)) {
    complain(place, "is not a mapping", "write url and audience below it");
    return undefined;
  }
  requireKeys(data, place, issuerKeys, complain);
  const { url, audience } = data;
  if (!isIssuerUrl(url)) complain(`${place}.url`, "is no https address", "write it as the tokens' `iss` has it");
  if (typeof audience !== "string" || audience === "") {
    complain(`${place}.audience`, "is missing", "name the audience that tokens for this server have");
  }
  if (typeof url !== "string" || typeof audience !== "string") return undefined;
  const caFile = readWith(data, "caFile", place, (value) => (typeof value === "string" ? value : undefined), complain);
  return {
    name,
    url,
    audience,
    platform: readWith(data, "platform", place, readPlatform, complain) ?? platformOf(url),
    algorithms: readWith(data, "algorithms", place, readAlgorithms, complain) ?? ["RS256", "ES256"],
    lifetimeMaxMs: readWith(data, "maxLifetime", place, readDuration, complain) ?? 3_600_000,
    skewMs: readWith(data, "clockSkew", place, readDuration, complain) ?? 60_000,
    once: readWith(data, "once", place, (value) => (typeof value === "boolean" ? value : undefined), complain) ?? false,
    caFile: caFile === undefined ? undefined : resolve(dirname(path), caFile),
  };
}

/** Plain HTTP is for an issuer on this very machine: whoever can change its answers can sign anything. */
function isIssuerUrl(value: unknown): boolean {
  if (typeof value !== "string" || !URL.canParse(value)) return false;
  const { protocol, hostname, username, search, hash } = new URL(value);
  const isLocal = ["127.0.0.1", "localhost", "[::1]"].includes(hostname);
  return (protocol === "https:" || (protocol === "http:" && isLocal)) && username + search + hash === "";
}

function platformOf(url: string): IssuerPlatform {
  const { hostname } = new URL(URL.canParse(url) ? url : "https://invalid");
  if (hostname === "token.actions.githubusercontent.com") return "github";
  if (hostname === "gitlab.com") return "gitlab";
  return hostname === "agent.buildkite.com" ? "buildkite" : "plain";
}

function readPlatform(value: unknown): IssuerPlatform | undefined {
  return issuerPlatforms.find((platform) => platform === value);
}

function readAlgorithms(value: unknown): string[] | undefined {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.length > 0 && list.every((name) => algorithmsKnown.includes(name as string))
    ? (list as string[])
    : undefined;
}

function readDuration(value: unknown): number | undefined {
  return typeof value === "string" ? parseDuration(value) : undefined;
}

const forms: Readonly<Record<string, string>> = {
  platform: `one of ${issuerPlatforms.join(", ")}`,
  algorithms: `a list of ${algorithmsKnown.join(", ")}`,
  maxLifetime: "a duration such as 1h",
  clockSkew: "a duration such as 60s",
  once: "true or false",
  caFile: "a path",
};

function readWith<Value>(
  data: Mapping,
  key: string,
  place: string,
  read: (value: unknown) => Value | undefined,
  complain: Complain,
): Value | undefined {
  if (data[key] === undefined) return undefined;
  const value = read(data[key]);
  const form = forms[key] ?? "of the right form";
  if (value === undefined) complain(`${place}.${key}`, `is not ${form}`, `write ${form}`);
  return value;
}

/** @public for those who name an issuer by hand */
export function issuerNamed(policy: AccessPolicy, name: string): Issuer {
  const found = policy.issuers.find((issuer) => issuer.name === name);
  if (found !== undefined) return found;
  const names = policy.issuers.map((issuer) => issuer.name);
  throw trustErrors.error("trust/caller-invalid", `the policy has no issuer ${name}${didYouMean(name, names)}`);
}
