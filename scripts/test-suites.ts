/** The suites of `npm test`: which files belong to each, and how long they may take. */

import { readFileSync } from "node:fs";
import { basename } from "node:path";

export interface Suite {
  readonly name: string;
  readonly patterns: readonly string[];
  /** For one test, unless it states its own. */
  readonly testTimeoutMs: number;
  /** For the whole suite: what runs longer hangs. */
  readonly suiteTimeoutMs: number;
  /** Whether it runs the compiled executable. */
  readonly needsExecutable: boolean;
  /** Files that take times, by the beginnings of their names: they run one by one, the others two at a time. */
  readonly alone?: readonly string[];
  /** Of the others those that take minutes: they begin first, so that nothing waits for one of them at the end. */
  readonly longest?: readonly string[];
}

const minuteMs = 60_000;

/** In the order in which they run: what fails fastest comes first. */
export const suites: readonly Suite[] = [
  {
    name: "conventions",
    patterns: ["test/conventions/**/*.test.ts"],
    testTimeoutMs: 30_000,
    suiteTimeoutMs: 3 * minuteMs,
    needsExecutable: false,
  },
  {
    name: "unit",
    patterns: ["src/**/*.test.ts", "scripts/**/*.test.ts", "bench/**/*.test.ts"],
    testTimeoutMs: 20_000,
    suiteTimeoutMs: 5 * minuteMs,
    needsExecutable: false,
  },
  {
    name: "contract",
    patterns: ["test/contract/**/*.test.ts"],
    testTimeoutMs: minuteMs,
    suiteTimeoutMs: 10 * minuteMs,
    needsExecutable: true,
  },
  {
    name: "e2e",
    patterns: ["test/e2e/**/*.test.ts"],
    testTimeoutMs: 5 * minuteMs,
    suiteTimeoutMs: 25 * minuteMs,
    needsExecutable: true,
    alone: [
      "command-line",
      "go-faults",
      "go-load",
      "kill-serve",
      "lab-claims",
      "launcher",
      "observe",
      "scheduling",
      "step-aside",
    ],
    longest: ["image-build", "init", "cache-modes", "build-policy"],
  },
];

/** What takes too long for `npm test`: `npm run soak`. */
export const soak: Suite = {
  name: "soak",
  patterns: ["test/soak/**/*.test.ts"],
  testTimeoutMs: 20 * minuteMs,
  suiteTimeoutMs: 120 * minuteMs,
  needsExecutable: true,
};

/** The suite's test files under `root`, sorted; `filter` keeps those whose path contains it. */
export function findTestFiles(root: string, suite: Suite, filter?: string): readonly string[] {
  return suite.patterns
    .flatMap((pattern) => [...new Bun.Glob(pattern).scanSync({ cwd: root })])
    .filter((file) => filter === undefined || file.includes(filter))
    .toSorted();
}

/** What runs beside each other, in turn, and then what runs alone; without `alone` all files are one run. */
export function planRuns(suite: Suite, files: readonly string[]): { lanes: readonly string[][]; alone: string[] } {
  const { alone, longest = [] } = suite;
  if (alone === undefined) return { lanes: [], alone: [...files] };
  const isOneOf = (starts: readonly string[], file: string): boolean =>
    starts.some((start) => basename(file).startsWith(start));
  const others = files.filter((file) => !isOneOf(alone, file));
  const inOrder = others.toSorted((a, b) => Number(isOneOf(longest, b)) - Number(isOneOf(longest, a)));
  return { lanes: inOrder.map((file) => [file]), alone: files.filter((file) => isOneOf(alone, file)) };
}

/** Which components each test file needs, by its path: the one place where a test says so. */
export function readDeclaredComponents(root: string): Readonly<Record<string, readonly string[]>> {
  return JSON.parse(readFileSync(`${root}/test/components.json`, "utf8")) as Record<string, readonly string[]>;
}
