/** One build of the module, as the levels of a cell say. */

import { readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ProcessResult } from "../../../core/process.ts";
import type { Bench } from "../../bench.ts";
import type { BuildChange, BuildFactor } from "./factor.ts";
import type { Subject } from "./subject.ts";

export type Levels = Readonly<Record<string, string>>;

/** What came out: two builds are of one class when their hashes are equal. */
export interface BuildOutcome {
  readonly outcome: "built" | "failed";
  /** SHA-256 of the binary; of a failed build, of what go said without the names of its folders. */
  readonly hash: string;
  readonly sizeBytes: number;
  /** What a failed build said. */
  readonly said?: string;
}

export interface Builder {
  /** Where the copies lie: a name of chance, which what go says is freed from. */
  readonly folder: string;
  build(levels: Levels): Promise<BuildOutcome>;
  /** The same, with the binary kept at `path`; `extraDebug` is added to GODEBUG. Returns what go wrote to stderr. */
  buildTo(path: string, levels: Levels, extraDebug?: string): Promise<ProcessResult>;
}

export interface BuilderGround {
  readonly bench: Bench;
  readonly env: Readonly<Record<string, string>>;
  readonly subject: Subject;
  readonly factors: readonly BuildFactor[];
  readonly package: string;
  /** Flags that all builds have. */
  readonly flags: readonly string[];
  /** Where results are put, one at a time. */
  readonly folder: string;
}

const buildDeadlineMs = 20 * 60_000;
/** With `gocachehash=1` go prints about 4 KB for each package. */
const outputCapBytes = 200_000_000;

export function createBuilder(ground: BuilderGround): Builder {
  const { bench, folder } = ground;
  const program = join(folder, "program");
  return {
    folder,
    build: async (levels) => {
      rmSync(program, { force: true });
      const result = await runBuild(ground, program, levels);
      return result.exitCode === 0 ? hashProgram(program) : failedOutcome(result, bench);
    },
    buildTo: (path, levels, extraDebug) => runBuild(ground, path, levels, extraDebug),
  };
}

async function runBuild(
  ground: BuilderGround,
  path: string,
  levels: Levels,
  extraDebug?: string,
): Promise<ProcessResult> {
  const { bench, subject } = ground;
  const change = mergeChanges(changesOf(ground.factors, levels));
  const place = change.place ?? "a";
  subject.setCommit(place, change.commit ?? "1");
  subject.setDirty(place, change.isDirty === true);
  // The noise floor asks for it whether or not it is among the factors.
  const isFresh = change.hasFreshCache === true || levels["gocache"] === "fresh";
  using fresh = isFresh ? bench.folder("gocache") : undefined;
  const godebug = [change.env?.["GODEBUG"], extraDebug].filter((text) => text !== undefined).join(",");
  const env = {
    ...ground.env,
    ...change.env,
    ...(godebug === "" ? {} : { GODEBUG: godebug }),
    ...(fresh === undefined ? {} : { GOCACHE: fresh.path }),
  };
  const argv = ["go", "build", ...ground.flags, ...(change.flags ?? []), "-o", path, ground.package];
  return await bench.run(argv, { cwd: subject.folder(place), env, deadlineMs: buildDeadlineMs, outputCapBytes });
}

function changesOf(factors: readonly BuildFactor[], levels: Levels): BuildChange[] {
  return factors.map((factor) => factor.change(levels[factor.name] ?? factor.levels[0]));
}

/** Later ones win, but flags add up, and so do the settings in GODEBUG. */
function mergeChanges(changes: readonly BuildChange[]): BuildChange {
  const variables = changes.map(({ env }) => env ?? {});
  const debug = variables.flatMap((env) => env["GODEBUG"] ?? []);
  return {
    ...(Object.assign({}, ...changes) as BuildChange),
    flags: changes.flatMap(({ flags }) => flags ?? []),
    env: {
      ...(Object.assign({}, ...variables) as Record<string, string>),
      ...(debug.length === 0 ? {} : { GODEBUG: debug.join(",") }),
    },
  };
}

function hashProgram(path: string): BuildOutcome {
  const hash = new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");
  return { outcome: "built", hash, sizeBytes: statSync(path).size };
}

const saidLimitChars = 2000;

function failedOutcome({ stderr, timedOut }: ProcessResult, { signal }: Bench): BuildOutcome {
  signal.throwIfAborted();
  const said = timedOut ? "it took longer than 20 minutes" : stderr.trim().slice(-saidLimitChars);
  const plain = said.replace(/\/\S*?\/(?:go-build\d+|ballast-lab-\w+)\S*/g, "…");
  return {
    outcome: "failed",
    hash: new Bun.CryptoHasher("sha256").update(`failed ${plain}`).digest("hex"),
    sizeBytes: 0,
    said,
  };
}
