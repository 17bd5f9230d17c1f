/** Resolving settings: flags over `BALLAST_*` variables over ballast.yaml over defaults, all problems reported together. */

import { dirname } from "node:path";

import { coreErrors } from "./core-errors.ts";
import type { BallastError } from "./errors.ts";
import { settingFlag, settingPath, settingVariable } from "./setting-spec.ts";
import type { SettingSpec, SettingSpecs, SettingValues } from "./setting-spec.ts";
import { readSettingText, readSettingYaml } from "./setting-value.ts";
import type { ReadValue } from "./setting-value.ts";
import { didYouMean } from "./suggestion.ts";

export { defineSettings, settingFlags } from "./setting-spec.ts";
export type { SettingSpecs, SettingValues } from "./setting-spec.ts";

/** Where a value came from. */
export interface SettingOrigin {
  readonly source: "flag" | "env" | "file" | "default";
  /** The place as a person would look for it: `--server`, `BALLAST_SERVER`, `ballast.yaml: cache.maxSize`, `default`. */
  readonly name: string;
}

/** One thing that is wrong with the settings. */
export interface SettingProblem extends SettingOrigin {
  /** The setting's key; absent for a key of the file that no setting has. */
  readonly key?: string;
  readonly what: string;
  readonly fix: string;
}

