/** A simulated day in tables, for a terminal or a page. */

import { formatBytes, formatCount, formatDuration, formatShare } from "../../src/core/human-units.ts";
import { formatTable } from "../../src/core/table.ts";
import type { DayResult } from "./fleet-day.ts";
import { limitsReached } from "./limits-reached.ts";
import { requestKinds } from "./simulated-node.ts";
import type { TimeTally } from "./tally.ts";

export interface TextTable {
  /** The first column's title is empty where its rows name themselves. */
  readonly titles: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function dayTables(result: DayResult): readonly TextTable[] {
  return [summaryTable(result), limitTable(result), requestTable(result)];
}

export function summaryTable(result: DayResult): TextTable {
  const { counts, traffic, sharing, engines, options } = result;
  const perSecond = (perMs: number): string => `${formatCount(perMs * 1000)}/s`;
  const rows: [string, string][] = [
    ["runners; busy at once", `${formatCount(options.runners)}; ${formatCount(result.busyMost)}`],
    ["nodes", String(options.nodes)],
    ["jobs; go commands", `${formatCount(counts.arrived)}; ${formatCount(counts.commands)}`],
    ["requests; in the worst minute", `${formatCount(traffic.all.total)}; ${perSecond(traffic.all.peakPerMs)}`],
    ["to runners; in the worst minute", bytesText(traffic.bytesOut)],
    ["from runners; in the worst minute", bytesText(traffic.bytesIn)],
    ["new entries; all at the end", `${formatCount(sharing.counts.acknowledged)}; ${formatCount(result.entries)}`],
    ["their bodies at the end", formatBytes(result.entryBytes)],
    ["runs without a manifest", shareOf(counts.blind, counts.opened)],
    ["commands built without the server", shareOf(counts.localCommands, counts.commands)],
    ["jobs that gave it up: unanswered; slow", `${formatCount(counts.unanswered)}; ${formatCount(counts.slow)}`],
  ];
  if (options.nodes > 1) {
    rows.push(
      ["told by the bus", formatBytes(engines.busBytes.total)],
      ["acknowledged at one node, in another's index", timesText(sharing.propagation)],
      [
        "runs that waited for bodies of another node",
        `${formatCount(result.fetchWaits.count)}: ${timesText(result.fetchWaits)}`,
      ],
    );
  }
  return { titles: ["", "the day"], rows };
}

export function limitTable(result: DayResult): TextTable {
  return {
    titles: ["part", "worst minute", "limit", "share", "full at"],
    rows: limitsReached(result).map(({ part, used, limit, share, runnersAtLimit }) => [
      part,
      used,
      limit,
      formatShare(share),
      `${formatCount(Number(runnersAtLimit.toPrecision(2)))} runners`,
    ]),
  };
}

function requestTable({ traffic }: DayResult): TextTable {
  return {
    titles: ["request", "count", "worst minute", "p50", "p99"],
    rows: requestKinds.map((kind) => {
      const [requests, waits] = [traffic.requests[kind], traffic.waits[kind]];
      const times = [0.5, 0.99].map((share) => formatDuration(waits.quantileMs(share)));
      return [kind, formatCount(requests.total), `${formatCount(requests.peakPerMs * 1000)}/s`, ...times];
    }),
  };
}

function bytesText({ total, peakPerMs }: DayResult["traffic"]["bytesOut"]): string {
  return `${formatBytes(total)}; ${formatBytes(peakPerMs * 1000)}/s`;
}

function timesText(times: TimeTally): string {
  return `p50 ${formatDuration(times.quantileMs(0.5))}, p99 ${formatDuration(times.quantileMs(0.99))}`;
}

function shareOf(part: number, whole: number): string {
  return `${formatCount(part)} (${formatShare(whole === 0 ? 0 : part / whole)})`;
}

export function terminalTable({ titles, rows }: TextTable): string {
  return formatTable(
    titles.map((title, at) => ({ title, align: at === 0 ? ("left" as const) : ("right" as const) })),
    rows,
  );
}

export function markdownTable({ titles, rows }: TextTable): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  return line(titles) + `|${titles.map(() => "---").join("|")}|\n` + rows.map(line).join("");
}
