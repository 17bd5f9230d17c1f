/** Counters, gauges and histograms, written out as Prometheus text. A room declares its metrics as data. */

interface MetricBase {
  /** The whole name: `ballast_http_requests_total`. Counters end in `_total`; units are base units (`_seconds`, `_bytes`). */
  readonly name: string;
  /** One sentence. */
  readonly help: string;
  /** Label names. Only what has few values: never an id. */
  readonly labels?: readonly string[];
}

export interface CounterSpec extends MetricBase {
  readonly type: "counter";
}

export interface GaugeSpec extends MetricBase {
  readonly type: "gauge";
}

export interface HistogramSpec extends MetricBase {
  readonly type: "histogram";
  /** Upper bounds, ascending, without +Inf. */
  readonly buckets: readonly number[];
}

export type MetricSpec = CounterSpec | GaugeSpec | HistogramSpec;
export type MetricSpecs = Readonly<Record<string, MetricSpec>>;

type LabelValues<Spec> = Spec extends { readonly labels: readonly (infer Name extends string)[] }
  ? [Name] extends [never]
    ? []
    : [labels: Readonly<Record<Name, string>>]
  : [];

export interface Counter<LabelArguments extends readonly unknown[]> {
  /** Adds `amount` (not negative). */
  add(amount: number, ...labels: LabelArguments): void;
}

export interface Gauge<LabelArguments extends readonly unknown[]> {
  set(value: number, ...labels: LabelArguments): void;
  add(amount: number, ...labels: LabelArguments): void;
  /** From now on the value is what `read` returns when the metrics are written out. */
  follow(read: () => number, ...labels: LabelArguments): void;
}

export interface Histogram<LabelArguments extends readonly unknown[]> {
  /** The series of these labels. To be kept where it is observed often: finding it takes 1.5 µs, observing 0.05. */
  of(...labels: LabelArguments): Observer;
}

export interface Observer {
  observe(value: number): void;
}

type Instrument<Spec> = Spec extends CounterSpec
  ? Counter<LabelValues<Spec>>
  : Spec extends GaugeSpec
    ? Gauge<LabelValues<Spec>>
    : Histogram<LabelValues<Spec>>;

/** A set of metrics that counts: one instrument for each spec, and their text. */
export interface Metrics<Specs extends MetricSpecs> {
  readonly instruments: { readonly [Key in keyof Specs]: Instrument<Specs[Key]> };
  /** The text of these metrics; sets are written one after another into one page. */
  readonly render: () => string;
}

/** The content type of the page that `render` makes. */
export const metricsContentType = "text/plain; version=0.0.4; charset=utf-8";

/** Declares a room's metrics; the identity, for its types. */
export function defineMetrics<const Specs extends MetricSpecs>(specs: Specs): Specs {
  return specs;
}

/** Series without labels are there from the start with 0, so that a rate over them is never absent. */
export function createMetrics<const Specs extends MetricSpecs>(specs: Specs): Metrics<Specs> {
  const families = Object.entries(specs).map(([key, spec]) => ({ key, spec, ...createFamily(spec) }));
  const instruments = Object.fromEntries(families.map(({ key, instrument }) => [key, instrument]));
  return {
    // Each instrument was made from its own spec; the mapped type says the same to the compiler.
    instruments: instruments as unknown as Metrics<Specs>["instruments"],
    render: () => families.map(({ spec, lines }) => renderFamily(spec, lines())).join(""),
  };
}

type Labels = Readonly<Record<string, string>>;

interface Family {
  readonly instrument: object;
  readonly lines: () => string[];
}

function createFamily(spec: MetricSpec): Family {
  if (spec.type === "histogram") return createHistogram(spec);
  return spec.type === "counter" ? createCounter(spec) : createGauge(spec);
}

