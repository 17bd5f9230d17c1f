/** Reading one setting's value from text (flags, variables) or from YAML. */

import { isAbsolute, resolve } from "node:path";

import { isInRange, parseNumber, rangeForm } from "./flags.ts";
import { parseDuration, parseSize } from "./human-units.ts";
import type { SettingSpec } from "./setting-spec.ts";
import { didYouMean } from "./suggestion.ts";

/** Either the value, or what is wrong with it and what would be right. */
export type ReadValue = { readonly value: unknown } | { readonly what: string; readonly fix: string };

/** Reads what was typed in a flag or a variable. `directory` is what relative paths start from. */
export function readSettingText(spec: SettingSpec, text: string, directory: string): ReadValue {
  switch (spec.type) {
    case "number":
      return orProblem(spec, text, parseNumber(text, spec));
    case "boolean":
      return orProblem(spec, text, readBoolean(text));
    case "list":
      return readList(
        spec,
        text.split(",").map((word) => word.trim()),
      );
    default:
      return readWord(spec, text, directory);
  }
}

/** Reads a value of the YAML file, where numbers, booleans and sequences have their own types. */
export function readSettingYaml(spec: SettingSpec, value: unknown, directory: string): ReadValue {
  if (value === null || value === undefined) {
    return { what: "has no value", fix: `write ${form(spec)} after the colon, or remove the key` };
  }
  if (spec.type === "data") return { value };
  if (spec.type === "boolean") return orProblem(spec, value, typeof value === "boolean" ? value : undefined);
  if (spec.type === "number") {
    return orProblem(spec, value, typeof value === "number" && isInRange(value, spec) ? value : undefined);
  }
  if (spec.type === "size" && typeof value === "number") {
    return orProblem(spec, value, Number.isSafeInteger(value) && value >= 0 ? value : undefined);
  }
  if (spec.type === "list") {
    const isWords = Array.isArray(value) && value.every((word) => typeof word === "string");
    return isWords ? readList(spec, value) : problem(spec, value);
  }
  return typeof value === "string" && value !== "" ? readWord(spec, value, directory) : problem(spec, value);
}

function readWord(spec: SettingSpec, text: string, directory: string): ReadValue {
  switch (spec.type) {
    case "duration":
      return orProblem(spec, text, parseDuration(text));
    case "size":
      return orProblem(spec, text, parseSize(text));
    case "choice":
      return spec.choices.includes(text) ? { value: text } : problem(spec, text, didYouMean(text, spec.choices));
    case "url":
      return orProblem(spec, text, isUrl(text, spec.protocols ?? webProtocols) ? text : undefined);
    case "path":
      return text.includes("\0") ? problem(spec, text) : { value: isAbsolute(text) ? text : resolve(directory, text) };
    default:
      return { value: text };
  }
}

const webProtocols: readonly string[] = ["http:", "https:"];

function isUrl(text: string, protocols: readonly string[]): boolean {
  const url = URL.parse(text);
  return url !== null && url.host !== "" && protocols.includes(url.protocol);
}

/** The words that people and CI platforms write for a switch. */
function readBoolean(text: string): boolean | undefined {
  if (["true", "1", "yes", "on"].includes(text.toLowerCase())) return true;
  return ["false", "0", "no", "off"].includes(text.toLowerCase()) ? false : undefined;
}

function readList(spec: SettingSpec & { readonly type: "list" }, words: readonly string[]): ReadValue {
  const choices = spec.choices;
  for (const word of words) {
    if (word === "") return { what: "has an empty item", fix: "remove the stray comma or the empty item" };
    if (choices !== undefined && !choices.includes(word)) return problem(spec, word, didYouMean(word, choices));
  }
  return { value: [...new Set(words)] };
}

function orProblem(spec: SettingSpec, given: unknown, value: unknown): ReadValue {
  return value === undefined ? problem(spec, given) : { value };
}

function problem(spec: SettingSpec, given: unknown, hint = ""): ReadValue {
  const shown = spec.secret === true ? "the value (not shown: it is a secret)" : shorten(JSON.stringify(given));
  return { what: `${shown} is not ${form(spec)}${hint}`, fix: `write ${form(spec)}` };
}

function shorten(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}

/** What a right value looks like: `a duration such as 500ms, 2s or 10m`. */
function form(spec: SettingSpec): string {
  switch (spec.type) {
    case "string":
      return "text";
    case "boolean":
      return "true or false";
    case "number":
      return rangeForm(spec);
    case "duration":
      return "a duration such as 500ms, 2s or 10m";
    case "size":
      return "a size such as 512MB or 10GiB";
    case "choice":
      return `one of ${spec.choices.join(", ")}`;
    case "url":
      return `an address that begins with ${(spec.protocols ?? webProtocols).map((name) => `${name}//`).join(" or ")}`;
    case "path":
      return "a path";
    case "data":
      return "a list or a mapping";
    case "list":
      return spec.choices === undefined ? "a list of words" : `a list of ${spec.choices.join(", ")}`;
  }
}
