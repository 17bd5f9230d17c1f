/**
 * `npm run bench -- helper|runner|server|trust [FLAGS]`, `-- fleet [PART…]`, `-- check [PART…]`, `-- fleet-simulation`: measures in one run, interleaved, each run a process of its own.
 * Prints what was measured on what, then a table; `--json FILE` keeps every single value.
 */

import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { BallastError } from "../src/core/errors.ts";
import { formatBytes } from "../src/core/human-units.ts";
import { formatFacts } from "../src/core/table.ts";
import { BenchFailure } from "./measure/failure.ts";
import { runSimulation } from "./fleet-simulation/run-simulation.ts";
import { runCheckBench } from "./check/check-bench.ts";
import { runFleetBench } from "./fleet/fleet-bench.ts";
import { machineFacts } from "./measure/machine.ts";
import { makeRows, reportTable } from "./measure/report.ts";
import type { BenchResult } from "./measure/result.ts";
import { benchHelper } from "./helper/helper-bench.ts";
import { benchRunner } from "./runner/runner-bench.ts";
import { benchTrust } from "./runner/trust-bench.ts";
import { benchServer } from "./server/server-bench.ts";
import { type Bench, prepareBench } from "./setup/bench.ts";
import { type BenchName, readOptions } from "./setup/options.ts";
import { makeWorkFolder } from "./setup/work-folder.ts";

const benches: Readonly<Record<BenchName, (bench: Bench) => Promise<BenchResult>>> = {
  helper: benchHelper,
  runner: benchRunner,
  server: benchServer,
  trust: benchTrust,
};

async function main(argv: readonly string[]): Promise<void> {
  // It builds no module, and its arms are no rounds: it has a command line of its own.
  if (argv[0] === "check") return runCheckBench(argv.slice(1));
  if (argv[0] === "fleet") return runFleetBench(argv.slice(1));
  if (argv[0] === "fleet-simulation") return runSimulation(argv.slice(1));
  const options = readOptions(argv);
  await using cleanup = new AsyncDisposableStack();
  const work = makeWorkFolder(options.workParent);
  cleanup.defer(() => (options.keepsFiles ? console.error(`bench: kept: ${work.path}`) : work.remove()));
  const interrupted = (): void => void cleanup.disposeAsync().finally(() => process.exit(130));
  process.once("SIGINT", interrupted);
  process.once("SIGTERM", interrupted);
  const machine = await machineFacts(work.path);
  const startedAt = new Date();
  const bench = await prepareBench(options, work, cleanup);
  const result = await benches[options.name](bench);
  bench.ballast.requireUnchanged();
  const rows = makeRows(result.rows, result.series);
  const { version, digest } = bench.ballast;
  const facts: [string, string][] = [
    ["module", `${options.module} ${options.package}`],
    ...result.facts.map(([name, value]): [string, string] => [name, value]),
    ["machine", `${machine.cores} cores, ${machine.processor}, ${formatBytes(machine.memoryBytes)}, ${machine.system}`],
    ["kernel", machine.kernel],
    ["go", machine.go],
    ["ballast", `${version}, executable ${digest.slice(0, 12)}`],
    ["load at the start", String(machine.loadAtStart)],
  ];
  console.log(`${formatFacts(facts)}\n${reportTable(rows)}`);
  if (options.json === undefined) return;
  const { peers, ...rest } = options;
  const kept = { startedAt, endedAt: new Date(), options: { ...rest, peers: peers.map(({ name }) => name) } };
  const text = JSON.stringify({ ...kept, machine, facts: result.facts, rows, series: result.series }, undefined, 1);
  writeFileSync(resolve(options.json), `${text}\n`);
}

try {
  await main(process.argv.slice(2));
  process.exit(0);
} catch (cause) {
  if (!(cause instanceof BenchFailure || cause instanceof BallastError)) throw cause;
  const what = cause instanceof BallastError ? `${cause.spec.what}: ` : "";
  console.error(`bench: ${what}${cause.message}`);
  process.exit(1);
}
