/**
 * Data race or preemption? A race is what the race detector reports: by it alone, since preemption neither makes nor
 * hides what one goroutine sees of another's writes (a loop over a plain bool did the same with and without it). Preemption
 * it is when runs hang without it that end with it: by Fisher's exact test over runs without the race detector, which
 * itself adds places where goroutines yield.
 */

import { fisherExact, type Outcomes } from "../../../stats/fisher-exact.ts";
import { upperBoundOfNone } from "../../../stats/share-interval.ts";
import type { Run } from "../../lab.ts";
import type { VisibilityValue } from "./program-run.ts";

export type VisibilityVerdict =
  | "data race"
  | "preemption"
  | "data race and preemption"
  /** It fails, and neither is the reason. */
  | "neither"
  /** It fails, and the race detector could not be asked. */
  | "undetermined"
  | "nothing seen";

export interface VisibilityAnalysis {
  readonly verdict: VisibilityVerdict;
  readonly cells: readonly VisibilityCell[];
  readonly tests: readonly VisibilityTest[];
  readonly firstRace: string | undefined;
  readonly firstFailure: string | undefined;
  /** Hangs without the race detector, none with it, in the same places: it hides them. */
  readonly isMaskedByRace: boolean;
  readonly wasRaceAsked: boolean;
  /** A fault of each kind could be there in so many runs and still be missed, with 95 % confidence. */
  readonly missedAtMost: { readonly races: number; readonly hangs: number };
  readonly notes: readonly string[];
}

export interface VisibilityCell {
  readonly levels: Readonly<Record<string, string>>;
  readonly runs: number;
  readonly passed: number;
  readonly failed: number;
  readonly hung: number;
  /** Of those that hung: with every processor held, by the scheduler's trace. */
  readonly held: number;
  readonly withRaces: number;
}

export interface VisibilityTest {
  readonly question: string;
  readonly first: Outcomes;
  readonly second: Outcomes;
  readonly p: number;
}

const significance = 0.05;

type Runs = readonly Run<VisibilityValue>[];

export function analyseVisibility(runs: Runs, notes: readonly string[]): VisibilityAnalysis {
  const [plain, racing] = [runs.filter(isAt("race", "off")), runs.filter(isAt("race", "on"))];
  const hangTest = preemptionTest("hang without asynchronous preemption, with it", plain, isHung, "greater");
  const failTest = preemptionTest("fail without asynchronous preemption, with it", plain, isFailed, "p");
  const procsTest = gomaxprocsTest(plain);
  const dependsOnPreemption = isLess(hangTest) || (failTest !== undefined && failTest.p <= significance);
  const hasRace = racing.some(({ value }) => value.races > 0);
  const hasTrouble = runs.some((run) => isHung(run) || isFailed(run));
  const wasRaceAsked = racing.length > 0;
  return {
    verdict: verdictOf({ hasRace, dependsOnPreemption, hasTrouble, wasRaceAsked }),
    cells: [...Map.groupBy(runs, ({ cell }) => JSON.stringify(cell.levels)).values()].map(cellOf),
    tests: [hangTest, failTest, procsTest].filter((test) => test !== undefined),
    firstRace: racing.find(({ value }) => value.races > 0)?.value.said,
    firstFailure: runs.find(({ value }) => value.outcome === "failed" && value.races === 0)?.value.said,
    isMaskedByRace: isMasked(plain, racing),
    wasRaceAsked,
    missedAtMost: { races: upperBoundOfNone(racing.length), hangs: upperBoundOfNone(plain.length) },
    notes,
  };
}

interface Signs {
  readonly hasRace: boolean;
  readonly dependsOnPreemption: boolean;
  readonly hasTrouble: boolean;
  readonly wasRaceAsked: boolean;
}

function verdictOf({ hasRace, dependsOnPreemption, hasTrouble, wasRaceAsked }: Signs): VisibilityVerdict {
  if (hasRace) return dependsOnPreemption ? "data race and preemption" : "data race";
  if (dependsOnPreemption) return "preemption";
  if (!hasTrouble) return "nothing seen";
  return wasRaceAsked ? "neither" : "undetermined";
}

