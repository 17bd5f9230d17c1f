/** Runners that share a server: each has a GOCACHE of its own, and one module checkout serves all of them. */

import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "bun:test";
import type { RunSummary } from "../../src/cache/helper/summary.ts";
import { ballast, compiledPackages, type GoFixture, type GoResult } from "./go-fixture.ts";

/** How GOCACHEPROG names the helper. */
export const cacheprog = [...ballast, "cacheprog"].join(" ");

/** A go command with the helper in between. */
export interface RunnerCommand {
  readonly gocache: string;
  /** Absent for a native run. */
  readonly server?: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
  /** Flags of the helper. */
  readonly flags?: readonly string[];
  /** Where the go command runs; the fixture's module when absent. */
  readonly cwd?: string;
}

export interface Build extends GoResult {
  /** Import paths, the main package as `main`. */
  readonly compiled: readonly string[];
  /** SHA-256 of the binary; empty when there is none. */
  readonly digest: string;
}

export interface SharedBuild extends Build {
  readonly summary: RunSummary;
}

export interface Runners {
  readonly go: GoFixture;
  /** `go ARGS…` with the helper. Its summary, if it left one, is summed over all helpers that the command started. */
  command(
    args: readonly string[],
    command: RunnerCommand,
  ): Promise<GoResult & { readonly summary: RunSummary | undefined }>;
  /** `go build` with the helper. */
  build(command: RunnerCommand): Promise<SharedBuild>;
  /** `go build` without it, in a GOCACHE of its own with the standard library. */
  native(command?: Partial<RunnerCommand>): Promise<Build>;
}

export function createRunners(go: GoFixture): Runners {
  let serial = 0;

  async function runWith(args: readonly string[], { gocache, server, env = {}, flags = [], cwd }: RunnerCommand) {
    const summaryFile = join(go.folder, `summary-${serial++}`);
    const shared: Record<string, string> = server === undefined ? {} : { BALLAST_SERVER: server };
    const helper = { GOCACHEPROG: [cacheprog, ...flags].join(" "), BALLAST_SUMMARY_FILE: summaryFile };
    const result = await go.run(["go", ...args], { GOCACHE: gocache, ...helper, ...shared, ...env }, cwd);
    return { ...result, summary: readSummary(summaryFile) };
  }

  async function buildWith(run: (out: string) => Promise<GoResult>): Promise<Build> {
    const out = join(go.folder, `out-${serial++}`);
    const result = await run(out);
    const digest = existsSync(out) ? go.digest(out) : "";
    rmSync(out, { force: true });
    return { ...result, compiled: compiledPackages(result), digest };
  }

  return {
    go,
    command: runWith,
    async build(command) {
      let summary: RunSummary | undefined;
      const built = await buildWith(async (out) => {
        const result = await runWith(["build", "-x", "-o", out, "."], command);
        summary = result.summary;
        return result;
      });
      if (summary === undefined) throw new Error(`the helper left no summary:\n${built.stderr.slice(-2000)}`);
      return { ...built, summary };
    },
    async native({ gocache, env = {}, cwd } = {}) {
      using borrowed = gocache === undefined ? go.borrowCache() : undefined;
      const GOCACHE = gocache ?? borrowed?.path ?? "";
      const built = await buildWith((out) => go.run(["go", "build", "-x", "-o", out, "."], { GOCACHE, ...env }, cwd));
      if (built.exitCode !== 0) throw new Error(`the native build failed:\n${built.stderr.slice(-2000)}`);
      return built;
    },
  };
}

function readSummary(path: string): RunSummary | undefined {
  if (!existsSync(path)) return undefined;
  const lines = readFileSync(path, "utf8").trim().split("\n");
  const total: Record<string, number> = {};
  for (const line of lines) {
    for (const [key, value] of Object.entries(JSON.parse(line) as Record<string, number>)) {
      total[key] = (total[key] ?? 0) + value;
    }
  }
  return total as unknown as RunSummary;
}

/** What a `go build -x` said besides its commands: go's own complaints, and all that a helper wrote. */
function complaints({ stderr }: GoResult): string[] {
  return stderr.split("\n").filter((line) => /^(ballast|error|warning|go: |panic|Bun|\s+at )|GOCACHEPROG/i.test(line));
}

/** How much slower than a native build a build may be whatever happens to the server. */
const allowanceMs = 3000;

/**
 * The law of every fault: the build ends well, with native's binary, and not much later. Native is measured right
 * before; where that is not enough, once more right after, since a machine that became busy is nobody's fault.
 */
export async function expectUnharmed(build: Build, native: Build, again: () => Promise<Build>): Promise<void> {
  expect(complaints(build)).toEqual([]);
  expect(build.exitCode).toBe(0);
  expect(build.digest).toBe(native.digest);
  const isLate = build.wallMs >= native.wallMs + allowanceMs;
  const nativeMs = isLate ? Math.max(native.wallMs, (await again()).wallMs) : native.wallMs;
  expect(build.wallMs).toBeLessThan(nativeMs + allowanceMs);
}

/** Bodies in a folder of Go's format, scopes' folders included, whose bytes are not what their name says. */
export function wrongBodies(gocache: string): string[] {
  const wrong: string[] = [];
  for (const name of readdirSync(gocache, { recursive: true }) as string[]) {
    const output = /([0-9a-f]{64})-d$/.exec(name)?.[1];
    if (output === undefined) continue;
    const hash = new Bun.CryptoHasher("sha256").update(readFileSync(join(gocache, name))).digest("hex");
    if (hash !== output) wrong.push(name);
  }
  return wrong;
}
