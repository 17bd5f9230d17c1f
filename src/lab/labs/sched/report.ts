/** What the scheduler lab prints. */

import { formatDuration, formatShare } from "../../../core/human-units.ts";
import { chooseGomaxprocs, sliceMs } from "../../../go/container-gomaxprocs.ts";
import type { DocumentBlock, DocumentSection } from "../../../report/document.ts";
import type { LabReport } from "../../lab.ts";
import { faultNames } from "../../starvation/verdict.ts";
import type { CellResult, SchedAnalysis } from "./analysis.ts";

export interface SchedFacts {
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly goMinor: number;
  readonly processors: number;
}

/** An experiment on the lab's own program: what it shows is knowledge, not a finding about the user's. */
export function schedReport(analysis: SchedAnalysis, about: SchedFacts): LabReport {
  const sections: readonly DocumentSection[] = [
    { title: "What each combination showed", blocks: [cellTable(analysis), ...cellPlots(analysis)] },
    { title: "Which factor makes the difference", blocks: [comparisonTable(analysis)] },
    { title: "What Go's own metrics see of it", blocks: metricsBlocks(analysis) },
    { title: "GOMAXPROCS that Go chooses by itself", blocks: gomaxprocsBlocks(about) },
    { title: "Limits of this result", blocks: [{ kind: "lines", lines: limitLines(analysis) }] },
  ];
  const document = { title: "ballast lab sched", verdict: verdictOf(analysis), facts: about.facts, sections };
  return { document, isFinding: false };
}

function verdictOf({ cells }: SchedAnalysis): string {
  const sum = (pick: (cell: CellResult) => number, of: readonly CellResult[]): number =>
    of.reduce((total, cell) => total + pick(cell), 0);
  const on = cells.filter(({ levels }) => levels["asyncpreempt"] === "on");
  const off = cells.filter(({ levels }) => levels["asyncpreempt"] === "off");
  const limited = cells.filter(({ levels }) => levels["quota"] !== "none" && levels["workload"] !== "idle");
  const stalled = (of: readonly CellResult[]): string =>
    `${sum(({ stalledRuns }) => stalledRuns, of)} of ${sum(({ runs }) => runs, of)}`;
  const quota =
    limited.length === 0
      ? "No limit was tried. "
      : `Under a limit ${sum(({ throttledRuns }) => throttledRuns, limited)} of ${sum(({ runs }) => runs, limited)} busy runs were throttled. `;
  const withOn = on.length === 0 ? "" : `with asynchronous preemption ${stalled(on)} runs stalled`;
  const withOff = off.length === 0 ? "" : `without it ${stalled(off)}`;
  return `${quota}${[withOn, withOff].filter((text) => text !== "").join(", ")}.`.replace(/(^|\. )w/, "$1W");
}

function levelText({ levels }: CellResult): readonly string[] {
  return ["workload", "quota", "gomaxprocs", "asyncpreempt", "race"].map((name) => levels[name] ?? "");
}

function cellTable({ cells }: SchedAnalysis): DocumentBlock {
  return {
    kind: "table",
    columns: [
      "workload",
      "limit",
      "GOMAXPROCS",
      "preemption",
      "race",
      "fault",
      "throttled runs",
      "stalled runs",
      "periods throttled",
      "late, median",
      "late, longest",
    ],
    rows: cells
      .toSorted(byLevels)
      .map((cell) => [
        ...levelText(cell),
        faultNames(cell.faults),
        `${cell.throttledRuns}/${cell.runs}`,
        `${cell.stalledRuns}/${cell.runs}`,
        cell.throttledShare === undefined ? "–" : formatShare(cell.throttledShare),
        cell.lateness === undefined ? "–" : formatDuration(cell.lateness.p50Ms),
        cell.lateness === undefined ? "–" : formatDuration(cell.lateness.worstMs),
      ]),
  };
}

function byLevels(a: CellResult, b: CellResult): number {
  const [first, second] = [levelText(a).join(" "), levelText(b).join(" ")];
  return first < second ? -1 : Number(first > second);
}

