/** Settings as data: each room declares its own part, and everything else (flags, schema, reference) is made from it. */

import { kebabCase } from "./flags.ts";
import type { BooleanFlag, ChoiceFlag, FlagSpec, NumberRange, StringFlag } from "./flags.ts";
import { exactDuration, exactSize } from "./human-units.ts";

interface SettingBase {
  /** What it does, in whole sentences, for the reference and for `--help`. */
  readonly doc: string;
  /** The value never appears in a message, a log or a listing. */
  readonly secret?: true;
  /** The environment variable; `BALLAST_` and the key in upper snake case when absent. */
  readonly env?: string;
  /** The flag's name without dashes; the key in kebab case when absent; `false`: no flag. */
  readonly flag?: string | false;
  /** The place in ballast.yaml, dots between levels; the key itself when absent; `false`: not in the file. */
  readonly path?: string | false;
}

interface SettingOf<Type extends string, Value> extends SettingBase {
  readonly type: Type;
  readonly default?: Value;
}

export interface NumberSetting extends SettingOf<"number", number>, NumberRange {}

export interface ChoiceSetting extends SettingOf<"choice", string> {
  readonly choices: readonly string[];
}

/** Words; with commas between them in flags and variables, a sequence in the file. */
export interface ListSetting extends SettingOf<"list", readonly string[]> {
  readonly choices?: readonly string[];
}

/** An absolute address; `http:` and `https:` unless `protocols` says otherwise (`["postgres:"]`). */
export interface UrlSetting extends SettingOf<"url", string> {
  readonly protocols?: readonly string[];
}

/** Rules and the like: whatever YAML can hold. It stands in the file only, and the room that declares it reads it. */
export interface DataSetting extends SettingOf<"data", never> {
  readonly flag: false;
  /** Its JSON Schema. */
  readonly schema: Readonly<Record<string, unknown>>;
}

export type SettingSpec =
  | SettingOf<"string", string>
  | SettingOf<"boolean", boolean>
  | NumberSetting
  /** Milliseconds; written `2s`, `1m30s`. */
  | SettingOf<"duration", number>
  /** Bytes; written `512MB`, `10GiB`, or a plain number of bytes. */
  | SettingOf<"size", number>
  | ChoiceSetting
  | UrlSetting
  /** A file or folder; relative to the file's folder in ballast.yaml, otherwise to the working directory. */
  | SettingOf<"path", string>
  | DataSetting
  | ListSetting;

export type SettingSpecs = Readonly<Record<string, SettingSpec>>;

type SettingType<Spec> = Spec extends { readonly type: "data" }
  ? unknown
  : Spec extends { readonly type: "boolean" }
    ? boolean
    : Spec extends { readonly type: "number" | "duration" | "size" }
      ? number
      : Spec extends { readonly type: "choice" | "list"; readonly choices: readonly (infer Choice)[] }
        ? Spec extends { readonly type: "list" }
          ? readonly Choice[]
          : Choice
        : Spec extends { readonly type: "list" }
          ? readonly string[]
          : string;

/** What a setting of any kind but data may hold. */
export type Settable = string | number | boolean | readonly string[];

/** The resolved values by key: `undefined` where a setting without a default was not set. */
export type SettingValues<Specs extends SettingSpecs> = {
  readonly [Key in keyof Specs]: Specs[Key] extends { readonly default: Settable }
    ? SettingType<Specs[Key]>
    : SettingType<Specs[Key]> | undefined;
};

/** Declares a room's settings; the identity, for its types. */
export function defineSettings<const Specs extends SettingSpecs>(specs: Specs): Specs {
  return specs;
}

/** `BALLAST_MAX_SIZE` for `maxSize`, unless the spec says otherwise. Of no use for data, which stands in the file only. */
export function settingVariable(key: string, spec: SettingSpec): string {
  return spec.env ?? `BALLAST_${kebabCase(key).replaceAll("-", "_").toUpperCase()}`;
}

/** The flag's name without dashes, or `undefined` when the setting has none. */
export function settingFlag(key: string, spec: SettingSpec): string | undefined {
  return spec.flag === false ? undefined : (spec.flag ?? kebabCase(key));
}

/** The place in ballast.yaml, or `undefined` when the setting has none. */
export function settingPath(key: string, spec: SettingSpec): string | undefined {
  return spec.path === false ? undefined : (spec.path ?? key);
}

type FlagOfSetting<Spec> = Spec extends { readonly type: "boolean" }
  ? BooleanFlag & { readonly type: "boolean" }
  : Spec extends { readonly type: "list" }
    ? StringFlag & { readonly multiple: true }
    : Spec extends { readonly type: "choice"; readonly choices: infer Choices extends readonly string[] }
      ? ChoiceFlag & { readonly choices: Choices }
      : StringFlag;

/** The flags of the settings that have one, under the settings' keys. */
export type SettingFlags<Specs extends SettingSpecs> = {
  readonly [Key in keyof Specs as Specs[Key] extends { readonly flag: false } ? never : Key]: FlagOfSetting<Specs[Key]>;
};

/**
 * Flags for a command from the settings it obeys: `flags: { ...settingFlags(cacheSettings), json: … }`.
 * They have no defaults and hold the text as it was typed, so that `resolveSettings` can judge all sources together.
 */
export function settingFlags<const Specs extends SettingSpecs>(specs: Specs): SettingFlags<Specs> {
  const flags: Record<string, FlagSpec> = {};
  for (const [key, spec] of Object.entries(specs)) {
    const name = settingFlag(key, spec);
    if (name !== undefined && spec.type !== "data") flags[key] = flagOfSetting(spec, name);
  }
  return flags as SettingFlags<Specs>;
}

function flagOfSetting(spec: Exclude<SettingSpec, DataSetting>, name: string): FlagSpec {
  const base = {
    doc: spec.doc,
    name,
    ...(spec.default === undefined ? {} : { defaultText: settingText(spec, spec.default) }),
  };
  if (spec.type === "boolean") return { ...base, type: "boolean" };
  if (spec.type === "choice") return { ...base, type: "choice", choices: spec.choices };
  const valueName = valueNames[spec.type];
  return { ...base, type: "string", valueName, ...(spec.type === "list" ? { multiple: true as const } : {}) };
}

const valueNames = {
  string: "TEXT",
  number: "N",
  duration: "DURATION",
  size: "SIZE",
  url: "URL",
  path: "PATH",
  list: "A,B",
} as const;

/** A value as one would type it: `10m`, `10GiB`, `compile,vet`. */
export function settingText(spec: SettingSpec, value: Settable): string {
  if (spec.type === "duration" && typeof value === "number") return exactDuration(value);
  if (spec.type === "size" && typeof value === "number") return exactSize(value);
  return Array.isArray(value) ? value.join(",") : String(value);
}
