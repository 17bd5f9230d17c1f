/** What the runs of the scheduler lab say: a name for each cell, and exact tests between cells that differ in one factor. */

import { throttledShare } from "../../../core/cgroup/cpu-stat.ts";
import { fisherExact } from "../../../stats/fisher-exact.ts";
import { holm } from "../../../stats/holm.ts";
import { hodgesLehmann, mannWhitney } from "../../../stats/mann-whitney.ts";
import { median } from "../../../stats/order.ts";
import type { Run } from "../../lab.ts";
import { judgeStarvation, type StarvationFault } from "../../starvation/verdict.ts";
import { type FactorName, factorNames } from "./factors.ts";
import type { SchedValue } from "./program.ts";

export interface SchedAnalysis {
  readonly cells: readonly CellResult[];
  readonly comparisons: readonly Comparison[];
  /** Runs without a limit whose threads still waited for a processor for more than a third of the time: others use this machine. */
  readonly noisyRuns: number;
  readonly unlimitedRuns: number;
  readonly notes: readonly string[];
}

export interface CellResult {
  readonly levels: Readonly<Record<string, string>>;
  readonly runs: number;
  /** What more than half of the runs show. */
  readonly faults: readonly StarvationFault[];
  readonly throttledRuns: number;
  readonly stalledRuns: number;
  /** Of the periods; median of the runs. */
  readonly throttledShare: number | undefined;
  /** Of the runs that finished: the median of their medians, the median and the most of their longest lateness. */
  readonly lateness: { readonly p50Ms: number; readonly maxMs: number; readonly worstMs: number } | undefined;
  /** The longest wait that Go's own metrics knew of in any of the runs. */
  readonly metricsLatencyMs: number | undefined;
  readonly goroutines: number | undefined;
}

export interface Comparison {
  readonly factor: FactorName;
  /** `0.1 against none`. */
  readonly levels: string;
  /** The other factors' levels. */
  readonly at: string;
  readonly measure: "longest lateness" | "runs that stalled";
  readonly found: string;
  /** Two-sided, exact. */
  readonly p: number;
  /** By Holm: over those of all combinations together, and apart from them over those of single ones. */
  readonly adjustedP: number;
}

/** CPU time without a sign of life that no slowness explains. */
const silentCpuMs = 300;

/** What one run shows. Threads that wait are this machine's noise here, not a fault of the program. */
export function faultsOfRun({ evidence, ending }: SchedValue): readonly StarvationFault[] {
  const { faults } = judgeStarvation(evidence);
  const isSilent = ending === "silent" && (evidence.cpuMs ?? 0) >= silentCpuMs;
  const isStalled = faults.includes("non-preemption") || isSilent;
  return [
    ...(faults.includes("throttling") ? (["throttling"] as const) : []),
    ...(isStalled ? (["non-preemption"] as const) : []),
  ];
}

export function analyseRuns(runs: readonly Run<SchedValue>[], notes: readonly string[]): SchedAnalysis {
  const groups = [...Map.groupBy(runs, ({ cell }) => keyOf(cell.levels)).values()];
  const unlimited = runs.filter(({ cell }) => cell.levels["quota"] === "none");
  return {
    cells: groups.map(cellResult),
    comparisons: compareAll(groups),
    noisyRuns: unlimited.filter(({ value }) => judgeStarvation(value.evidence).faults.includes("waiting")).length,
    unlimitedRuns: unlimited.length,
    notes,
  };
}

function cellResult(runs: readonly Run<SchedValue>[]): CellResult {
  const values = runs.map(({ value }) => value);
  const faults = values.map(faultsOfRun);
  const countOf = (fault: StarvationFault): number => faults.filter((one) => one.includes(fault)).length;
  const [throttledRuns, stalledRuns] = [countOf("throttling"), countOf("non-preemption")];
  const isMost = (count: number): boolean => count * 2 > runs.length;
  const late = values.flatMap(({ evidence }) => (evidence.lateness === undefined ? [] : [evidence.lateness]));
  const longest = late.map(({ maxMs }) => maxMs);
  return {
    levels: runs[0]?.cell.levels ?? {},
    runs: runs.length,
    faults: [
      ...(isMost(throttledRuns) ? (["throttling"] as const) : []),
      ...(isMost(stalledRuns) ? (["non-preemption"] as const) : []),
    ],
    throttledRuns,
    stalledRuns,
    throttledShare: medianOf(values.map(({ evidence: { throttling } }) => throttling && throttledShare(throttling))),
    lateness:
      late.length === 0
        ? undefined
        : { p50Ms: median(late.map(({ p50Ms }) => p50Ms)), maxMs: median(longest), worstMs: Math.max(...longest) },
    metricsLatencyMs: mostOf(values.map(({ metricsLatencyMs }) => metricsLatencyMs)),
    goroutines: mostOf(values.map(({ goroutines }) => goroutines)),
  };
}

