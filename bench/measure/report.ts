/** From series to rows with ratios, bars and verdicts, and from rows to a table. */

import { formatBytes, formatCount, formatDuration } from "../../src/core/human-units.ts";
import { formatTable } from "../../src/core/table.ts";
import type { Series, Unit } from "./rounds.ts";
import { pairRatios, summarize, type Summary } from "./statistics.ts";

/** What was to be reached. */
export interface Bar {
  /** The ratio to the base pair by pair (its median), or the values themselves (the worst of them). */
  readonly of: "ratio" | "value";
  readonly sense: "at most" | "at least";
  readonly limit: number;
  /** What was hoped for beyond the bar. */
  readonly aim?: number;
}

/** Which series makes a row, against which other, and what is asked of it. */
export interface RowSpec {
  readonly arm: string;
  readonly base?: string | undefined;
  readonly bar?: Bar | undefined;
}

export interface Row {
  readonly arm: string;
  readonly unit: Unit;
  readonly values: Summary;
  readonly base: string | undefined;
  readonly ratios: Summary | undefined;
  readonly bar: Bar | undefined;
  /** `within` the bar; `over` a ceiling; `below` a floor. Absent where nothing is asked. */
  readonly verdict: "within" | "over" | "below" | undefined;
}

/** Throws for a row whose series is not there, or whose base has other rounds. */
export function makeRows(specs: readonly RowSpec[], series: readonly Series[]): Row[] {
  const byName = new Map(series.map((one) => [one.name, one]));
  return specs.map(({ arm, base, bar }) => {
    const { unit, values } = valuesOf(byName, arm);
    const ratios = base === undefined ? undefined : summarize(pairRatios(values, valuesOf(byName, base).values));
    const row = { arm, unit, values: summarize(values), base, ratios, bar };
    return { ...row, verdict: bar === undefined ? undefined : judge(bar, row) };
  });
}

function valuesOf(byName: ReadonlyMap<string, Series>, name: string): { unit: Unit; values: number[] } {
  const series = byName.get(name);
  if (series === undefined) throw new Error(`no series ${name}`);
  return { unit: series.unit, values: series.samples.map(({ value }) => value) };
}

function judge(bar: Bar, { values, ratios }: Pick<Row, "values" | "ratios">): "within" | "over" | "below" {
  const worst = bar.sense === "at most" ? values.max : values.min;
  const found = bar.of === "value" ? worst : (ratios?.median ?? Number.NaN);
  if (bar.sense === "at most") return found <= bar.limit ? "within" : "over";
  return found >= bar.limit ? "within" : "below";
}

const columns = ["", "n", "median", "min", "max", "ratio", "from", "to", "against", "bar", "verdict"];

/** The rows as an aligned table; ratios are medians of the pairs' ratios. */
export function reportTable(rows: readonly Row[]): string {
  const left = new Set(["", "against", "bar", "verdict"]);
  return formatTable(
    columns.map((title) => ({ title, align: left.has(title) ? ("left" as const) : ("right" as const) })),
    rows.map((row) => {
      const { values, ratios, unit } = row;
      const shown = [values.median, values.min, values.max].map((value) => valueText(value, unit));
      const ratioTexts = [ratios?.median, ratios?.min, ratios?.max].map(ratioText);
      return [row.arm, String(values.count), ...shown, ...ratioTexts, row.base ?? "", barText(row), row.verdict ?? ""];
    }),
  );
}

function valueText(value: number, unit: Unit): string {
  switch (unit) {
    case "ms":
      return formatDuration(value);
    case "bytes":
      return formatBytes(value);
    case "requests/s":
      return `${formatCount(value)}/s`;
    case "ratio":
      return value.toFixed(3);
  }
}

function ratioText(ratio: number | undefined): string {
  return ratio === undefined ? "" : ratio.toFixed(ratio < 1 ? 3 : 2);
}

function barText({ bar, unit }: Row): string {
  if (bar === undefined) return "";
  const text = (value: number): string => (bar.of === "ratio" ? String(value) : valueText(value, unit));
  const aim = bar.aim === undefined ? "" : `, aim ${text(bar.aim)}`;
  return `${bar.sense} ${text(bar.limit)}${aim}`;
}
