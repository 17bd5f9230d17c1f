/**
 * What a lab keeps: `lab.json`, what it was started with, and `runs.jsonl`, a line for each run as soon as it was made.
 * A line that was cut off by the end of the process is made again.
 */

import { appendFileSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Run } from "./lab.ts";
import { labErrors } from "./errors.ts";

export interface LabStart {
  readonly version: 1;
  readonly lab: string;
  readonly input: unknown;
  readonly seed: number;
  readonly design: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
}

export interface LabState<Value> {
  readonly folder: string;
  readonly start: LabStart;
  readonly runs: readonly Run<Value>[];
  add(run: Run<Value>): void;
}

const mostBytes = 256_000_000;

/** Throws `lab/folder-in-use` and `lab/folder-unusable`. */
export function createLabState<Value>(folder: string, start: LabStart): LabState<Value> {
  writable(folder, () => mkdirSync(folder, { recursive: true }));
  if (readdirSync(folder).length > 0) throw labErrors.error("lab/folder-in-use", folder);
  writable(folder, () => {
    writeFileSync(join(folder, "runs.jsonl"), "");
    writeFileSync(join(folder, "lab.json"), `${JSON.stringify(start, undefined, 1)}\n`);
  });
  return stateOf(folder, start, []);
}

/** What the folder says it was started with. Throws `lab/state-unreadable`. */
export function readLabStart(folder: string, lab: string): LabStart {
  const start = parse(folder, readText(join(folder, "lab.json"))) as Partial<LabStart> | null;
  const isRight =
    start?.version === 1 &&
    start.lab === lab &&
    Number.isSafeInteger(start.seed) &&
    typeof start.design === "string" &&
    Array.isArray(start.facts);
  if (!isRight) throw unreadable(`${folder}/lab.json is not of this version of the lab ${lab}`);
  return start as LabStart;
}

/** Throws `lab/state-unreadable`. */
export function openLabState<Value>(folder: string, start: LabStart): LabState<Value> {
  const path = join(folder, "runs.jsonl");
  const text = readText(path);
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  if (whole.length < text.length) writable(folder, () => truncateSync(path, Buffer.byteLength(whole)));
  const runs = whole.split("\n").flatMap((line) => (line === "" ? [] : [parse(folder, line) as Run<Value>]));
  if (!runs.every(isRun)) throw unreadable(`${path} holds lines that are no runs`);
  return stateOf(folder, start, runs);
}

function stateOf<Value>(folder: string, start: LabStart, before: readonly Run<Value>[]): LabState<Value> {
  const runs = [...before];
  const path = join(folder, "runs.jsonl");
  return {
    folder,
    start,
    runs,
    add: (run) => {
      runs.push(run);
      writable(folder, () => appendFileSync(path, `${JSON.stringify(run)}\n`));
    },
  };
}

function isRun(run: unknown): boolean {
  const { stage, cell, durationMs } = (run ?? {}) as Partial<Run<unknown>>;
  return typeof stage === "string" && typeof cell?.id === "string" && typeof durationMs === "number";
}

function readText(path: string): string {
  try {
    if (statSync(path).size > mostBytes) throw unreadable(`${path} is larger than ${mostBytes} bytes`);
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw unreadable((cause as Error).message, cause);
  }
}

function parse(folder: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable(`${folder}: ${(cause as Error).message}`, cause);
  }
}

function unreadable(detail: string, cause?: unknown): Error {
  return labErrors.error("lab/state-unreadable", detail, { cause });
}

function writable(folder: string, write: () => void): void {
  try {
    write();
  } catch (cause) {
    throw labErrors.error("lab/folder-unusable", `${folder}: ${(cause as Error).message}`, { cause });
  }
}
