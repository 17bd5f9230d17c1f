/** The server: single bodies against nginx, new keys, the size of what it keeps, and many streams at once. */

import { formatBytes, formatCount, formatShare } from "../../src/core/human-units.ts";
import { verify } from "../measure/failure.ts";
import type { Bar, RowSpec } from "../measure/report.ts";
import type { BenchResult } from "../measure/result.ts";
import { type Arm, runRounds, type Series } from "../measure/rounds.ts";
import type { Bench } from "../setup/bench.ts";
import { type BodySet, compressBodies, cutBodies, joinArchives } from "./bodies.ts";
import { gocacheSize } from "../setup/gocache-size.ts";
import { findLoadPrograms, type LoadPrograms, startFileServer } from "./load.ts";
import { measureModule } from "./module-on-server.ts";
import { checkBodies, type Encoding, getArm, loadServer, putArm, requestHeaders, writeFiles } from "./single-bodies.ts";

const encodings: readonly Encoding[] = ["identity", "zstd"];
/** More than any run needs: a run that uses them up fails. */
const putsPerSecondMax = 20_000;

const getBar: Bar = { of: "ratio", sense: "at least", limit: 0.6 };
const putBar: Bar = { of: "ratio", sense: "at least", limit: 0.11 };

interface Bodies {
  readonly large: BodySet;
  readonly small: BodySet;
  readonly puts: Readonly<Record<Encoding, BodySet>>;
}

export async function benchServer(bench: Bench): Promise<BenchResult> {
  const programs = await findLoadPrograms();
  const module = await measureModule(bench);
  const bodies = cutAll(bench, module.gocache);
  const single = await measureSingles(bench, programs, bodies);
  const size = gocacheSize(module.gocache);
  return {
    series: [...single.series, ...module.series],
    rows: [...single.rows, ...module.rows],
    facts: [
      ["entries", formatCount(size.entries)],
      ["raw bytes", formatBytes(size.rawBytes)],
      ...module.facts,
      ...single.facts,
    ],
  };
}

function cutAll({ work, options, note }: Bench, gocache: string): Bodies {
  note("cutting bodies from archives");
  const puts = Math.ceil((options.durationMs / 1000) * putsPerSecondMax);
  const file = work.at("bodies", "archives");
  const wantedBytes = Math.max(options.bodies, puts) * largeBytes * 1.2;
  const totalBytes = joinArchives(gocache, file, wantedBytes);
  const cut = (sizeBytes: number, count: number, label: string): BodySet =>
    cutBodies({ file, totalBytes, sizeBytes, count, label });
  const identity = cut(largeBytes, puts, "put");
  return {
    large: cut(largeBytes, options.bodies, "get"),
    small: cut(smallBytes, options.bodies, "get"),
    puts: { identity, zstd: compressBodies(identity, work.at("bodies", "compressed")) },
  };
}

const largeBytes = 12 * 1024;
const smallBytes = 800;

async function measureSingles(
  bench: Bench,
  programs: LoadPrograms,
  bodies: Bodies,
): Promise<{ series: readonly Series[]; rows: readonly RowSpec[]; facts: [string, string][] }> {
  const { note, work, options } = bench;
  note(`loading ${2 * options.bodies} bodies`);
  const server = await bench.serve("single", true);
  const files = work.fresh("nginx-files");
  for (const set of [bodies.large, bodies.small]) {
    await loadServer(server, set);
    writeFiles(set, files);
  }
  note("waiting for the server to settle");
  await server.settle();
  const nginx = await startFileServer(programs.nginx, files, work);
  bench.atEnd(() => nginx.stop());
  const facts: [string, string][] = [["single bodies", `${formatCount(options.bodies)} of each size`]];
  const arms: Arm[] = [];
  const rows: RowSpec[] = [];
  for (const [label, set] of [["12 KB", bodies.large] as const, ["800 B", bodies.small] as const]) {
    const base = `nginx GET ${label}`;
    verify((await checkBodies(nginx.url, set, {})) === 0, "nginx compresses");
    arms.push(getArm(bench, programs, { name: base, url: nginx.url, set, headers: {}, isRaw: true }));
    rows.push({ arm: base });
    for (const encoding of encodings) {
      const headers = requestHeaders(server, { "accept-encoding": encoding });
      const compressed = await checkBodies(server.url, set, headers);
      facts.push([`${label}, asked for ${encoding}`, `${formatShare(compressed)} came compressed`]);
      const name = `GET ${label}, ${encoding}`;
      arms.push(getArm(bench, programs, { name, url: server.url, set, headers, isRaw: encoding === "identity" }));
      rows.push({ arm: name, base, bar: getBar });
    }
  }
  for (const encoding of encodings) {
    const arm = putArm(bench, programs, bodies.puts[encoding], encoding);
    arms.push(arm);
    rows.push({ arm: arm.name, base: "nginx GET 12 KB", bar: putBar });
  }
  const series = await runRounds(arms, options.pairs, note);
  facts.push(["on the loaded server", formatBytes(server.diskBytes().dataBytes)]);
  await Promise.all([server.stop(), nginx.stop()]);
  return { series, rows, facts };
}