function createCounter(spec: CounterSpec): Family {
  const series = createSeries(spec, () => ({ value: 0 }));
  return {
    instrument: {
      add: (amount: number, labels?: Labels) => {
        if (amount > 0) series.get(labels).value += amount;
      },
    },
    lines: () => series.entries().map(([labels, { value }]) => `${spec.name}${braces(labels)} ${numberText(value)}`),
  };
}

function createGauge(spec: GaugeSpec): Family {
  const series = createSeries(spec, (): { value: number; read?: () => number } => ({ value: 0 }));
  return {
    instrument: {
      set: (value: number, labels?: Labels) => {
        series.get(labels).value = value;
      },
      add: (amount: number, labels?: Labels) => {
        series.get(labels).value += amount;
      },
      follow: (read: () => number, labels?: Labels) => {
        series.get(labels).read = read;
      },
    },
    lines: () =>
      series
        .entries()
        .map(([labels, { value, read }]) => `${spec.name}${braces(labels)} ${numberText(read?.() ?? value)}`),
  };
}

function createHistogram(spec: HistogramSpec): Family {
  const { buckets } = spec;
  const series = createSeries(spec, () => createBuckets(buckets));
  return {
    instrument: { of: (labels?: Labels): Observer => series.get(labels) },
    lines: () =>
      series.entries().flatMap(([labels, { counts, count, sum }]) => {
        let below = 0;
        const bucketLines = buckets.map((bound, index) => {
          below += counts[index] ?? 0;
          return `${spec.name}_bucket${braces([...labels, ["le", numberText(bound)]])} ${below}`;
        });
        return [
          ...bucketLines,
          `${spec.name}_bucket${braces([...labels, ["le", "+Inf"]])} ${count}`,
          `${spec.name}_sum${braces(labels)} ${numberText(sum)}`,
          `${spec.name}_count${braces(labels)} ${count}`,
        ];
      }),
  };
}

interface Buckets extends Observer {
  readonly counts: readonly number[];
  count: number;
  sum: number;
}

function createBuckets(bounds: readonly number[]): Buckets {
  const counts = bounds.map(() => 0);
  const buckets: Buckets = {
    counts,
    count: 0,
    sum: 0,
    observe(value) {
      let at = 0;
      while (at < bounds.length && value > (bounds[at] as number)) at += 1;
      if (at < bounds.length) counts[at] = (counts[at] as number) + 1;
      buckets.count += 1;
      buckets.sum += value;
    },
  };
  return buckets;
}

type LabelPairs = readonly (readonly [name: string, value: string])[];

interface Series<State> {
  get(labels: Labels | undefined): State;
  entries(): (readonly [LabelPairs, State])[];
}

/** One state for each combination of label values. */
function createSeries<State>(spec: MetricSpec, create: () => State): Series<State> {
  const names = spec.labels ?? [];
  const states = new Map<string, { readonly pairs: LabelPairs; readonly state: State }>();
  function get(labels: Labels | undefined): State {
    const pairs = names.map((name) => [name, labels?.[name] ?? ""] as const);
    const key = pairs.map(([, value]) => value).join("\0");
    const existing = states.get(key);
    if (existing !== undefined) return existing.state;
    const state = create();
    states.set(key, { pairs, state });
    return state;
  }
  if (names.length === 0) get(undefined);
  return { get, entries: () => [...states.values()].map(({ pairs, state }) => [pairs, state] as const) };
}

function renderFamily(spec: MetricSpec, lines: readonly string[]): string {
  const help = spec.help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return [`# HELP ${spec.name} ${help}`, `# TYPE ${spec.name} ${spec.type}`, ...lines, ""].join("\n");
}

function braces(pairs: LabelPairs): string {
  if (pairs.length === 0) return "";
  return `{${pairs.map(([name, value]) => `${name}="${escapeValue(value)}"`).join(",")}}`;
}

function escapeValue(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function numberText(value: number): string {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  return Number.isNaN(value) ? "NaN" : String(value);
}