function cellPlots({ cells }: SchedAnalysis): readonly DocumentBlock[] {
  const late = cells.toSorted(byLevels).flatMap((cell) => {
    if (cell.lateness === undefined) return [];
    const { p50Ms, maxMs, worstMs } = cell.lateness;
    return [{ label: levelText(cell).join(" "), values: [p50Ms, maxMs, worstMs].map((ms) => Math.max(ms, 0.01)) }];
  });
  if (late.length === 0) return [];
  const plot = {
    kind: "strips",
    title: "Lateness of a goroutine that sleeps 10 ms: median, longest of a run, longest of all",
    axis: "ms",
    scale: "log",
    groups: late,
  } as const;
  return [{ kind: "plot", plot }];
}

function comparisonTable({ comparisons }: SchedAnalysis): DocumentBlock {
  if (comparisons.length === 0) return { kind: "text", text: "Nothing differed in one factor only." };
  return {
    kind: "table",
    columns: ["factor", "levels", "at", "measure", "difference", "p", "p by Holm"],
    rows: comparisons
      .toSorted((a, b) => a.p - b.p)
      .map(({ factor, levels, at, measure, found, p, adjustedP }) => [
        factor,
        levels,
        at,
        measure,
        found,
        p.toFixed(4),
        adjustedP.toFixed(4),
      ]),
  };
}

function metricsBlocks({ cells }: SchedAnalysis): readonly DocumentBlock[] {
  const throttled = cells.filter(({ faults, lateness }) => faults.includes("throttling") && lateness !== undefined);
  const nothing = "No throttled run finished, so there is nothing to compare.";
  if (throttled.length === 0) return [{ kind: "text", text: nothing }];
  const text =
    "The longest wait in /sched/latencies:seconds, in any run, beside the longest lateness. It counts the time from runnable to running, " +
    "for one wait of eight; a goroutine whose timer could not fire was not runnable, and a throttled one was running.";
  return [
    { kind: "text", text },
    {
      kind: "table",
      columns: ["workload", "limit", "GOMAXPROCS", "preemption", "race", "by the metrics", "real"],
      rows: throttled
        .toSorted(byLevels)
        .map((cell) => [
          ...levelText(cell),
          cell.metricsLatencyMs === undefined ? "–" : formatDuration(cell.metricsLatencyMs),
          formatDuration(cell.lateness?.worstMs ?? 0),
        ]),
    },
  ];
}

const shownQuotas = [0.1, 0.5, 1, 1.5, 2, 4];

function gomaxprocsBlocks({ goMinor, processors }: SchedFacts): readonly DocumentBlock[] {
  const sizes = [...new Set([processors, 8])];
  const rows = sizes.flatMap((count) =>
    shownQuotas.map((quotaCpus) => {
      const [older, newer] = [24, 25].map((minor) =>
        chooseGomaxprocs({ goMinor: minor, processors: count, quotaCpus }),
      );
      const [before, since] = [older?.value ?? count, newer?.value ?? count];
      const each = `${formatDuration(sliceMs(quotaCpus, before))}; ${formatDuration(sliceMs(quotaCpus, since))}`;
      return [String(count), String(quotaCpus), String(before), String(since), each];
    }),
  );
  const text =
    `Computed, not measured; this machine has ${processors} processors and Go 1.${goMinor}. Go reads the limit of its own cgroup only. ` +
    "Below 10 ms for each thread in a period, a limit makes timers late by whole periods.";
  return [
    { kind: "text", text },
    {
      kind: "table",
      columns: ["processors", "limit in CPUs", "to Go 1.24", "from Go 1.25", "for each thread in 100 ms"],
      rows,
    },
  ];
}

function limitLines({ noisyRuns, unlimitedRuns, notes }: SchedAnalysis): readonly string[] {
  const isNoisy = noisyRuns * 5 > unlimitedRuns;
  return [
    isNoisy
      ? `noisy machine: in ${noisyRuns} of ${unlimitedRuns} runs without a limit the threads waited for a processor; the lateness is also that of others, faults are not`
      : `in ${noisyRuns} of ${unlimitedRuns} runs without a limit the threads waited for a processor`,
    "a run that stalled is ended after 0.2 s of CPU time without a time slice; how long it would have lasted is not known",
    ...notes,
  ];
}
