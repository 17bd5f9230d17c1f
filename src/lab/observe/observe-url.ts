/**
 * `ballast observe --url`: what a program says of itself. Its metrics cannot see throttling: a throttled goroutine is
 * running, and one whose timer could not fire was never runnable (0.05 ms in `/sched/latencies:seconds` beside 190 ms
 * of real lateness, Go 1.26 at 0.1 CPU). So there is no verdict of "no fault" here.
 */

import type { Clock } from "../../core/clock.ts";
import { formatDuration } from "../../core/human-units.ts";
import type { Style } from "../../core/style.ts";
import { observeErrors } from "./errors.ts";
import { type Buckets, bucketsOf, type MetricSample, parsePrometheusText, quantileBetween } from "./prometheus-text.ts";

export interface MetricsObservation {
  readonly kind: "metrics";
  readonly source: "prometheus" | "expvar";
  readonly summary: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** Of waits from runnable to running, between the two readings: the bucket's upper bound, absent where it has none. */
  readonly latencyP99Ms: number | undefined;
  readonly isFault: boolean;
  readonly blind: readonly string[];
}

const answerMaxBytes = 8_000_000;
const answerDeadlineMs = 5000;
/** A goroutine that waits for longer than a time slice for its turn, in one wait of a hundred. */
const lateMs = 10;

/** Reads twice, `forMs` apart. Throws `lab/observe-url-unreadable`. */
export async function observeUrl(
  url: string,
  forMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<MetricsObservation> {
  const first = await readMetrics(url, signal);
  await clock.sleep(forMs, signal);
  const second = await readMetrics(url, signal);
  if (typeof first === "string" || typeof second === "string") {
    return expvarObservation(typeof second === "string" ? second : "");
  }
  return prometheusObservation(first, second);
}

function prometheusObservation(first: readonly MetricSample[], second: readonly MetricSample[]): MetricsObservation {
  const [before, after] = [latencyBuckets(first), latencyBuckets(second)];
  const p99 = quantileBetween(before, after, 0.99);
  const latencyP99Ms = p99 === undefined ? undefined : p99.atMost * 1000;
  // The buckets are an order of magnitude wide: what is certain is the lower bound.
  const isFault = p99 !== undefined && p99.above * 1000 >= lateMs;
  const facts = (
    [
      ["goroutines", "go_goroutines"],
      ["GOMAXPROCS", "go_sched_gomaxprocs_threads"],
      ["threads", "go_threads"],
    ] as const
  ).flatMap(([title, name]): [string, string][] => {
    const value = second.find((sample) => sample.name === name)?.value;
    return value === undefined ? [] : [[title, String(value)]];
  });
  const wait = latencyP99Ms === undefined ? [] : [["runnable before running, 99 %", atMost(latencyP99Ms)] as const];
  return {
    kind: "metrics",
    source: "prometheus",
    summary: isFault
      ? `goroutines wait for a processor: one wait of a hundred is longer than ${lateMs} ms`
      : "unknown: these metrics show no wait, and cannot show throttling or goroutines that are not preempted",
    facts: [...facts, ...wait],
    latencyP99Ms,
    isFault,
    blind: [
      ...blindness,
      ...(after.length === 0
        ? ["go_sched_latencies_seconds is not exported: collectors.WithGoCollectorRuntimeMetrics does it"]
        : []),
    ],
  };
}

const blindness = [
  "throttling: runtime metrics do not show it; look at cpu.stat: observe it by its --pid",
  "non-preemption: a program that does not preempt does not answer either",
];

function latencyBuckets(samples: readonly MetricSample[]): Buckets {
  return bucketsOf(samples, "go_sched_latencies_seconds");
}

function atMost(ms: number): string {
  return Number.isFinite(ms) ? `at most ${formatDuration(ms)}` : "beyond the largest bucket";
}

/** expvar shows memory only; that the program answered is all that it tells of its scheduler. */
function expvarObservation(text: string): MetricsObservation {
  return {
    kind: "metrics",
    source: "expvar",
    summary: "unknown: expvar tells nothing of the scheduler",
    facts: text === "" ? [] : [["garbage collections", text]],
    latencyP99Ms: undefined,
    isFault: false,
    blind: blindness,
  };
}

/** Prometheus' samples, or for expvar the number of garbage collections. */
async function readMetrics(url: string, signal: AbortSignal): Promise<readonly MetricSample[] | string> {
  const text = await fetchText(url, signal);
  if (text.trimStart().startsWith("{")) return readExpvar(url, text);
  const samples = parsePrometheusText(text);
  if (samples.some(({ name }) => name.startsWith("go_"))) return samples;
  throw unreadable(`${url} holds no metric whose name begins with go_`);
}

function readExpvar(url: string, text: string): string {
  try {
    const { memstats } = JSON.parse(text) as { memstats?: { NumGC?: number } };
    if (typeof memstats?.NumGC === "number") return String(memstats.NumGC);
  } catch (cause) {
    throw unreadable(`${url} is neither Prometheus text nor JSON`, cause);
  }
  throw unreadable(`${url} is JSON without memstats`);
}

async function fetchText(url: string, signal: AbortSignal): Promise<string> {
  try {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(answerDeadlineMs)]);
    const answer = await fetch(url, { signal: deadline, redirect: "error" });
    if (!answer.ok) throw unreadable(`${url} answers ${answer.status}`);
    let [text, bytes] = ["", 0];
    const decoder = new TextDecoder();
    const body: AsyncIterable<Uint8Array> | undefined = answer.body ?? undefined;
    for await (const chunk of body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > answerMaxBytes) throw unreadable(`${url} answers more than ${answerMaxBytes} bytes`);
      text += decoder.decode(chunk, { stream: true });
    }
    return text;
  } catch (cause) {
    signal.throwIfAborted();
    throw unreadable(`${url}: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

function unreadable(detail: string, cause?: unknown): Error {
  return observeErrors.error("lab/observe-url-unreadable", detail, { cause });
}

export function metricsText({ summary, facts, blind, isFault }: MetricsObservation, style: Style): string {
  const lines = [
    `ballast observe: ${(isFault ? style.yellow : style.bold)(summary)}`,
    ...facts.map(([name, value]) => `  ${name}: ${value}`),
    ...blind.map((line) => `  not seen: ${line}`),
  ];
  return `${lines.join("\n")}\n`;
}