/**
 * The test of the level of preemption, at the number of processors where it shows most. Whether goroutines that are not
 * interrupted hang more often is a one-sided question; a failure may depend on preemption either way.
 */
function preemptionTest(
  question: string,
  runs: Runs,
  has: (run: Run<VisibilityValue>) => boolean,
  side: "greater" | "p",
): VisibilityTest | undefined {
  const procs = [...new Set(runs.map(({ cell }) => cell.levels["gomaxprocs"] ?? ""))];
  const places = [undefined, ...(procs.length > 1 ? procs : [])];
  const tests = places.flatMap((at) => {
    const here = at === undefined ? runs : runs.filter(isAt("gomaxprocs", at));
    const [off, on] = ["off", "on"].map((level) => outcomesOf(here.filter(isAt("asyncpreempt", level)), has));
    if (off === undefined || on === undefined || off[0] + on[0] === 0) return [];
    // As many tests as places, so that choosing the best of them stays honest (Bonferroni).
    const p = Math.min(1, fisherExact(off, on)[side] * places.length);
    return [{ question: at === undefined ? question : `${question} (GOMAXPROCS=${at})`, first: off, second: on, p }];
  });
  return tests.toSorted((a, b) => a.p - b.p)[0];
}

function gomaxprocsTest(runs: Runs): VisibilityTest | undefined {
  const procs = [...new Set(runs.map(({ cell }) => cell.levels["gomaxprocs"] ?? ""))];
  const [least, most] = [procs[0], procs.at(-1)];
  if (least === undefined || most === undefined || least === most) return undefined;
  const trouble = (run: Run<VisibilityValue>): boolean => isHung(run) || isFailed(run);
  const [first, second] = [least, most].map((level) => outcomesOf(runs.filter(isAt("gomaxprocs", level)), trouble));
  if (first === undefined || second === undefined || first[0] + second[0] === 0) return undefined;
  const question = `fail or hang with GOMAXPROCS=${least}, with ${most}`;
  return { question, first, second, p: fisherExact(first, second).p };
}

/** Hangs that come from preemption are those without it. */
function isLess(test: VisibilityTest | undefined): boolean {
  if (test === undefined || test.p > significance) return false;
  return shareOf(test.first) > shareOf(test.second);
}

function shareOf([hits, misses]: Outcomes): number {
  return hits / Math.max(1, hits + misses);
}

function isMasked(plain: Runs, racing: Runs): boolean {
  if (racing.length === 0) return false;
  const hung = outcomesOf(plain.filter(isAt("asyncpreempt", "off")), isHung);
  const masked = outcomesOf(racing.filter(isAt("asyncpreempt", "off")), isHung);
  return hung[0] > 0 && masked[0] === 0 && fisherExact(hung, masked).p <= significance;
}

function outcomesOf(runs: Runs, has: (run: Run<VisibilityValue>) => boolean): Outcomes {
  const hits = runs.filter(has).length;
  return [hits, runs.length - hits];
}

function isHung({ value }: Run<VisibilityValue>): boolean {
  return value.outcome === "hung" || value.outcome === "held";
}

function isFailed({ value }: Run<VisibilityValue>): boolean {
  return value.outcome === "failed";
}

function isAt(factor: string, level: string): (run: Run<VisibilityValue>) => boolean {
  return ({ cell }) => cell.levels[factor] === level;
}

function cellOf(runs: Runs): VisibilityCell {
  const count = (has: (run: Run<VisibilityValue>) => boolean): number => runs.filter(has).length;
  return {
    levels: runs[0]?.cell.levels ?? {},
    runs: runs.length,
    passed: count(({ value }) => value.outcome === "passed"),
    failed: count(isFailed),
    hung: count(isHung),
    held: count(({ value }) => value.outcome === "held"),
    withRaces: count(({ value }) => value.races > 0),
  };
}
