/** What the visibility lab prints. */

import { formatShare } from "../../../core/human-units.ts";
import type { DocumentBlock, DocumentSection } from "../../../report/document.ts";
import type { LabReport } from "../../lab.ts";
import type { VisibilityAnalysis, VisibilityVerdict } from "./analysis.ts";

type Facts = readonly (readonly [name: string, value: string])[];

export function visibilityReport(analysis: VisibilityAnalysis, facts: Facts): LabReport {
  const { verdict, firstRace, firstFailure } = analysis;
  const sections: readonly DocumentSection[] = [
    { title: "What each combination did", blocks: [cellTable(analysis)] },
    ...(analysis.tests.length === 0 ? [] : [{ title: "What it depends on", blocks: [testTable(analysis)] }]),
    ...quoted("The first report of the race detector", firstRace),
    ...quoted("What the first failed run wrote", firstFailure),
    { title: "What to make of it", blocks: [{ kind: "lines", lines: adviceLines(analysis) }] },
  ];
  const document = { title: "ballast lab visibility", verdict: verdictSentence(analysis), facts, sections };
  return { document, isFinding: verdict !== "nothing seen" };
}

const sentences: Readonly<Record<VisibilityVerdict, string>> = {
  "data race":
    "A data race: the race detector saw it, and the program's end does not depend on asynchronous preemption.",
  preemption: "Preemption: the race detector saw nothing, and what fails depends on asynchronous preemption.",
  "data race and preemption":
    "Both: a data race that the race detector saw, and runs that depend on asynchronous preemption.",
  neither:
    "Neither: it fails, but the race detector saw nothing, and preemption makes no difference that these runs can show.",
  undetermined:
    "Undetermined: it fails the same with and without preemption, and the race detector could not be asked.",
  "nothing seen": "Nothing was seen: every run passed, and the race detector was silent.",
};

function verdictSentence({ verdict, wasRaceAsked }: VisibilityAnalysis): string {
  const isHalfBlind = verdict === "nothing seen" && !wasRaceAsked;
  return isHalfBlind ? "Nothing was seen: every run passed; the race detector could not be asked." : sentences[verdict];
}

function cellTable({ cells }: VisibilityAnalysis): DocumentBlock {
  return {
    kind: "table",
    columns: ["preemption", "race", "GOMAXPROCS", "runs", "passed", "failed", "hung", "processors held", "races seen"],
    rows: cells
      .map(({ levels, runs, passed, failed, hung, held, withRaces }) => [
        levels["asyncpreempt"] ?? "",
        levels["race"] ?? "",
        levels["gomaxprocs"] ?? "",
        ...[runs, passed, failed, hung, held].map(String),
        levels["race"] === "on" ? String(withRaces) : "–",
      ])
      .toSorted((a, b) => (a.slice(0, 3).join(" ") < b.slice(0, 3).join(" ") ? -1 : 1)),
  };
}

function testTable({ tests }: VisibilityAnalysis): DocumentBlock {
  const text = ([hits, misses]: readonly [number, number]): string => `${hits} of ${hits + misses}`;
  return {
    kind: "table",
    columns: ["runs that", "first", "second", "p (Fisher)"],
    rows: tests.map(({ question, first, second, p }) => [question, text(first), text(second), p.toFixed(4)]),
  };
}

function quoted(title: string, text: string | undefined): readonly DocumentSection[] {
  if (text === undefined || text === "") return [];
  return [{ title, blocks: [{ kind: "lines", lines: text.split("\n").slice(0, 40) }] }];
}

function adviceLines({
  verdict,
  isMaskedByRace,
  missedAtMost,
  wasRaceAsked,
  notes,
}: VisibilityAnalysis): readonly string[] {
  const bounds =
    `what happens in less than ${formatShare(missedAtMost.hangs)} of the runs may hang unseen` +
    (wasRaceAsked
      ? `, and a race that shows in less than ${formatShare(missedAtMost.races)} may be unseen (95 %)`
      : "");
  return [
    ...advice[verdict],
    ...(isMaskedByRace ? ["-race hides the hang: its instrumentation adds places where goroutines yield"] : []),
    bounds,
    ...notes,
  ];
}

const raceAdvice =
  "mend the race by sync or sync/atomic; without that no setting of preemption makes one goroutine's writes visible to another";
const preemptionAdvice =
  "a loop waits without ever yielding: let it block on a channel or a sync.Cond, or call runtime.Gosched(); and take asyncpreemptoff=1 away";

const advice: Readonly<Record<VisibilityVerdict, readonly string[]>> = {
  "data race": [raceAdvice],
  preemption: [preemptionAdvice],
  "data race and preemption": [raceAdvice, preemptionAdvice],
  neither: ["look for a deadlock, a wrong order, or a test that fails by itself"],
  undetermined: ["install a C compiler, or build with -race elsewhere and give --race-program"],
  "nothing seen": [],
};
