import type { Store } from "../cache/node/store.ts";
import type { StoreCounts } from "../cache/node/store-state.ts";
import { createMetrics, defineMetrics, type Observer } from "../core/metrics.ts";

/**
 * The server's own metrics; `/metrics` shows them.
 *
 * @public the reference is generated from it
 */
export const serverMetrics = defineMetrics({
  requests: {
    type: "counter",
    name: "ballast_http_requests_total",
    help: "Requests answered, by route and status.",
    labels: ["route", "status"],
  },
  duration: {
    type: "histogram",
    name: "ballast_http_request_duration_seconds",
    help: "Time from a request's head to its answer's head.",
    labels: ["route"],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  refused: {
    type: "counter",
    name: "ballast_access_refused_total",
    help: "Requests refused for who made them, by code; mode dry-run counts what an access policy would have refused.",
    labels: ["code", "mode"],
  },
  open: { type: "gauge", name: "ballast_http_requests_open", help: "Requests that are being worked on." },
  lookups: {
    type: "counter",
    name: "ballast_cache_lookups_total",
    help: "Entries looked up, by result.",
    labels: ["result"],
  },
  puts: { type: "counter", name: "ballast_cache_puts_total", help: "Entries offered, by result.", labels: ["result"] },
  scopeConflicts: {
    type: "counter",
    name: "ballast_cache_scope_conflicts_total",
    help: "Compiled packages that differ from what another scope holds for the same action.",
  },
  reproduced: {
    type: "counter",
    name: "ballast_cache_reproduced_total",
    help: "Entries of somebody less trusted that a trusted job came to as well.",
  },
  mismatches: {
    type: "counter",
    name: "ballast_cache_body_mismatches_total",
    help: "Bodies refused because they were not what their id says.",
  },
  damaged: {
    type: "counter",
    name: "ballast_cache_bodies_damaged_total",
    help: "Stored bodies found damaged, and dropped.",
  },
  evicted: {
    type: "counter",
    name: "ballast_cache_evicted_total",
    help: "What garbage collection removed.",
    labels: ["what"],
  },
  scrubbed: {
    type: "counter",
    name: "ballast_cache_scrubbed_bytes_total",
    help: "Stored bytes checked in the background.",
  },
  commits: { type: "counter", name: "ballast_cache_commits_total", help: "Transactions that stored entries." },
  entries: { type: "gauge", name: "ballast_cache_entries", help: "Entries held." },
  outputs: { type: "gauge", name: "ballast_cache_outputs", help: "Bodies held." },
  rawBytes: { type: "gauge", name: "ballast_cache_raw_bytes", help: "Bytes of the bodies held, unpacked." },
  storedBytes: { type: "gauge", name: "ballast_cache_stored_bytes", help: "Bytes of the bodies held, as stored." },
  lookupEntries: {
    type: "gauge",
    name: "ballast_cache_lookup_entries",
    help: "Entries in memory, from which lookups are answered.",
  },
  lookupBytes: { type: "gauge", name: "ballast_cache_lookup_bytes", help: "Memory that these entries take." },
  fileBytes: { type: "gauge", name: "ballast_cache_disk_bytes", help: "Bytes on the disk, without the index." },
  memory: { type: "gauge", name: "process_resident_memory_bytes", help: "Resident memory." },
  cpu: { type: "counter", name: "process_cpu_seconds_total", help: "Processor time, user and system." },
});

export interface ServerMetrics {
  answered(route: string, status: number, durationMs: number): void;
  opened(by: 1 | -1): void;
  refused(code: string, isDryRun: boolean): void;
  readonly openRequests: number;
  render(): string;
}

/** `others`: metrics that are written out behind these. */
export function createServerMetrics(store: Store, others: () => string = () => ""): ServerMetrics {
  const { instruments, render } = createMetrics(serverMetrics);
  const routes = new Map<string, RouteAnswers>();
  let openRequests = 0;
  let told: Readonly<StoreCounts> = zero(store.counts);
  let toldCpuSeconds = 0;
  followTotals(instruments, store);
  instruments.open.follow(() => openRequests);

  function fold(): void {
    for (const [route, { counts }] of routes) {
      for (const [status, count] of counts) instruments.requests.add(count, { route, status: String(status) });
      counts.clear();
    }
    told = foldCounts(instruments, store.counts, told);
    const { user, system } = process.cpuUsage();
    instruments.cpu.add((user + system) / 1e6 - toldCpuSeconds);
    toldCpuSeconds = (user + system) / 1e6;
  }

  return {
    answered(route, status, durationMs) {
      let answers = routes.get(route);
      if (answers === undefined) {
        answers = { counts: new Map(), duration: instruments.duration.of({ route }) };
        routes.set(route, answers);
      }
      answers.counts.set(status, (answers.counts.get(status) ?? 0) + 1);
      answers.duration.observe(durationMs / 1000);
    },
    opened(by) {
      openRequests += by;
    },
    refused: (code, isDryRun) => instruments.refused.add(1, { code, mode: isDryRun ? "dry-run" : "enforce" }),
    get openRequests() {
      return openRequests;
    },
    render() {
      fold();
      return render() + others();
    },
  };
}

/** What was answered on one route since the metrics were last written out; kept so that counting finds it at once. */
interface RouteAnswers {
  readonly counts: Map<number, number>;
  readonly duration: Observer;
}

type Instruments = ReturnType<typeof createMetrics<typeof serverMetrics>>["instruments"];

function followTotals(instruments: Instruments, store: Store): void {
  instruments.entries.follow(() => store.totals.entries);
  instruments.outputs.follow(() => store.totals.outputs);
  instruments.rawBytes.follow(() => store.totals.rawBytes);
  instruments.storedBytes.follow(() => store.totals.storedBytes);
  instruments.lookupEntries.follow(() => store.memory.count);
  instruments.lookupBytes.follow(() => store.memory.bytes);
  instruments.fileBytes.follow(() => store.fileBytes());
  instruments.memory.follow(() => process.memoryUsage.rss());
}

/** The store counts in plain numbers, so that counting costs nothing; here they become counters. */
function foldCounts(
  instruments: Instruments,
  now: Readonly<StoreCounts>,
  told: Readonly<StoreCounts>,
): Readonly<StoreCounts> {
  const since = (key: keyof StoreCounts): number => now[key] - told[key];
  instruments.lookups.add(since("hits"), { result: "hit" });
  instruments.lookups.add(since("misses"), { result: "miss" });
  instruments.puts.add(since("stored"), { result: "stored" });
  instruments.puts.add(since("known"), { result: "known" });
  instruments.puts.add(since("conflicts"), { result: "conflict" });
  instruments.scopeConflicts.add(since("scopeConflicts"));
  instruments.reproduced.add(since("reproduced"));
  instruments.mismatches.add(since("mismatches"));
  instruments.damaged.add(since("damaged"));
  instruments.evicted.add(since("evictedEntries"), { what: "entry" });
  instruments.evicted.add(since("evictedOutputs"), { what: "output" });
  instruments.scrubbed.add(since("scrubbedBytes"));
  instruments.commits.add(since("commits"));
  return { ...now };
}

function zero(counts: Readonly<StoreCounts>): Readonly<StoreCounts> {
  return Object.fromEntries(Object.keys(counts).map((key) => [key, 0])) as unknown as StoreCounts;
}