type Group = readonly Run<SchedValue>[];
type Draft = Omit<Comparison, "adjustedP">;

function compareAll(groups: readonly Group[]): readonly Comparison[] {
  const single = [
    ...groups.flatMap((group) => againstBase(groups, group, "quota", "none", compareLateness)),
    ...groups.flatMap((group) => againstBase(groups, group, "asyncpreempt", "on", compareStalls)),
    ...groups.flatMap((group) => againstBase(groups, group, "race", "off", compareStalls)),
  ];
  const runs = groups.flat();
  const overall = [...overallStalls(runs, "asyncpreempt", "on"), ...overallStalls(runs, "race", "off")];
  return [...adjust([...overall, ...overallStalls(runs, "quota", "none")]), ...adjust(single)];
}

function adjust(drafts: readonly Draft[]): readonly Comparison[] {
  const adjusted = holm(drafts.map(({ p }) => p));
  return drafts.map((draft, at) => ({ ...draft, adjustedP: adjusted[at] ?? 1 }));
}

/** Each level against the base, over all combinations of the other factors: as many runs of each on both sides. */
function overallStalls(runs: Group, factor: FactorName, base: string): readonly Draft[] {
  const byLevel = Map.groupBy(runs, ({ cell }) => cell.levels[factor] ?? base);
  const others = byLevel.get(base);
  return [...byLevel].flatMap(([level, group]) => {
    const result = level === base || others === undefined ? undefined : compareStalls(group, others);
    return result === undefined
      ? []
      : [{ factor, levels: `${level} against ${base}`, at: "all combinations", ...result }];
  });
}

type Compare = (group: Group, base: Group) => Pick<Comparison, "measure" | "found" | "p"> | undefined;

/** The group against the one that differs from it only in `factor`, which has its base level there. */
function againstBase(
  groups: readonly Group[],
  group: Group,
  factor: FactorName,
  base: string,
  compare: Compare,
): readonly Draft[] {
  const levels = group[0]?.cell.levels ?? {};
  const level = levels[factor] ?? base;
  if (level === base) return [];
  const key = keyOf({ ...levels, [factor]: base });
  const other = groups.find((one) => keyOf(one[0]?.cell.levels ?? {}) === key);
  const result = other === undefined ? undefined : compare(group, other);
  if (result === undefined) return [];
  const at = factorNames
    .filter((name) => name !== factor)
    .map((name) => `${name}=${levels[name]}`)
    .join(" ");
  return [{ factor, levels: `${level} against ${base}`, at, ...result }];
}

function compareLateness(group: Group, base: Group): ReturnType<Compare> {
  const [values, others] = [longestOf(group), longestOf(base)];
  if (values.length === 0 || others.length === 0) return undefined;
  const { estimate, low, high } = hodgesLehmann(values, others);
  const interval = Number.isFinite(low)
    ? ` (${low.toFixed(0)} to ${high.toFixed(0)})`
    : " (too few runs for an interval)";
  const found = `${estimate >= 0 ? "+" : ""}${estimate.toFixed(0)} ms${interval}`;
  return { measure: "longest lateness", found, p: mannWhitney(values, others).p };
}

function compareStalls(group: Group, base: Group): ReturnType<Compare> {
  const [stalled, others] = [stallsOf(group), stallsOf(base)];
  if (stalled + others === 0) return undefined;
  const found = `${stalled} of ${group.length} against ${others} of ${base.length}`;
  const { p } = fisherExact([stalled, group.length - stalled], [others, base.length - others]);
  return { measure: "runs that stalled", found, p };
}

function longestOf(group: Group): readonly number[] {
  return group.flatMap(({ value }) => (value.evidence.lateness === undefined ? [] : [value.evidence.lateness.maxMs]));
}

function stallsOf(group: Group): number {
  return group.filter(({ value }) => faultsOfRun(value).includes("non-preemption")).length;
}

function keyOf(levels: Readonly<Record<string, string>>): string {
  return factorNames.map((name) => levels[name]).join(" ");
}

function medianOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : median(known);
}

function mostOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
