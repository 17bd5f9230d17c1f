/** What a lab works with: programs in a clean environment, folders that go away, chance by the seed. */

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import { type ProcessRequest, type ProcessResult, runProcess } from "../core/process.ts";
import { createRandom, type Random } from "../stats/random.ts";
import { labErrors } from "./errors.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A folder that is removed with all that is in it. */
export interface BenchFolder extends Disposable {
  readonly path: string;
}

export interface Bench {
  /** The user's environment, as it was when Ballast started; for what a lab runs of the user's own. */
  readonly userEnv: Environment;
  readonly cwd: string;
  readonly clock: Clock;
  readonly seed: number;
  /** Kept from lab to lab and run to run: the place for a warmed GOCACHE. */
  readonly cacheFolder: string;
  /** Aborted when Ballast is told to stop. */
  readonly signal: AbortSignal;
  /** Chance for one purpose; the same for the same seed. */
  random(purpose: string): Random;
  /** A new folder, removed by `using` and at the latest when the lab ends. */
  folder(label: string): BenchFolder;
  /**
   * The same at a path that the name alone decides, for an experiment whose results depend on it: resumed, it must lie
   * there again. What an earlier run left there is removed. Two runs at once must not use one name. Throws
   * `lab/state-unreadable` for a name that is none.
   */
  fixedFolder(name: string): BenchFolder;
  /**
   * Runs a program in a process group of its own, ended with all it started at the deadline or when Ballast is told to
   * stop. A failure is a result. Throws `lab/interrupted`.
   */
  run(argv: readonly string[], request: Omit<ProcessRequest, "argv" | "signal">): Promise<ProcessResult>;
  /** Says what is being done, for a terminal. */
  status(text: string): void;
  /** A line that stays. */
  note(text: string): void;
}

export interface BenchOptions {
  readonly userEnv: Environment;
  readonly cwd: string;
  readonly clock: Clock;
  readonly seed: number;
  readonly cacheFolder: string;
  readonly signal: AbortSignal;
  readonly status: (text: string) => void;
  readonly note: (text: string) => void;
}

/** Throws `lab/folder-unusable`. `dispose` removes every folder that is left. */
export function createBench(options: BenchOptions): Bench & Disposable {
  const { signal, seed } = options;
  const root = makeFolder(tmpdir());
  const goWork = join(root, "go-work");
  mkdirSync(goWork);
  const fixed: string[] = [];
  return {
    ...options,
    random: (purpose) => createRandom(seed, purpose),
    folder: (label) => {
      const path = mkdtempSync(join(root, `${label.replace(/[^\w.-]/g, "-").slice(0, 40)}-`));
      return { path, [Symbol.dispose]: () => removeFolder(path) };
    },
    fixedFolder: (name) => {
      // The name may come from a file: it must not lead out of the folder for temporary files, since it is removed.
      const isName = /^[\w-]{1,60}$/.test(name);
      if (!isName) throw labErrors.error("lab/state-unreadable", `${JSON.stringify(name)} names no folder`);
      const path = join(tmpdir(), `ballast-lab-${name}`);
      removeFolder(path);
      mkdirSync(path);
      fixed.push(path);
      return { path, [Symbol.dispose]: () => removeFolder(path) };
    },
    run: async (argv, request) => {
      // A go command that is stopped before it heeds signals leaves its work folder behind (seen once in a hundred runs).
      const env = request.env === undefined ? {} : { env: { GOTMPDIR: goWork, ...request.env } };
      const result = await runProcess({ ...request, ...env, argv, signal });
      if (result.aborted) throw interrupted(signal);
      return result;
    },
    [Symbol.dispose]: () => {
      for (const path of [root, ...fixed]) removeFolder(path);
    },
  };
}

/** `lab/interrupted`, because of what aborted the signal. */
export function interrupted(signal: AbortSignal): Error {
  return labErrors.error("lab/interrupted", "stopped", { cause: signal.reason });
}

function makeFolder(parent: string): string {
  try {
    mkdirSync(parent, { recursive: true });
    return mkdtempSync(join(parent, "ballast-lab-"));
  } catch (cause) {
    throw labErrors.error("lab/folder-unusable", `${parent}: ${(cause as Error).message}`, { cause });
  }
}

/** Go makes the folders of its module cache read-only, and a program under test may do the same. */
function removeFolder(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  } catch {
    // What is read-only for its owner: made writable, and tried once more.
    Bun.spawnSync(["chmod", "-R", "u+rwx", path], { stdout: "ignore", stderr: "ignore" });
    rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}
