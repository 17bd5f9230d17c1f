/** From values to places on an axis, and where its ticks are. */

export interface Scale {
  /** A place from 0 to 1 along the axis; what lies outside is at its end. */
  place(value: number): number;
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
}

/** An axis that holds all the values. What is not finite does not stretch it. */
export function createScale(kind: "linear" | "log" | "share", values: readonly number[]): Scale {
  if (kind === "share") return scaleOf(0, 1, [0, 0.25, 0.5, 0.75, 1], percent, linear);
  const finite = values.filter((value) => Number.isFinite(value) && (kind === "linear" || value > 0));
  if (kind === "log") return logScale(finite);
  const low = Math.min(0, ...finite);
  const high = Math.max(...finite, low + (finite.length === 0 ? 1 : 0));
  // Below that a double has no room for five steps.
  const step = niceStep((high - low < 1e-200 ? 1 : high - low) / 5);
  const first = Math.floor(low / step);
  const last = Math.max(first + 1, Math.ceil(high / step));
  const ticks = Array.from({ length: last - first + 1 }, (_none, index) => (first + index) * step);
  return scaleOf(first * step, last * step, ticks, shortNumber, linear);
}

function logScale(values: readonly number[]): Scale {
  const first = values.length === 0 ? 0 : Math.floor(Math.log10(Math.min(...values)));
  const last = Math.max(first + 1, values.length === 0 ? 1 : Math.ceil(Math.log10(Math.max(...values))));
  const ticks = Array.from({ length: last - first + 1 }, (_none, index) => 10 ** (first + index));
  return scaleOf(10 ** first, 10 ** last, ticks, shortNumber, Math.log10);
}

const linear = (value: number): number => value;

function scaleOf(
  low: number,
  high: number,
  ticks: readonly number[],
  label: (value: number) => string,
  along: (value: number) => number,
): Scale {
  const [start, length] = [along(low), along(high) - along(low)];
  return {
    place: (value) => Math.min(1, Math.max(0, (along(Math.min(high, Math.max(low, value))) - start) / length)),
    ticks: ticks.map((value) => ({ value, label: label(value) })),
  };
}

function percent(value: number): string {
  return `${Math.round(value * 100)} %`;
}

/** The next larger of 1, 2, 5 times a power of ten. */
function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10) * power;
}

/** Up to four significant digits. */
export function shortNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}
