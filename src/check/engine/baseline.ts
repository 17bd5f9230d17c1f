/** A baseline: the findings that a team knows and does not want to hear of again, by fingerprint. */

import { mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";

import type { Finding } from "../finding.ts";
import { checkErrors } from "./errors.ts";
import { writeAtomically } from "./file-write.ts";

interface BaselineEntry {
  readonly fingerprint: string;
  /** For people who read the file's changes. */
  readonly rule: string;
  readonly path: string;
  readonly message: string;
}

interface BaselineFile {
  readonly version: 1;
  readonly findings: readonly BaselineEntry[];
}

const limitBytes = 100_000_000;

/** The fingerprints of a baseline. Throws `check/baseline-unreadable`. */
export function readBaseline(path: string): ReadonlySet<string> {
  try {
    if (statSync(path).size > limitBytes) throw new Error(`it has more than ${limitBytes} bytes`);
    const file = JSON.parse(readFileSync(path, "utf8")) as Partial<BaselineFile> | null;
    if (file?.version !== 1 || !Array.isArray(file.findings)) throw new Error("it is no baseline of version 1");
    return new Set(file.findings.map(({ fingerprint }) => String(fingerprint)));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw checkErrors.error("check/baseline-unreadable", `${path}: ${reason}`, { cause });
  }
}

/** Writes the baseline of these findings, one on each line and in order, so that its changes can be read. */
export function writeBaseline(path: string, findings: readonly Finding[], fingerprints: readonly string[]): void {
  const entries = findings.map(({ rule, path: place, message }, index) =>
    JSON.stringify({ fingerprint: fingerprints[index] ?? "", rule, path: place, message } satisfies BaselineEntry),
  );
  const body = entries.length === 0 ? "[]" : `[\n${entries.join(",\n")}\n]`;
  mkdirSync(dirname(path), { recursive: true });
  writeAtomically(path, `{ "version": 1, "findings": ${body} }\n`);
}