/** The parsed ballast.yaml; `path` is the file's own. */
export interface SettingsFile {
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface SettingSources {
  /** Values of flags made by `settingFlags`, by the settings' keys; `undefined` and `[]`: not given. Others are ignored. */
  readonly flags?: Readonly<Record<string, unknown>>;
  /** The environment. An empty variable counts as not set: that is how CI platforms hand over an absent secret. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly file?: SettingsFile | undefined;
  /** What relative paths in flags and variables start from; the process's own directory when absent. */
  readonly cwd?: string;
  /** The places in the file that belong to other rooms, so that they are not reported as unknown. */
  readonly otherPaths?: readonly string[];
}

export interface ResolvedSettings<Specs extends SettingSpecs> {
  /** Where a setting has a problem, the next valid source or the default, so that a caller may warn and go on. */
  readonly values: SettingValues<Specs>;
  readonly origins: { readonly [Key in keyof Specs]: SettingOrigin | undefined };
  readonly problems: readonly SettingProblem[];
}

interface Candidate extends SettingOrigin {
  readonly read: ReadValue;
}

/** Resolves every setting of `specs`. Throws nothing: what is wrong is in `problems`. */
export function resolveSettings<const Specs extends SettingSpecs>(
  specs: Specs,
  sources: SettingSources,
): ResolvedSettings<Specs> {
  const values: Record<string, unknown> = {};
  const origins: Record<string, SettingOrigin | undefined> = {};
  const problems: SettingProblem[] = [];
  for (const [key, spec] of Object.entries(specs)) {
    const candidates = candidatesOf(key, spec, sources);
    for (const { source, name, read } of candidates) {
      if ("what" in read) problems.push({ source, name, key, what: read.what, fix: read.fix });
    }
    const chosen = candidates.find(({ read }) => "value" in read);
    values[key] = chosen !== undefined && "value" in chosen.read ? chosen.read.value : spec.default;
    origins[key] = chosen === undefined ? defaultOrigin(spec) : { source: chosen.source, name: chosen.name };
  }
  if (sources.file !== undefined) problems.push(...unknownKeys(specs, sources.file, sources.otherPaths ?? []));
  return {
    values: values as SettingValues<Specs>,
    origins: origins as ResolvedSettings<Specs>["origins"],
    problems,
  };
}

/** The values, or `core/settings-invalid` with every problem on a line of its own. */
export function requireSettings<Specs extends SettingSpecs>(resolved: ResolvedSettings<Specs>): SettingValues<Specs> {
  if (resolved.problems.length > 0) throw settingsError(resolved.problems);
  return resolved.values;
}

/** One error that lists all problems. */
function settingsError(problems: readonly SettingProblem[]): BallastError {
  return coreErrors.error("core/settings-invalid", problems.map((problem) => `\n  ${problemText(problem)}`).join(""));
}

/** `BALLAST_MODE: "rw" is not one of read-write, read-only; write one of read-write, read-only`. */
export function problemText({ name, what, fix }: SettingProblem): string {
  return `${name}: ${what}; ${fix}`;
}

function defaultOrigin(spec: SettingSpec): SettingOrigin | undefined {
  return spec.default === undefined ? undefined : { source: "default", name: "default" };
}

/** What the sources say about one setting, the strongest first. */
function candidatesOf(key: string, spec: SettingSpec, sources: SettingSources): Candidate[] {
  const directory = sources.cwd ?? ".";
  const candidates: Candidate[] = [];
  const flag = settingFlag(key, spec);
  const typed = sources.flags?.[key];
  if (flag !== undefined && typed !== undefined && !(Array.isArray(typed) && typed.length === 0)) {
    candidates.push({ source: "flag", name: `--${flag}`, read: readFlag(spec, typed, directory) });
  }
  const variable = settingVariable(key, spec);
  const text = sources.env?.[variable];
  if (text !== undefined && text !== "" && spec.type !== "data") {
    candidates.push({ source: "env", name: variable, read: readSettingText(spec, text, directory) });
  }
  const path = settingPath(key, spec);
  const place = path === undefined || sources.file === undefined ? undefined : lookUp(sources.file.values, path);
  if (place !== undefined && sources.file !== undefined) {
    const read = readSettingYaml(spec, place.value, dirname(sources.file.path));
    candidates.push({ source: "file", name: `ballast.yaml: ${path}`, read });
  }
  return candidates;
}

function readFlag(spec: SettingSpec, typed: unknown, directory: string): ReadValue {
  if (typeof typed === "boolean") return { value: typed };
  return readSettingText(spec, Array.isArray(typed) ? typed.join(",") : String(typed), directory);
}

function lookUp(values: unknown, path: string): { readonly value: unknown } | undefined {
  let value: unknown = values;
  for (const word of path.split(".")) {
    if (!isMapping(value) || !Object.hasOwn(value, word)) return undefined;
    value = value[word];
  }
  return { value };
}

function unknownKeys(specs: SettingSpecs, file: SettingsFile, otherPaths: readonly string[]): SettingProblem[] {
  const known = new Set(otherPaths);
  for (const [key, spec] of Object.entries(specs)) {
    const path = settingPath(key, spec);
    if (path !== undefined) known.add(path);
  }
  const problems: SettingProblem[] = [];
  collectUnknown(file.values, "", known, problems);
  return problems.map((problem) => ({ ...problem, ...elsewhere(specs, problem.name) }));
}

/** For a setting that the file may not hold: where it belongs. */
function elsewhere(specs: SettingSpecs, place: string): { what: string; fix: string } | undefined {
  const found = Object.entries(specs).find(([key, spec]) => spec.path === false && /\w+$/.exec(place)?.[0] === key);
  if (found === undefined) return undefined;
  const [flag, variable] = [settingFlag(...found), settingVariable(...found)];
  const fix = `use ${variable}${flag === undefined ? "" : ` or --${flag}`}, and remove the key`;
  return { what: "is not taken from this file", fix };
}

function collectUnknown(
  mapping: Readonly<Record<string, unknown>>,
  prefix: string,
  known: ReadonlySet<string>,
  problems: SettingProblem[],
): void {
  for (const [word, value] of Object.entries(mapping)) {
    const path = `${prefix}${word}`;
    if (known.has(path)) continue;
    const isSection = [...known].some((place) => place.startsWith(`${path}.`));
    if (isSection && isMapping(value)) {
      collectUnknown(value, `${path}.`, known, problems);
      continue;
    }
    const origin = { source: "file", name: `ballast.yaml: ${path}` } as const;
    if (isSection && value === null) continue;
    const section = { what: "is not a mapping", fix: "put its keys below it, indented" };
    problems.push({ ...origin, ...(isSection ? section : unknownKey(word, prefix, known)) });
  }
}

function unknownKey(word: string, prefix: string, known: ReadonlySet<string>): { what: string; fix: string } {
  const siblings = new Set<string>();
  for (const place of known) {
    if (place.startsWith(prefix)) siblings.add(place.slice(prefix.length).split(".")[0] ?? "");
  }
  return { what: `no setting has this name${didYouMean(word, siblings)}`, fix: "correct the name or remove the key" };
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
