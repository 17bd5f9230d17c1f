/** Loads that the small tests and the soak share, at different sizes: one very large put, and many go commands at once. */

import { expect } from "bun:test";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeLargeModule } from "./fixture-modules.ts";
import type { GoFixture } from "./go-fixture.ts";
import { familyOf, helperOf, peakBytes, sharedOutBytes } from "./go-processes.ts";
import { cacheprog } from "./shared-runners.ts";

type Settings = Readonly<Record<string, string>>;

interface Spawned {
  readonly pid: number;
  readonly exited: Promise<number>;
  readonly stderr: ReadableStream<Uint8Array>;
}

function spawnGo(args: readonly string[], cwd: string, env: Settings): Spawned {
  const { PATH = "", HOME = "", TMPDIR = "/tmp" } = process.env;
  const clean = { PATH, HOME, TMPDIR, GOENV: "off", GOTOOLCHAIN: "local", GOFLAGS: "-buildvcs=false" };
  const options = { cwd, env: { ...clean, ...env }, stdout: "ignore", stderr: "pipe" } as const;
  return Bun.spawn(["go", ...args], options);
}

export interface LargePut {
  readonly nativeMs: number;
  readonly helperMs: number;
  /** The most memory that the helper had. */
  readonly peakBytes: number;
}

/** Builds a module that holds `sizeBytes` of random bytes, natively and with the helper; both binaries are the same. */
export async function measureLargePut(go: GoFixture, sizeBytes: number, settings: Settings = {}): Promise<LargePut> {
  const module = join(go.folder, `large-${sizeBytes}`);
  if (!existsSync(module)) writeLargeModule(module, sizeBytes);
  const build = async (out: string, env: Settings): Promise<{ wallMs: number; peak: number; digest: string }> => {
    using cache = go.borrowCache();
    const startMs = performance.now();
    const child = spawnGo(["build", "-o", out, "."], module, { GOCACHE: cache.path, ...env });
    const peak = env["GOCACHEPROG"] === undefined ? 0 : await watchPeak(child);
    const said = await new Response(child.stderr).text();
    expect(await child.exited).toBe(0);
    expect(said).toBe("");
    const wallMs = performance.now() - startMs;
    const digest = go.digest(out);
    rmSync(out);
    return { wallMs, peak, digest };
  };
  const out = join(go.folder, "large");
  const native = await build(out, {});
  const helper = await build(out, { GOCACHEPROG: cacheprog, ...settings });
  expect(helper.digest).toBe(native.digest);
  return { nativeMs: native.wallMs, helperMs: helper.wallMs, peakBytes: helper.peak };
}

async function watchPeak({ pid, exited }: Spawned): Promise<number> {
  const helper = await helperOf(pid);
  let isRunning = true;
  void exited.then(() => (isRunning = false));
  let peak = 0;
  while (isRunning) {
    peak = Math.max(peak, peakBytes(helper));
    await Bun.sleep(10);
  }
  return peak;
}

/** How long `count` go commands take that begin at once; all must end well. */
export async function measureCrowd(
  count: number,
  args: readonly string[],
  cwd: string,
  env: Settings,
): Promise<number> {
  const startMs = performance.now();
  const crowd = Array.from({ length: count }, () => spawnGo(args, cwd, env));
  const said = await Promise.all(crowd.map(({ stderr }) => new Response(stderr).text()));
  const statuses = await Promise.all(crowd.map(({ exited }) => exited));
  expect([...new Set(said)]).toEqual([""]);
  expect([...new Set(statuses)]).toEqual([0]);
  return performance.now() - startMs;
}

/** The most memory that `count` go commands and their helpers take together. Looking at it makes them slower. */
export async function measureCrowdBytes(
  count: number,
  args: readonly string[],
  cwd: string,
  env: Settings,
): Promise<number> {
  const crowd = Array.from({ length: count }, () => spawnGo(args, cwd, env));
  let isRunning = true;
  void Promise.all(crowd.map(({ exited }) => exited)).then(() => (isRunning = false));
  let peak = 0;
  while (isRunning) {
    peak = Math.max(peak, sharedOutBytes(familyOf(crowd.map(({ pid }) => pid))));
    await Bun.sleep(50);
  }
  return peak;
}
