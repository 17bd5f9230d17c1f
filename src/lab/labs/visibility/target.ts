/** What the visibility lab runs: the tests or the main function of a package, or a program that is there already. */

import { join, resolve } from "node:path";
import type { Bench } from "../../bench.ts";
import { cleanGo } from "../../clean-environment.ts";
import { visibilityErrors } from "./errors.ts";

/** What the lab's flags say. */
export interface VisibilityInput {
  readonly target:
    | {
        readonly kind: "package";
        readonly path: string;
        readonly run: string | undefined;
        readonly args: readonly string[];
      }
    | {
        readonly kind: "program";
        readonly path: string;
        readonly racePath: string | undefined;
        readonly args: readonly string[];
      };
  readonly gomaxprocs: readonly string[];
  /** Of each combination, in place of the designs. */
  readonly runs: number | undefined;
  /** A run that takes longer hangs. */
  readonly deadlineMs: number;
  /** A run that burns that much CPU time without beginning a time slice hangs as well. */
  readonly stalledMs: number;
}

export interface Target {
  readonly plain: readonly string[];
  /** Absent where there is none, with the reason. */
  readonly race: readonly string[] | undefined;
  readonly raceTrouble: string | undefined;
  readonly cwd: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
}

const listDeadlineMs = 60_000;
const buildDeadlineMs = 600_000;

/** Throws `lab/visibility-build-failed`, `lab/visibility-nothing-to-run`. */
export async function openTarget(input: VisibilityInput, bench: Bench): Promise<Target> {
  const { target } = input;
  if (target.kind === "package") return buildPackage(target, bench);
  const path = resolve(bench.cwd, target.path);
  const racePath = target.racePath === undefined ? undefined : resolve(bench.cwd, target.racePath);
  return {
    plain: [path, ...target.args],
    race: racePath === undefined ? undefined : [racePath, ...target.args],
    raceTrouble: racePath === undefined ? "no --race-program was given" : undefined,
    cwd: bench.cwd,
    facts: [
      ["program", await fileFact(path)],
      ...(racePath === undefined ? [] : [["with the race detector", await fileFact(racePath)] as const]),
    ],
  };
}

interface Listed {
  readonly Dir: string;
  readonly ImportPath: string;
  readonly Name: string;
  readonly TestGoFiles?: readonly string[];
  readonly XTestGoFiles?: readonly string[];
}

type PackageTarget = Extract<VisibilityInput["target"], { kind: "package" }>;

async function buildPackage(target: PackageTarget, bench: Bench): Promise<Target> {
  const go = await cleanGo(bench, bench.cwd);
  const listed = await list(target.path, bench, go.env);
  const hasTests = (listed.TestGoFiles?.length ?? 0) + (listed.XTestGoFiles?.length ?? 0) > 0;
  const runsTests = hasTests && (listed.Name !== "main" || target.run !== undefined);
  if (!runsTests && listed.Name !== "main") {
    throw visibilityErrors.error("lab/visibility-nothing-to-run", listed.ImportPath);
  }
  const folder = bench.folder("visibility").path;
  const build = async (output: string, flags: readonly string[]): Promise<string | undefined> => {
    bench.status(`building ${listed.ImportPath} ${flags.join(" ")}`);
    const verb = runsTests ? ["test", "-c"] : ["build"];
    const argv = ["go", ...verb, ...flags, "-o", output, target.path];
    const result = await bench.run(argv, { cwd: bench.cwd, env: go.env, deadlineMs: buildDeadlineMs });
    return result.exitCode === 0 ? undefined : result.stderr.trim().slice(-2000) || "go build failed";
  };
  const [plain, race] = [join(folder, "plain"), join(folder, "race")];
  const trouble = await build(plain, []);
  if (trouble !== undefined) throw visibilityErrors.error("lab/visibility-build-failed", trouble);
  const raceTrouble = await build(race, ["-race"]);
  const args = runsTests ? testArguments(target.run) : target.args;
  return {
    plain: [plain, ...args],
    race: raceTrouble === undefined ? [race, ...args] : undefined,
    raceTrouble,
    // Tests read files beside them; a program is run where the user is.
    cwd: runsTests ? listed.Dir : bench.cwd,
    facts: [
      ["package", `${listed.ImportPath}${runsTests ? ", its tests" : ""}`],
      ["go", go.goEnv["GOVERSION"] ?? "unknown"],
      ["program", await fileFact(plain)],
    ],
  };
}

/** The lab has a deadline of its own; a panic of the test's would look like a failure. */
function testArguments(run: string | undefined): readonly string[] {
  return ["-test.count=1", "-test.timeout=0", ...(run === undefined ? [] : [`-test.run=${run}`])];
}

async function list(path: string, bench: Bench, env: Readonly<Record<string, string>>): Promise<Listed> {
  const argv = ["go", "list", "-json=Dir,ImportPath,Name,TestGoFiles,XTestGoFiles", "--", path];
  const result = await bench.run(argv, { cwd: bench.cwd, env, deadlineMs: listDeadlineMs });
  try {
    if (result.exitCode === 0) return JSON.parse(result.stdout) as Listed;
  } catch (cause) {
    throw visibilityErrors.error("lab/visibility-build-failed", `${path} is more than one package`, { cause });
  }
  throw visibilityErrors.error("lab/visibility-build-failed", result.stderr.trim().slice(-2000));
}

/** A resumed experiment must go on with the same bytes. */
async function fileFact(path: string): Promise<string> {
  try {
    const hasher = new Bun.CryptoHasher("sha256");
    for await (const chunk of Bun.file(path).stream()) hasher.update(chunk);
    return `sha256 ${hasher.digest("hex").slice(0, 16)}`;
  } catch (cause) {
    throw visibilityErrors.error("lab/visibility-nothing-to-run", `${path} cannot be read`, { cause });
  }
}
