import type { Database } from "bun:sqlite";
import type { StoreTotals } from "../store-state.ts";

/** What is counted once at the start and kept up to date from then on. About 0.3 s for a million outputs. */
export interface StartTotals extends StoreTotals {
  readonly lastOutputId: number;
  readonly ownFileBytes: number;
  readonly segments: Map<number, { readonly liveBytes: number; readonly endOffset: number }>;
  readonly pairs: Map<string, number>;
}

interface SegmentRow {
  readonly segment: number;
  readonly outputs: number;
  readonly raw: number;
  readonly stored: number;
  readonly end: number;
  readonly last: number;
}

/** `headBytes` is what a body in a segment takes besides its own bytes. */
export function readTotals(db: Database, headBytes: number): StartTotals {
  const bySegment = db
    .query<SegmentRow, []>(
      `SELECT segment, count(*) AS outputs, sum(size) AS raw, sum(stored) AS stored,
              max(offset + stored) AS end, max(id) AS last FROM outputs GROUP BY segment`,
    )
    .all();
  const pairs = readPairs(db);
  const sum = (value: (row: SegmentRow) => number): number => bySegment.reduce((total, row) => total + value(row), 0);
  return {
    entries: [...pairs.values()].reduce((total, count) => total + count, 0),
    outputs: sum((row) => row.outputs),
    rawBytes: sum((row) => row.raw),
    storedBytes: sum((row) => row.stored),
    lastOutputId: Math.max(0, ...bySegment.map((row) => row.last)),
    ownFileBytes: bySegment.find((row) => row.segment === 0)?.stored ?? 0,
    segments: new Map(
      bySegment
        .filter((row) => row.segment > 0)
        .map((row) => [row.segment, { liveBytes: row.stored + row.outputs * headBytes, endOffset: row.end }]),
    ),
    pairs,
  };
}

function readPairs(db: Database): Map<string, number> {
  const rows = db
    .query<{ scope: number; partition: number; entries: number }, []>(
      "SELECT scope, partition, count(*) AS entries FROM entries GROUP BY scope, partition",
    )
    .all();
  return new Map(rows.map(({ scope, partition, entries }) => [`${scope}/${partition}`, entries]));
}
