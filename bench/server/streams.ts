/** Many new runners at once: what they cost the server's memory. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { requireSuccess, runProcess } from "../../src/core/process.ts";
import { verify } from "../measure/failure.ts";
import { watchMemory } from "../measure/memory-watch.ts";
import { singleValue } from "../measure/result.ts";
import type { RowSpec } from "../measure/report.ts";
import type { Series } from "../measure/rounds.ts";
import type { Bench } from "../setup/bench.ts";
import type { CacheServer } from "../setup/cache-server.ts";
import type { OpenedRun } from "./run-recorder.ts";
import type { StreamSeen, StreamsRequest } from "./stream-clients.ts";

const deadlineMs = 10 * 60_000;
const serverBytesMax = 400_000_000;
/** The second wave of equal streams may need so much of the first one's memory: else it is not flat, but growing. */
const growthMax = 1.1;
/** About 2 MB/s: a reader that would make a server without back pressure keep all of its stream in memory. */
const slowPace = { everyBytes: 512 * 1024, pauseMs: 250, limitMs: 15_000 };

interface StreamsResult {
  readonly durationMs: number;
  readonly streams: readonly StreamSeen[];
}

export async function measureStreams(
  bench: Bench,
  server: CacheServer,
  opened: OpenedRun,
): Promise<{ readonly series: readonly Series[]; readonly rows: readonly RowSpec[] }> {
  const { streams } = bench.options;
  const series: Series[] = [];
  const wave = async (name: string, pace?: StreamsRequest["pace"]): Promise<number> => {
    bench.note(name);
    const memory = watchMemory(() => [server.pid]);
    const result = await readStreams(bench, server, opened, pace);
    const peaks = memory.stop();
    verify(
      result.streams.every(({ bytes }) => bytes > 0),
      `${name}: a stream brought nothing`,
    );
    if (pace === undefined) verifyWhole(name, result.streams);
    const totalBytes = result.streams.reduce((total, { bytes }) => total + bytes, 0);
    const details = { durationMs: result.durationMs, totalBytes, stream: result.streams[0], ...peaks };
    series.push({ name, unit: "bytes", samples: [{ value: peaks.pssBytes, details }] });
    return peaks.pssBytes;
  };
  const first = await wave(`server's PSS, ${streams} streams`);
  const second = await wave(`server's PSS, ${streams} streams again`);
  await wave(`server's PSS, ${streams} slow readers`, slowPace);
  const bar = { of: "value", sense: "at most", limit: serverBytesMax } as const;
  const rows: RowSpec[] = series.map(({ name }) => ({ arm: name, bar }));
  series.push(singleValue("growth from wave to wave", "ratio", second / first));
  const flat = { of: "value", sense: "at most", limit: growthMax } as const;
  return { series, rows: [...rows, { arm: "growth from wave to wave", bar: flat }] };
}

async function readStreams(
  { work, options }: Bench,
  server: CacheServer,
  opened: OpenedRun,
  pace: StreamsRequest["pace"],
): Promise<StreamsResult> {
  const bodyFile = work.at("streams", "body");
  writeFileSync(bodyFile, opened.body);
  const { url } = server;
  const request: StreamsRequest = {
    url,
    headers: opened.headers,
    bodyFile,
    count: options.streams,
    ...(pace && { pace }),
  };
  const requestFile = work.at("streams", "request.json");
  writeFileSync(requestFile, JSON.stringify(request), { mode: 0o600 });
  const argv = [process.execPath, join(import.meta.dir, "stream-clients.ts"), requestFile];
  const result = requireSuccess(argv, await runProcess({ argv, deadlineMs }));
  return JSON.parse(result.stdout) as StreamsResult;
}

function verifyWhole(name: string, streams: readonly StreamSeen[]): void {
  const sizes = new Set(streams.map(({ bytes }) => bytes));
  const [one] = streams;
  const isWhole = streams.every((seen) => seen.isEnded && seen.entries > 0 && seen.entries === seen.announced);
  verify(isWhole && sizes.size === 1, `${name}: streams are cut off or differ, one is ${JSON.stringify(one)}`);
}
