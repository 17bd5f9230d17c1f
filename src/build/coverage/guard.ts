/** Around a go command that measures coverage: what was measured before, what is measured now, and what to say of it. */

import { statSync } from "node:fs";
import { type Figure, figureOf, percentOf, percentText } from "../../go/cover/profile.ts";
import { readProfile, type ReadProfile } from "../../go/cover/read-profile.ts";
import type { Attributes } from "../../ledger/event.ts";
import { findGo } from "../go-run.ts";
import type { CoverCommand } from "./cover-command.ts";
import { judgeCoverage } from "./judge.ts";
import { makeRecord } from "./make-record.ts";
import { type Measured, readMeasured, withRecord } from "./measured.ts";
import { hashProfile, writeCoverageRecord } from "./record.ts";
import { assess } from "./side-causes.ts";
import { type TestOutput, watchTestOutput } from "./test-output.ts";
import { headline } from "./verdict-text.ts";
import type { Cause, Judgement } from "./verdict.ts";

export interface GuardedCommand {
  readonly command: CoverCommand;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The profile to compare with; the one that the command is about to overwrite when absent. */
  readonly basePath: string | undefined;
  /** Whether go's output may be read as it passes by: on a terminal, tests would see a pipe in its place. */
  readonly isSeen: boolean;
}

export interface Guard {
  /** Takes what go writes to its standard output; absent where that is not looked at. */
  readonly onOutput?: (bytes: Uint8Array) => void;
  /** What to tell the user, and the ledger. Never throws: what went wrong is what it says. */
  finish(exitCode: number): Promise<GuardResult>;
}

export interface GuardResult {
  readonly line: string;
  readonly attributes: Attributes;
}

export function startGuard(guarded: GuardedCommand): Guard {
  const { command, basePath, isSeen } = guarded;
  const base = readBase(basePath ?? command.profilePath, basePath !== undefined);
  const output = isSeen ? watchTestOutput() : undefined;
  const before = command.profilePath === undefined ? undefined : stampOf(command.profilePath);
  return {
    ...(output && { onOutput: (bytes: Uint8Array) => output.take(bytes) }),
    async finish(exitCode) {
      try {
        return await judge({ ...guarded, base, before, output, exitCode });
      } catch (cause) {
        const why = `not judged: ${cause instanceof Error ? cause.message : String(cause)}`;
        return { line: `ballast: coverage: ${why}`, attributes: { "ballast.coverage.verdict": "undetermined" } };
      }
    },
  };
}

interface Base {
  readonly measured?: Measured;
  /** Why there is none although one was named. */
  readonly trouble?: string;
}

function readBase(path: string | undefined, isNamed: boolean): Base {
  if (path === undefined) return {};
  try {
    return { measured: readMeasured(path) };
  } catch (cause) {
    return isNamed ? { trouble: (cause as Error).message } : {}; // the first run, or half a file of a killed one
  }
}

function stampOf(path: string): string | undefined {
  const info = statSync(path, { throwIfNoEntry: false });
  return info === undefined ? undefined : `${info.ino} ${info.mtimeMs} ${info.ctimeMs} ${info.size}`;
}

interface Finished extends GuardedCommand {
  readonly base: Base;
  readonly before: string | undefined;
  readonly output: TestOutput | undefined;
  readonly exitCode: number;
}

async function judge(finished: Finished): Promise<GuardResult> {
  const { command, base, exitCode } = finished;
  if (command.profilePath === undefined) {
    const line = "ballast: coverage: not judged, since there is no -coverprofile";
    return { line, attributes: { "ballast.coverage.verdict": "undetermined" } };
  }
  const after = stampOf(command.profilePath);
  const isLeftOver = after === undefined || after === finished.before;
  const measured = await measure(finished, command.profilePath, isLeftOver);
  if (measured === undefined) {
    const line = `ballast: coverage: go wrote no profile (exit status ${exitCode})`;
    return { line, attributes: { "ballast.coverage.verdict": "undetermined" } };
  }
  if (base.measured === undefined) return firstResult(measured, base.trouble);
  const { judgement } = judgeCoverage(base.measured, measured);
  return { line: `ballast: coverage ${headline(judgement)}`, attributes: attributesOf(judgement) };
}

async function measure(finished: Finished, path: string, isLeftOver: boolean): Promise<Measured | undefined> {
  const { command, env, output, exitCode } = finished;
  const read = readWritten(path, isLeftOver);
  if (read === undefined) return undefined;
  const record = await makeRecord({
    command,
    tool: { go: findGo(env, command.cwd), cwd: command.cwd, env },
    profile: read.profile,
    profileHash: hashProfile(path) ?? "",
    exitCode,
    timeMs: Date.now(),
    results: output?.results(),
    knownFiles: finished.base.measured?.record?.files,
  });
  // A left-over profile has a record of its own, of when it was written.
  if (!isLeftOver) writeCoverageRecord(path, record);
  return withRecord({ name: path, ...read, isLeftOver }, record);
}

function readWritten(path: string, isLeftOver: boolean): ReadProfile | undefined {
  if (isLeftOver && statSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  return readProfile(path);
}

/** With nothing to compare with, what is wrong with the profile itself. */
function firstResult(measured: Measured, trouble: string | undefined): GuardResult {
  const { causes, profile } = assess(measured, "new");
  const reported = figureOf(measured.profile);
  const [cause] = causes;
  const without = trouble === undefined ? "nothing to compare with yet" : `nothing to compare with: ${trouble}`;
  const corrected = cause?.isMended === true && profile !== measured.profile ? figureOf(profile) : undefined;
  const better = corrected === undefined ? "" : `, corrected ${percentText(corrected)}`;
  const said = cause === undefined ? without : `false${better}: ${cause.text}`;
  return {
    line: `ballast: coverage ${percentText(reported)}: ${said}`,
    attributes: {
      "ballast.coverage.verdict": cause === undefined ? "undetermined" : "false",
      "ballast.coverage.percent": rounded(reported),
      ...(corrected && { "ballast.coverage.corrected_percent": rounded(corrected) }),
      ...causeAttribute(causes),
    },
  };
}

function attributesOf({ verdict, reported, corrected, causes }: Judgement): Attributes {
  return {
    "ballast.coverage.verdict": verdict,
    "ballast.coverage.percent": rounded(reported.new),
    "ballast.coverage.before_percent": rounded(reported.old),
    ...(corrected && { "ballast.coverage.corrected_percent": rounded(corrected.new) }),
    ...causeAttribute(causes),
  };
}

function rounded(figure: Figure): number {
  return Math.round(percentOf(figure) * 100) / 100;
}

function causeAttribute(causes: readonly Cause[]): Attributes {
  return causes.length === 0 ? {} : { "ballast.coverage.causes": [...new Set(causes.map(({ code }) => code))] };
}
