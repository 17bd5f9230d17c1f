/** What Go's race detector printed, and the findings that it proves. */

import { readFileSync, statSync } from "node:fs";

import type { Finding } from "../finding.ts";
import { checkErrors } from "./errors.ts";

/** A line of code as a stack names it. */
interface Frame {
  /** As the detector printed it: absolute, or as `-trimpath` left it. */
  readonly path: string;
  readonly line: number;
}

/** One reported race: the stacks of the two accesses, the innermost frame first. */
export interface RaceReport {
  readonly accesses: readonly (readonly Frame[])[];
}

const limitBytes = 200_000_000;
const header = "WARNING: DATA RACE";

/** Reads a log. Throws `check/race-log-unreadable` also when it holds no report: a wrong file would confirm nothing. */
export function readRaceLog(path: string): readonly RaceReport[] {
  let text: string;
  try {
    if (statSync(path).size > limitBytes) throw new Error(`it has more than ${limitBytes} bytes`);
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw checkErrors.error("check/race-log-unreadable", `${path}: ${reason}`, { cause });
  }
  const reports = parseRaceLog(text);
  if (reports.length === 0) throw checkErrors.error("check/race-log-unreadable", `${path} holds no "${header}"`);
  return reports;
}

/** The reports in a text, whatever else is in it. */
export function parseRaceLog(text: string): RaceReport[] {
  const [, ...blocks] = text.split(header);
  return blocks.map((block) => ({ accesses: accessesOf(block.split(/^={10,}/m)[0] ?? "") }));
}

/** The form is that of compiler-rt's `tsan_report.cpp` for Go: a line for each access, then its frames on two lines each. */
function accessesOf(block: string): Frame[][] {
  const accesses: Frame[][] = [];
  let current: Frame[] | undefined;
  for (const line of block.split(/\r?\n/)) {
    if (/^\S/.test(line.trimStart()) && /\b(?:read|write) at 0x[0-9a-f]+ by /i.test(line)) {
      current = [];
      accesses.push(current);
    } else if (/\bGoroutine \d+ .*created at:/.test(line) || line.trim() === "") {
      current = undefined;
    }
    const frame = /^\s+(\S.*\.\w+):(\d+) \+0x[0-9a-f]+$/.exec(line);
    if (frame !== null) current?.push({ path: frame[1] ?? "", line: Number(frame[2]) });
  }
  return accesses;
}

export interface ConfirmedFindings {
  readonly findings: readonly Finding[];
  /** Reports that belong to no finding. */
  readonly unmatched: number;
}

/**
 * Raises a data race's confidence to proven if a report has both of its lines, each anywhere in the stack of one access:
 * the detector's innermost frame may lie in the standard library (a map's or a slice's own code).
 */
export function confirmRaces(findings: readonly Finding[], reports: readonly RaceReport[]): ConfirmedFindings {
  const matched = new Set<RaceReport>();
  const confirmed = findings.map((finding): Finding => {
    if (finding.category !== "data-race") return finding;
    const proofs = reports.filter((report) => proves(report, finding));
    for (const proof of proofs) matched.add(proof);
    return proofs.length === 0 ? finding : { ...finding, confidence: "proven" };
  });
  return { findings: confirmed, unmatched: reports.filter((report) => !matched.has(report)).length };
}

function proves({ accesses }: RaceReport, finding: Finding): boolean {
  const [first = [], second = []] = accesses;
  if (accesses.length < 2) return false;
  const others = finding.related.length === 0 ? [finding] : finding.related;
  return others.some(
    (other) => (holds(first, finding) && holds(second, other)) || (holds(second, finding) && holds(first, other)),
  );
}

function holds(stack: readonly Frame[], { path, line }: { readonly path: string; readonly line: number }): boolean {
  return stack.some((frame) => frame.line === line && (frame.path === path || frame.path.endsWith(`/${path}`)));
}
