/** What the commands of all labs share: where things lie, what is printed, and how an experiment ends. */

import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { systemClock } from "../core/clock.ts";
import { exitStatus, hasCode } from "../core/errors.ts";
import { createProgress } from "../core/progress.ts";
import type { FlagValues } from "../core/flags.ts";
import { createStyle } from "../core/style.ts";
import { userCacheFolder } from "../go/env.ts";
import { createBench, type Bench } from "../lab/bench.ts";
import { labErrors } from "../lab/errors.ts";
import type { labFlags } from "../lab/lab-flags.ts";
import type { Lab } from "../lab/lab.ts";
import { readLabStart } from "../lab/lab-state.ts";
import { runLab, type LabOutcome, type LabPlace } from "../lab/run-lab.ts";
import { documentHtml } from "../report/document-html.ts";
import { documentText } from "../report/document-text.ts";
import type { CommandContext } from "./command.ts";
import { ballastVersion } from "./version.ts";

type LabFlagValues = FlagValues<typeof labFlags>;

/**
 * Runs a lab and prints its report. `ownFlags` are the values of the lab's own flags where they were given: none of
 * them may be beside --resume. `readInput` makes the input of them.
 */
export async function runLabCommand<Input, Value, Analysis>(
  context: CommandContext,
  lab: Lab<Input, Value, Analysis>,
  flags: LabFlagValues,
  ownFlags: Readonly<Record<string, unknown>>,
  readInput: () => Input,
): Promise<number> {
  const place = placeOf(context, lab.name, flags);
  if (place.resumed !== undefined) refuseOwnFlags(ownFlags, flags);
  const input = place.resumed === undefined ? readInput() : (place.resumed.input as Input);
  const progress = createProgress(context.stderr, systemClock);
  using bench = benchOf(context, place.resumed?.seed ?? flags.seed, progress);
  try {
    const outcome = await runLab(lab, input, bench, place);
    progress.finish();
    printOutcome(context, lab, bench, place, outcome, flags);
    return outcome.report.isFinding ? exitStatus.findings : exitStatus.ok;
  } catch (cause) {
    progress.finish();
    const isStopped = hasCode(cause, "lab/interrupted");
    if (isStopped) context.stderr.write(`stopped; go on with: ballast lab ${lab.name} --resume ${place.folder}\n`);
    throw cause;
  }
}

/** Folders and processes for one experiment. */
export function benchOf(
  { env, cwd, signal }: CommandContext,
  seed: number,
  progress: ReturnType<typeof createProgress>,
): Bench & Disposable {
  const cacheFolder = join(userCacheFolder(env), "ballast", "lab");
  return createBench({
    userEnv: env,
    cwd,
    signal,
    seed,
    cacheFolder,
    clock: systemClock,
    status: progress.update,
    note: progress.note,
  });
}

function placeOf({ env, cwd }: CommandContext, lab: string, flags: LabFlagValues): LabPlace {
  const budget = flags.budget === undefined ? {} : { budgetMs: flags.budget };
  if (flags.resume !== undefined) {
    const folder = resolve(cwd, flags.resume);
    return { folder, resumed: readLabStart(folder, lab), ...budget };
  }
  const time = new Date(systemClock.nowMs()).toISOString().slice(0, 19).replaceAll(":", "");
  const byDefault = join(userCacheFolder(env), "ballast", "lab", "runs", `${lab}-${time}-${process.pid}`);
  return { folder: flags.dir === undefined ? byDefault : resolve(cwd, flags.dir), ...budget };
}

function refuseOwnFlags(ownFlags: Readonly<Record<string, unknown>>, flags: LabFlagValues): void {
  const all: Readonly<Record<string, unknown>> = { ...ownFlags, budget: flags.budget, dir: flags.dir };
  const given = Object.entries(all).filter(
    ([, value]) => value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0),
  );
  if (given.length > 0) {
    throw labErrors.error("lab/resume-with-flags", given.map(([name]) => `--${name}`).join(", "));
  }
}

function printOutcome<Input, Value, Analysis>(
  { stdout, stderr, env, cwd }: CommandContext,
  lab: Lab<Input, Value, Analysis>,
  bench: Bench,
  place: LabPlace,
  outcome: LabOutcome<Analysis>,
  flags: LabFlagValues,
): void {
  const { document, isFinding } = outcome.report;
  if (flags.html !== undefined) writeHtml(resolve(cwd, flags.html), documentHtml(document));
  if (flags.json !== true) {
    stdout.write(documentText(document, createStyle(stdout, env)));
    stderr.write(`raw values: ${place.folder}\n`);
    return;
  }
  const { design, factors, facts, runs, tookMs, analysis } = outcome;
  const head = { version: 1, lab: lab.name, ballast: ballastVersion, seed: bench.seed, design, folder: place.folder };
  const body = {
    facts: Object.fromEntries(facts),
    factors,
    runs,
    tookMs: Math.round(tookMs),
    verdict: document.verdict,
  };
  stdout.write(`${JSON.stringify({ ...head, ...body, isFinding, analysis })}\n`);
}

/** Throws `lab/folder-unusable`. */
export function writeHtml(path: string, html: string): void {
  try {
    writeFileSync(path, html);
  } catch (cause) {
    throw labErrors.error("lab/folder-unusable", `${path}: ${(cause as Error).message}`, { cause });
  }
}
