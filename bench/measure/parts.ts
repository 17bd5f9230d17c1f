/** Benches that are made of parts, each of which can be run by itself. */

import { formatFacts } from "../../src/core/table.ts";
import type { BallastProgram } from "../setup/ballast-program.ts";
import type { MachineFacts } from "./machine.ts";
import { type Bar, makeRows, reportTable, type RowSpec } from "./report.ts";
import type { Series } from "./rounds.ts";

export interface Part {
  readonly series: readonly Series[];
  readonly rows: readonly RowSpec[];
}

export function atMost(limit: number, of: Bar["of"] = "value"): Bar {
  return { of, sense: "at most", limit };
}

/** Prints what was found, and where. `more`: facts that only some benches depend on. */
export function printParts(
  found: readonly Part[],
  { version, digest }: BallastProgram,
  { cores, processor, system, kernel, loadAtStart }: MachineFacts,
  more: readonly [string, string][] = [],
): void {
  const rows = makeRows(
    found.flatMap((part) => part.rows),
    found.flatMap((part) => part.series),
  );
  const facts: [string, string][] = [
    ["machine", `${cores} cores, ${processor}, ${system}`],
    ["kernel", kernel],
    ...more,
    ["ballast", `${version}, executable ${digest.slice(0, 12)}`],
    ["load at the start", String(loadAtStart)],
  ];
  console.log(`${formatFacts(facts)}\n${reportTable(rows)}`);
}
