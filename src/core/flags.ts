/** The strict flag parser: what is unknown, empty, repeated or malformed is refused, never guessed. */

import { coreErrors } from "./core-errors.ts";
import { parseDuration, parseSize } from "./human-units.ts";
import { didYouMean } from "./suggestion.ts";

interface FlagBase {
  /** One sentence for `--help`. */
  readonly doc: string;
  /** The name on the command line without dashes; by default the key in kebab case (`dryRun` is `--dry-run`). */
  readonly name?: string;
  /** One letter, so that `-o` works as well. */
  readonly short?: string;
  /** What stands for the value in `--help`: `--listen HOST:PORT`. */
  readonly valueName?: string;
  /** The default as `--help` shows it, where it is not `default` itself. */
  readonly defaultText?: string;
}

interface ValueFlag<Type extends string, Value> extends FlagBase {
  readonly type: Type;
  readonly default?: Value;
  /** May be repeated; the value is then an array, empty when the flag was not given. */
  readonly multiple?: boolean;
}

export type StringFlag = ValueFlag<"string", string>;
/** In milliseconds; written `500ms`, `2s`, `1m30s`. */
export type DurationFlag = ValueFlag<"duration", number>;
/** In bytes; written `512MB`, `10GiB`. */
export type SizeFlag = ValueFlag<"size", number>;

export interface NumberFlag extends ValueFlag<"number", number> {
  readonly min?: number;
  readonly max?: number;
  readonly integer?: boolean;
}

export interface ChoiceFlag extends ValueFlag<"choice", string> {
  readonly choices: readonly string[];
  /** The value of the flag without one: `--fix`. Any other is then written with `=`: `--fix=unsafe`. */
  readonly bare?: string;
}

/** `--name`, `--no-name`, `--name=true|false`. */
export interface BooleanFlag extends FlagBase {
  readonly type: "boolean";
  readonly default?: boolean;
}

export type FlagSpec = StringFlag | BooleanFlag | NumberFlag | DurationFlag | SizeFlag | ChoiceFlag;

/** Flags by the key under which their values are handed over. */
export type FlagSpecs = Readonly<Record<string, FlagSpec>>;

type OneValue<Spec> = Spec extends { readonly type: "boolean" }
  ? boolean
  : Spec extends { readonly type: "number" | "duration" | "size" }
    ? number
    : Spec extends { readonly type: "choice"; readonly choices: readonly (infer Choice)[] }
      ? Choice
      : string;

type FlagValue<Spec> = Spec extends { readonly multiple: true }
  ? readonly OneValue<Spec>[]
  : Spec extends { readonly default: string | number | boolean }
    ? OneValue<Spec>
    : OneValue<Spec> | undefined;

/** The values by key: `undefined` where a flag without a default was not given. */
export type FlagValues<Specs extends FlagSpecs> = { readonly [Key in keyof Specs]: FlagValue<Specs[Key]> };

export interface ParsedFlags<Specs extends FlagSpecs> {
  readonly values: FlagValues<Specs>;
  readonly positionals: readonly string[];
}

export interface ParseOptions {
  /** Hand over the first positional and all that follows untouched. */
  readonly passThrough?: boolean;
}

type Scalar = string | number | boolean;
type Given = Map<string, Scalar[]>;

/** The name of a flag on the command line, without dashes. */
export function flagName(key: string, spec: FlagSpec): string {
  return spec.name ?? kebabCase(key);
}

/** `maxSizeBytes` as `max-size-bytes`. */
export function kebabCase(key: string): string {
  return key.replace(/[A-Z]/g, "-$&").toLowerCase();
}

/**
 * Reads flags and positionals from `argv`. `--` ends the flags.
 * Throws `core/flag-…` (exit 2) at the first word that is not as declared.
 */
export function parseFlags<const Specs extends FlagSpecs>(
  specs: Specs,
  argv: readonly string[],
  options: ParseOptions = {},
): ParsedFlags<Specs> {
  const given: Given = new Map();
  const positionals: string[] = [];
  let position = 0;
  while (position < argv.length) {
    const word = argv[position] ?? "";
    if (word === "--") {
      positionals.push(...argv.slice(position + 1));
      break;
    }
    if (isFlagWord(word)) {
      position += takeFlag(specs, word, argv[position + 1], given);
      continue;
    }
    if (options.passThrough === true) {
      positionals.push(...argv.slice(position));
      break;
    }
    positionals.push(word);
    position += 1;
  }
  return { values: collectValues(specs, given), positionals };
}

/** Whether the parser would take `word` for a flag: it begins with a dash and is more than one. */
export function isFlagWord(word: string): boolean {
  return word.length > 1 && word.startsWith("-");
}

/** Stores what `word` says and returns how many words were used. */
function takeFlag(specs: FlagSpecs, word: string, next: string | undefined, given: Given): 1 | 2 {
  const equals = word.indexOf("=");
  const shown = equals === -1 ? word : word.slice(0, equals);
  const attached = equals === -1 ? undefined : word.slice(equals + 1);
  const { key, spec, isNegated } = findFlag(specs, shown);
  if (attached === "") throw coreErrors.error("core/flag-value-empty", `${shown} is followed by nothing after "="`);
  if (spec.type === "boolean") {
    store(given, key, spec, shown, readBoolean(shown, attached, isNegated));
    return 1;
  }
  if (attached === undefined && spec.type === "choice" && spec.bare !== undefined) {
    store(given, key, spec, shown, spec.bare);
    return 1;
  }
  const text = attached ?? separateValue(spec, shown, next);
  store(given, key, spec, shown, readFlagText(spec, shown, text));
  return attached === undefined ? 2 : 1;
}

