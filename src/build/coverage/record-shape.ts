/** Whether JSON that came with a profile, from wherever, is a record. */

import type { CoverageRecord } from "./record.ts";

type Shape = (value: unknown) => boolean;

const isText: Shape = (value) => typeof value === "string";
const isFlag: Shape = (value) => typeof value === "boolean";
const isCount: Shape = (value) => Number.isSafeInteger(value) && (value as number) >= 0;

function isListOf(item: Shape): Shape {
  return (value) => Array.isArray(value) && value.every(item);
}

function isOneOf(...words: readonly string[]): Shape {
  return (value) => words.includes(value as string);
}

function isObjectOf(required: Readonly<Record<string, Shape>>, optional: Readonly<Record<string, Shape>> = {}): Shape {
  return (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    const given = value as Readonly<Record<string, unknown>>;
    const isThere = Object.entries(required).every(([key, shape]) => shape(given[key]));
    return isThere && Object.entries(optional).every(([key, shape]) => given[key] === undefined || shape(given[key]));
  };
}

const isFunction = isObjectOf({
  name: isText,
  startLine: isCount,
  startColumn: isCount,
  endLine: isCount,
  endColumn: isCount,
});

const isBlock: Shape = (value) => isListOf(isCount)(value) && (value as readonly number[]).length === 5;

const isFile = isObjectOf(
  { hash: isText, isGenerated: isFlag, functions: isListOf(isFunction) },
  { blocks: isListOf(isBlock) },
);

const isResult = isObjectOf({
  path: isText,
  outcome: isOneOf("ok", "failed", "not-built", "no-tests"),
  isCached: isFlag,
});

const isFiles: Shape = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every(isFile);

const isRecord = isObjectOf(
  {
    version: (value) => value === 1,
    profileHash: isText,
    timeMs: isCount,
    toolchain: isText,
    patterns: isListOf(isText),
    coverpkg: isText,
    testFlags: isListOf(isText),
    exitCode: isCount,
    files: isFiles,
  },
  {
    commit: isText,
    isDirty: isFlag,
    results: isListOf(isResult),
    tempFolder: isOneOf("unwritable", "noexec"),
  },
);

export function isCoverageRecord(value: unknown): value is CoverageRecord {
  return isRecord(value);
}
