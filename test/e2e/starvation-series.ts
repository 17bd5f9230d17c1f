/**
 * Planted faults of scheduling, each found by the executable, again and again: a few times in `npm test`, 59 times in
 * `npm run soak` (0 wrong of 59 is less than 5 % with 95 % confidence).
 */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { quotaTrouble } from "../../src/core/cgroup/quota-group.ts";
import { runProcess, type ProcessResult } from "../../src/core/process.ts";
import { ballast } from "./go-fixture.ts";

export interface PlantedPrograms {
  readonly folder: string;
  readonly plain: string;
  readonly race: string;
  [Symbol.dispose](): void;
}

/** Builds the program with the faults, and once more with the race detector, in a GOCACHE that later runs find again. */
export async function buildPlanted(): Promise<PlantedPrograms> {
  const folder = mkdtempSync(join(tmpdir(), "ballast-planted-"));
  const source = new URL("starvation-programs/main.go.txt", import.meta.url);
  writeFileSync(join(folder, "main.go"), readFileSync(source));
  writeFileSync(join(folder, "go.mod"), "module example.org/planted\n\ngo 1.21\n");
  const [plain, race] = [join(folder, "planted"), join(folder, "planted.race")];
  await goBuild(folder, ["-o", plain, "."]);
  await goBuild(folder, ["-race", "-o", race, "."]);
  return { folder, plain, race, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

export async function goBuild(cwd: string, words: readonly string[], go = "go"): Promise<void> {
  const caches = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const GOCACHE = join(caches, "ballast", "test-gocache", "scheduling");
  mkdirSync(GOCACHE, { recursive: true });
  const env = { ...process.env, GOENV: "off", GOTOOLCHAIN: "local", GOFLAGS: "-buildvcs=false", GOCACHE };
  const built = await runProcess({ argv: [go, "build", ...words], cwd, env, deadlineMs: 240_000 });
  if (built.exitCode !== 0) throw new Error(`go build ${words.join(" ")}: ${built.stderr}`);
}

export async function runBallast(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): Promise<ProcessResult> {
  const request = { argv: [...ballast, ...words], env: { ...process.env, ...env }, deadlineMs: 240_000 };
  return runProcess(signal === undefined ? request : { ...request, signal });
}

/** The faults that `ballast observe` names, less that others use the machine's processors: that is no plant's fault. */
export async function observedFaults(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { stderr } = await runBallast(["observe", "--json", "--interval", "50ms", ...words], env);
  const last = stderr.trimEnd().split("\n").at(-1) ?? "";
  const { verdict } = JSON.parse(last) as { verdict: { faults: readonly string[] } };
  return verdict.faults.filter((fault) => fault !== "waiting").join("+") || "none";
}

export interface ObservedPlant {
  readonly fault: string;
  readonly needsLimit: boolean;
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Two loops of so many million rounds hold both processors, for some 0.3 s of CPU time each. */
export function observedPlants(plain: string): readonly ObservedPlant[] {
  const held = { GODEBUG: "asyncpreemptoff=1", GOMAXPROCS: "2" };
  return [
    { fault: "none", needsLimit: false, words: ["--", plain, "idle", "300"], env: {} },
    { fault: "none", needsLimit: false, words: ["--", plain, "busy", "300"], env: { GOMAXPROCS: "2" } },
    {
      fault: "throttling",
      needsLimit: true,
      words: ["--quota", "0.1", "--", plain, "busy", "500"],
      env: { GOMAXPROCS: "2" },
    },
    { fault: "non-preemption", needsLimit: false, words: ["--", plain, "held", "600"], env: held },
    {
      fault: "throttling+non-preemption",
      needsLimit: true,
      words: ["--quota", "0.4", "--", plain, "held", "400"],
      env: held,
    },
  ];
}

interface SchedJson {
  readonly analysis: {
    readonly cells: readonly {
      readonly levels: Readonly<Record<string, string>>;
      readonly runs: number;
      readonly faults: readonly string[];
      readonly throttledRuns: number;
      readonly stalledRuns: number;
    }[];
  };
}

/** How many runs of each combination `ballast lab sched` names with each fault: `none/on: 0 throttled, 0 stalled of 10`. */
export async function schedCounts(workload: string, quotas: string, runs: number): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), "ballast-sched-"));
  const factors = [`quota=${quotas}`, "gomaxprocs=2", "asyncpreempt=on,off", "race=off", `workload=${workload}`];
  try {
    const words = factors.flatMap((factor) => ["--factor", factor]);
    const flags = ["--runs", String(runs), "--run-time", "500ms", "--dir", join(folder, "runs"), "--json"];
    const { stdout, stderr, exitCode } = await runBallast(["lab", "sched", ...words, ...flags]);
    if (exitCode !== 0) throw new Error(stderr);
    const { analysis } = JSON.parse(stdout) as SchedJson;
    return analysis.cells
      .map(({ levels, runs: made, throttledRuns, stalledRuns }) => {
        const place = `${levels["quota"]}/${levels["asyncpreempt"]}`;
        return `${place}: ${throttledRuns} throttled, ${stalledRuns} stalled of ${made}`;
      })
      .toSorted();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What `ballast lab visibility` calls the planted fault. */
export async function visibilityVerdict(
  { plain, race, folder }: PlantedPrograms,
  plant: string,
  deadline = "6s",
): Promise<string> {
  const runs = mkdtempSync(join(folder, "runs-"));
  const places = ["--dir", join(runs, "d"), "--program", plain, "--race-program", race];
  const procs = ["--gomaxprocs", "1", "--gomaxprocs", "2"];
  const words = ["--json", "--runs", "2", "--stalled", "100ms", "--deadline", deadline, ...procs];
  const { stdout, stderr } = await runBallast(["lab", "visibility", ...places, ...words, plant]);
  if (stdout === "") throw new Error(stderr);
  return (JSON.parse(stdout) as { analysis: { verdict: string } }).analysis.verdict;
}

/** Why no CPU limit can be set here, for tests that need one. */
export const limitTrouble = await quotaTrouble();
