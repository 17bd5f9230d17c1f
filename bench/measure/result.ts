/** What a bench hands over to be printed and kept. */

import type { RowSpec } from "./report.ts";
import type { Series, Unit } from "./rounds.ts";

export interface BenchResult {
  readonly series: readonly Series[];
  readonly rows: readonly RowSpec[];
  /** Told before the table, one line each: what was built, how large it is, what was chosen. */
  readonly facts: readonly (readonly [name: string, value: string])[];
}

/** A series of values that were seen beside another's, by their name in its samples' details. */
export function detailSeries(
  series: readonly Series[],
  from: string,
  detail: string,
  name: string,
  unit: Unit,
): Series {
  const source = series.find((one) => one.name === from);
  if (source === undefined) throw new Error(`no series ${from}`);
  return { name, unit, samples: source.samples.map(({ details }) => ({ value: Number(details?.[detail]) })) };
}

/** A series of one value. */
export function singleValue(name: string, unit: Unit, value: number): Series {
  return { name, unit, samples: [{ value }] };
}