function findFlag(specs: FlagSpecs, shown: string): { key: string; spec: FlagSpec; isNegated: boolean } {
  const isLong = shown.startsWith("--");
  const name = shown.slice(isLong ? 2 : 1);
  for (const [key, spec] of Object.entries(specs)) {
    if (isLong ? flagName(key, spec) === name : spec.short === name) return { key, spec, isNegated: false };
  }
  for (const [key, spec] of Object.entries(specs)) {
    const isNegated = isLong && spec.type === "boolean" && `no-${flagName(key, spec)}` === name;
    if (isNegated) return { key, spec, isNegated };
  }
  const names = Object.entries(specs).map(([key, spec]) => flagName(key, spec));
  const hint = didYouMean(name, names, (candidate) => `--${candidate}`);
  throw coreErrors.error("core/flag-unknown", `${shown}${hint}`);
}

function readBoolean(shown: string, attached: string | undefined, isNegated: boolean): boolean {
  if (attached === undefined) return !isNegated;
  if (!isNegated && attached === "true") return true;
  if (!isNegated && attached === "false") return false;
  const form = isNegated ? `${shown} takes no value` : `${shown} takes true or false`;
  throw coreErrors.error("core/flag-value-invalid", `${form}, not ${JSON.stringify(attached)}`);
}

function separateValue(spec: FlagSpec, shown: string, next: string | undefined): string {
  if (next === "") throw coreErrors.error("core/flag-value-empty", `${shown} is followed by an empty word`);
  const isNegativeNumber = spec.type === "number" && next !== undefined && /^-[\d.]/.test(next);
  if (next === undefined || (isFlagWord(next) && !isNegativeNumber)) {
    const found = next === undefined ? "nothing follows it" : `${next} follows it`;
    throw coreErrors.error("core/flag-value-missing", `${shown} needs ${valueForm(spec)}, but ${found}`);
  }
  return next;
}

function readFlagText(spec: FlagSpec, shown: string, text: string): Scalar {
  const value = readScalar(spec, text);
  if (value !== undefined) return value;
  const hint = spec.type === "choice" ? didYouMean(text, spec.choices) : "";
  throw coreErrors.error(
    "core/flag-value-invalid",
    `${shown} needs ${valueForm(spec)}, not ${JSON.stringify(text)}${hint}`,
  );
}

function readScalar(spec: FlagSpec, text: string): Scalar | undefined {
  switch (spec.type) {
    case "string":
      return text;
    case "choice":
      return spec.choices.includes(text) ? text : undefined;
    case "duration":
      return parseDuration(text);
    case "size":
      return parseSize(text);
    case "number":
      return parseNumber(text, spec);
    case "boolean":
      return undefined;
  }
}

/** Bounds of a number, both inclusive. */
export interface NumberRange {
  readonly min?: number;
  readonly max?: number;
  readonly integer?: boolean;
}

/** A decimal number within its range, or `undefined`. `1e9`, `0x10` and `Infinity` are not decimal numbers. */
export function parseNumber(text: string, range: NumberRange): number | undefined {
  if (!/^-?\d+(?:\.\d+)?$/.test(text)) return undefined;
  const value = Number(text);
  return isInRange(value, range) ? value : undefined;
}

export function isInRange(value: number, range: NumberRange): boolean {
  if (!Number.isFinite(value)) return false;
  if (range.integer === true && !Number.isSafeInteger(value)) return false;
  return value >= (range.min ?? -Infinity) && value <= (range.max ?? Infinity);
}

/** `a whole number from 1 to 9`. */
export function rangeForm(range: NumberRange): string {
  const noun = range.integer === true ? "a whole number" : "a number";
  if (range.min !== undefined && range.max !== undefined) return `${noun} from ${range.min} to ${range.max}`;
  if (range.min !== undefined) return `${noun} of at least ${range.min}`;
  return range.max === undefined ? noun : `${noun} of at most ${range.max}`;
}

function valueForm(spec: FlagSpec): string {
  switch (spec.type) {
    case "choice":
      return `one of ${spec.choices.join(", ")}`;
    case "duration":
      return "a duration such as 500ms, 2s or 10m";
    case "size":
      return "a size such as 512MB or 10GiB";
    case "number":
      return rangeForm(spec);
    case "string":
    case "boolean":
      return "a value";
  }
}

function store(given: Given, key: string, spec: FlagSpec, shown: string, value: Scalar): void {
  const earlier = given.get(key);
  if (earlier === undefined) given.set(key, [value]);
  else if (spec.type !== "boolean" && spec.multiple === true) earlier.push(value);
  else throw coreErrors.error("core/flag-repeated", shown);
}

function collectValues<Specs extends FlagSpecs>(specs: Specs, given: Given): FlagValues<Specs> {
  const values: Record<string, unknown> = {};
  for (const [key, spec] of Object.entries(specs)) {
    const all = given.get(key);
    const isMultiple = spec.type !== "boolean" && spec.multiple === true;
    values[key] = isMultiple ? (all ?? (spec.default === undefined ? [] : [spec.default])) : (all?.[0] ?? spec.default);
  }
  // Each value was read by its own spec above; the mapped type says the same to the compiler.
  return values as FlagValues<Specs>;
}
