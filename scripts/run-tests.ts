/**
 * `npm test`: every check and every suite. `npm test -- SUITE [PATTERN]` runs one suite, or those files of it whose
 * path contains PATTERN; SUITE is `check` or a name from test-suites.ts.
 *
 * It installs the components that the chosen files declare, builds the executable where a suite runs it, and closes
 * with each suite's time, every skip with its reason, and `N passed, N failed, N skipped` alone on the last line.
 */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { componentsThatCannotExistInCi } from "./component-table.ts";
import { installComponents } from "./component-install.ts";
import { readJUnit, type Skip, summarize, type SuiteResult } from "./test-report.ts";
import { findTestFiles, planRuns, readDeclaredComponents, suites, type Suite } from "./test-suites.ts";

const root = resolve(import.meta.dir, "..");

function secondsSince(startedMs: number): number {
  return (performance.now() - startedMs) / 1000;
}

/** Ballast's own settings of whoever runs the tests must not reach them, nor options for Bun. */
function testEnvironment(extra: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    (pair): pair is [string, string] =>
      pair[1] !== undefined && !pair[0].startsWith("BALLAST_") && pair[0] !== "BUN_OPTIONS",
  );
  return { ...Object.fromEntries(kept), ...extra };
}

async function runCheck(): Promise<SuiteResult> {
  const startedMs = performance.now();
  const child = Bun.spawn({
    cmd: [process.execPath, "scripts/check.ts"],
    cwd: root,
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
  });
  const failed = (await child.exited) === 0 ? 0 : 1;
  return { suite: "check", passed: 1 - failed, failed, skips: [], seconds: secondsSince(startedMs) };
}

function makeExecutable(): string {
  const made = Bun.spawnSync({
    cmd: ["sh", "scripts/make-executable.sh"],
    cwd: root,
    stdin: "ignore",
    stderr: "inherit",
  });
  if (made.exitCode !== 0) throw new Error("the executable could not be built; what is wrong is said above");
  return made.stdout.toString().trim();
}

async function prepareEnvironment(suite: Suite, files: readonly string[]): Promise<Record<string, string>> {
  const declared = readDeclaredComponents(root);
  const names = new Set(files.flatMap((file) => declared[file] ?? []));
  const components = await installComponents([...names]);
  return testEnvironment({
    BALLAST_TEST_COMPONENTS: JSON.stringify(components),
    ...(suite.needsExecutable ? { BALLAST_TEST_EXECUTABLE: makeExecutable() } : {}),
  });
}

async function runBunTest(
  suite: Suite,
  files: readonly string[],
  env: Record<string, string>,
  report: string,
): Promise<{ status: number; timedOut: boolean }> {
  const child = Bun.spawn({
    cmd: [
      process.execPath,
      "test",
      "--no-orphans",
      "--only-failures",
      `--timeout=${suite.testTimeoutMs}`,
      "--reporter=junit",
      `--reporter-outfile=${report}`,
      ...files.map((file) => `./${file}`),
    ],
    cwd: root,
    env,
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
    timeout: suite.suiteTimeoutMs,
  });
  const status = await child.exited;
  return { status, timedOut: child.signalCode === "SIGTERM" };
}

function readReport(path: string): ReturnType<typeof readJUnit> {
  try {
    return readJUnit(readFileSync(path, "utf8"));
  } catch {
    // A run that was killed or crashed leaves no report; its exit status says that it failed.
    return { passed: 0, failed: 0, skips: [] };
  }
}

interface SuiteRun {
  status: number;
  timedOut: boolean;
  readonly counts: { passed: number; failed: number; skips: Skip[] };
}

/** A lane for each processor, two at most: the tests start builds, which take all there are. */
const lanesMax = Math.min(2, availableParallelism());

async function runPlanned(
  suite: Suite,
  files: readonly string[],
  env: Record<string, string>,
  folder: string,
): Promise<SuiteRun> {
  const total: SuiteRun = { status: 0, timedOut: false, counts: { passed: 0, failed: 0, skips: [] } };
  const { lanes, alone } = planRuns(suite, files);
  const runOne = async (some: readonly string[], name: string): Promise<void> => {
    const report = join(folder, `${name}.xml`);
    const { status, timedOut } = await runBunTest(suite, some, env, report);
    const { passed, failed, skips } = readReport(report);
    // A run that failed without a failed test has crashed.
    const crashed = status !== 0 && failed === 0 && !timedOut ? 1 : 0;
    if (crashed > 0) console.log(`bun test exited ${status} with no failed test: ${some.join(" ")}`);
    total.counts.passed += passed;
    total.counts.failed += failed + crashed;
    total.counts.skips.push(...skips);
    total.status ||= status;
    total.timedOut ||= timedOut;
  };
  const waiting = lanes.map((some, at) => ({ some, name: `lane-${at}` }));
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await runOne(next.some, next.name);
  };
  await Promise.all(Array.from({ length: lanesMax }, work));
  if (alone.length > 0) await runOne(alone, "alone");
  return total;
}

async function runSuite(suite: Suite, filter: string | undefined): Promise<SuiteResult> {
  const files = findTestFiles(root, suite, filter);
  const startedMs = performance.now();
  const fail = (trouble: string): SuiteResult => ({
    suite: suite.name,
    passed: 0,
    failed: 1,
    skips: [],
    seconds: secondsSince(startedMs),
    trouble,
  });
  if (files.length === 0) return fail(`no test file matches ${filter ?? suite.patterns.join(" or ")}`);
  console.log(`\n== ${suite.name}: ${files.length} files`);
  const folder = mkdtempSync(join(tmpdir(), "ballast-report-"));
  try {
    const env = await prepareEnvironment(suite, files);
    const { status, timedOut, counts } = await runPlanned(suite, files, env, folder);
    if (timedOut) return fail(`killed after ${suite.suiteTimeoutMs / 60_000} minutes`);
    if (status !== 0 && counts.failed === 0) return fail(`bun test exited ${status} with no failed test`);
    if (counts.passed + counts.failed + counts.skips.length === 0) return fail("it ran no test");
    return { suite: suite.name, ...counts, seconds: secondsSince(startedMs) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main(args: readonly string[]): Promise<number> {
  const [name, filter, ...rest] = args;
  const known = ["check", ...suites.map((suite) => suite.name)];
  if (rest.length > 0 || (name !== undefined && !known.includes(name))) {
    console.error(`npm test -- [SUITE [PATTERN]]: SUITE is one of ${known.join(", ")}`);
    return 2;
  }
  const results: SuiteResult[] = [];
  if (name === undefined || name === "check") results.push(await runCheck());
  for (const suite of suites) {
    if (name === undefined || name === suite.name) results.push(await runSuite(suite, filter));
  }
  const inCi = process.env["CI"] === "true";
  const verdict = summarize(results, { inCi, allowedInCi: componentsThatCannotExistInCi });
  console.log(`\n${verdict.lines.join("\n")}`);
  return verdict.ok ? 0 : 1;
}

process.exit(await main(process.argv.slice(2)));
