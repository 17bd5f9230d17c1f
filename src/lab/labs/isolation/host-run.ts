/** Jobs on one machine, each in a checkout of its own, with the cache that their mode gives them. */

import { lstatSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ownCommand } from "../../../core/own-command.ts";
import type { ProcessResult } from "../../../core/process.ts";
import type { Bench } from "../../bench.ts";
import type { CleanGo } from "../../clean-environment.ts";
import { commonMark, compiled, secretMark, tamperedMark, writeJobModule, writeSecret } from "./jobs-module.ts";
import type { IsolationValue } from "./value.ts";

/** `native`: plain go over one folder, for comparison; the others are `ballast go --cache=MODE`. */
export const hostModes = ["native", "shared", "read-only", "isolated", "off"] as const;
export type HostMode = (typeof hostModes)[number];

const deadlineMs = 300_000;
const saidChars = 500;

interface HostRun {
  readonly bench: Bench;
  readonly go: CleanGo;
  readonly mode: HostMode;
  /** The folder of this run; all that its jobs write lies below. */
  readonly folder: string;
}

/** Runs `jobs` jobs at once, then looks what the last of them can get of the first. */
export async function runHostJobs(bench: Bench, go: CleanGo, mode: HostMode, jobs: number): Promise<IsolationValue> {
  using own = bench.folder(`isolation-${mode}`);
  const run: HostRun = { bench, go, mode, folder: own.path };
  await startFromWarmCache(run);
  const seed = crypto.randomUUID();
  const checkouts = Array.from({ length: jobs }, (_, index) => {
    const folder = join(own.path, `job-${index}`);
    writeJobModule(folder, secretMark(seed, String(index)));
    return folder;
  });
  const before = bytesBelow(own.path);
  const startedMs = bench.clock.monotonicMs();
  const results = await Promise.all(checkouts.map((checkout) => build(run, checkout)));
  const wallMs = bench.clock.monotonicMs() - startedMs;
  const failures = results.flatMap(({ exitCode, stderr }) => (exitCode === 0 ? [] : [stderr.slice(-saidChars)]));
  const addedBytes = bytesBelow(own.path) - before;
  const value = { jobs, failures, wallMs, addedBytes };
  if (failures.length > 0) {
    return { ...value, digests: [], served: undefined, found: undefined, tampered: undefined };
  }
  const digests = checkouts.map((checkout) => digestOf(join(checkout, "program")));
  const found = holds(join(own.path, "gocache"), secretMark(seed, "0"));
  const last = checkouts.at(-1) ?? own.path;
  writeSecret(last, secretMark(seed, "0"));
  const again = await build(run, last);
  const served = !compiled(again.stderr, "example.org/lab/secret");
  return { ...value, digests, found, served, tampered: await tamper(run) };
}

/** A folder with the runtime compiled, by links to the lab's own: what is new in it belongs to this run. */
async function startFromWarmCache({ bench, go, folder }: HostRun): Promise<void> {
  const to = join(folder, "gocache");
  const linked = await bench.run(["cp", "-al", go.gocache, to], { deadlineMs });
  if (linked.exitCode !== 0) await bench.run(["cp", "-a", go.gocache, to], { deadlineMs });
}

function build({ bench, go, mode, folder }: HostRun, checkout: string): Promise<ProcessResult> {
  const words = ["build", "-trimpath", "-buildvcs=false", "-x"];
  const start = mode === "native" ? ["go"] : [...ownCommand(), "go", "--quiet", `--cache=${mode}`];
  const env = {
    ...go.env,
    GOCACHE: join(folder, "gocache"),
    XDG_CACHE_HOME: join(folder, "user-cache"),
    CGO_ENABLED: "0",
  };
  const script = `"$@" -o program . && "$@" ./secret`;
  return bench.run(["sh", "-c", script, "sh", ...start, ...words], { cwd: checkout, env, deadlineMs });
}

/**
 * Somebody with access to the folder puts other bytes in the place of the common package, as a job that runs as the same
 * user can. A new checkout is then built: does its program hold them?
 */
async function tamper(run: HostRun): Promise<boolean> {
  const gocache = join(run.folder, "gocache");
  const seeded = join(run.folder, "seed");
  writeJobModule(seeded, "seed");
  await build({ ...run, mode: "native" }, seeded);
  for (const path of ownFiles(gocache)) {
    const bytes = readFileSync(path);
    if (!bytes.includes(commonMark)) continue;
    writeFileSync(path, Buffer.from(bytes.toString("latin1").replaceAll(commonMark, tamperedMark), "latin1"));
  }
  const checkout = join(run.folder, "victim");
  mkdirSync(checkout);
  writeJobModule(checkout, "victim");
  const { exitCode } = await build(run, checkout);
  return exitCode === 0 && readFileSync(join(checkout, "program")).includes(tamperedMark);
}

/** Files that are no links to the lab's own cache: writing to those would change it. */
function ownFiles(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath, entry.name)).filter((path) => lstatSync(path).nlink === 1);
}

function holds(folder: string, mark: string): boolean {
  return ownFiles(folder).some((path) => readFileSync(path).includes(mark));
}

function bytesBelow(folder: string): number {
  return ownFiles(folder).reduce((sum, path) => sum + lstatSync(path).size, 0);
}

function digestOf(path: string): string {
  return new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");
}
