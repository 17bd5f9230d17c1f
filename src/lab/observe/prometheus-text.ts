/** As much of Prometheus' text format as Go's own metrics need: samples with their labels, no types, no time stamps. */

export interface MetricSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const samplesMax = 100_000;
const lineForm = /^([a-zA-Z_:][\w:]*)(?:\{([^}]*)\})? ([^ ]+)(?: -?\d+)?$/;

/** The samples; lines that are none are passed over. */
export function parsePrometheusText(text: string): readonly MetricSample[] {
  const samples: MetricSample[] = [];
  for (const line of text.split("\n")) {
    const found = line.startsWith("#") ? null : lineForm.exec(line.trimEnd());
    if (found === null || samples.length >= samplesMax) continue;
    const [, name = "", labels = "", number = ""] = found;
    const value = number === "+Inf" ? Infinity : Number(number);
    if (!Number.isNaN(value)) samples.push({ name, labels: parseLabels(labels), value });
  }
  return samples;
}

function parseLabels(text: string): Readonly<Record<string, string>> {
  const pairs = [...text.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)];
  return Object.fromEntries(pairs.map(([, name = "", value = ""]) => [name, value.replace(/\\(.)/g, "$1")]));
}

/** A histogram as its buckets: how many were at most `le`, cumulative. */
export type Buckets = readonly (readonly [le: number, count: number])[];

export function bucketsOf(samples: readonly MetricSample[], name: string): Buckets {
  return samples
    .filter((sample) => sample.name === `${name}_bucket`)
    .map(({ labels, value }) => [labels["le"] === "+Inf" ? Infinity : Number(labels["le"]), value] as const)
    .filter(([le]) => !Number.isNaN(le))
    .toSorted(([a], [b]) => a - b);
}

/** The bounds of the bucket in which the quantile of what came between two readings lies. */
export function quantileBetween(
  before: Buckets,
  after: Buckets,
  share: number,
): { readonly above: number; readonly atMost: number } | undefined {
  const earlier = new Map(before);
  const since = after.map(([le, count]) => [le, count - (earlier.get(le) ?? 0)] as const);
  const total = since.at(-1)?.[1] ?? 0;
  if (total <= 0) return undefined;
  const at = since.findIndex(([, count]) => count >= share * total);
  return { above: since[at - 1]?.[0] ?? 0, atMost: since[at]?.[0] ?? Infinity };
}
