/** A real module on the server: how much room it takes there, and how many new runners it can feed at once. */

import { formatBytes, formatCount } from "../../src/core/human-units.ts";
import { verify } from "../measure/failure.ts";
import type { Bar, RowSpec } from "../measure/report.ts";
import { singleValue } from "../measure/result.ts";
import type { Series } from "../measure/rounds.ts";
import type { Bench } from "../setup/bench.ts";
import { startRunRecorder } from "./run-recorder.ts";
import { measureStreams } from "./streams.ts";

export interface ModuleOnServer {
  /** The GOCACHE of the build that filled the server. */
  readonly gocache: string;
  readonly series: readonly Series[];
  readonly rows: readonly RowSpec[];
  readonly facts: readonly [string, string][];
}

const sizeBar: Bar = { of: "value", sense: "at most", limit: 0.265, aim: 0.24 };
/** Prepared streams may take as much again as the data, and no more. */
const streamsBar: Bar = { of: "value", sense: "at most", limit: 1 };

export async function measureModule(bench: Bench): Promise<ModuleOnServer> {
  const { note, checkout, build } = bench;
  const server = await bench.serve("module", true);
  const recorder = startRunRecorder(server.url);
  const gocache = bench.freshCache("seed");
  const run = { helper: "cacheprog", server: recorder.url, token: server.token } as const;
  note("filling the server");
  await checkout.refresh();
  const first = await build({ ...run, gocache, out: bench.freshOut("seed") });
  verify(first.summary?.dropped === 0, `filling the server: ${first.summary?.dropped} entries were dropped`);
  const series = [singleValue("size / raw, at once", "ratio", await sizeShare())];
  note("waiting for the server to settle");
  await server.settle();
  const settled = "size / raw, settled";
  series.push(singleValue(settled, "ratio", await sizeShare()));
  await checkout.refresh();
  const second = await build({ ...run, gocache: bench.freshCache("new"), out: bench.freshOut("new") });
  verify(
    second.digest === first.digest && (second.summary?.remoteHits ?? 0) > 0,
    "a new runner did not build the same",
  );
  const opened = recorder.lastRun();
  await recorder.stop();
  const streams = await measureStreams(bench, server, opened);
  const { dataBytes, streamsBytes } = server.diskBytes();
  const totals = await server.totals();
  await server.stop();
  const prepared = singleValue("prepared streams / size", "ratio", streamsBytes / dataBytes);
  return {
    gocache,
    series: [...series, prepared, ...streams.series],
    rows: [
      ...series.map(({ name }) => ({ arm: name, bar: sizeBar })),
      { arm: prepared.name, bar: streamsBar },
      ...streams.rows,
    ],
    facts: [
      ["on the server", `${formatCount(totals.entries)} entries, ${formatBytes(totals.rawBytes)} raw`],
      ["its folder", `${formatBytes(dataBytes)}, index included; ${formatBytes(streamsBytes)} of prepared streams`],
    ],
  };

  async function sizeShare(): Promise<number> {
    return server.diskBytes().dataBytes / (await server.totals()).rawBytes;
  }
}
