/** What the helper costs: on a first build, and when nothing has changed. */

import { cpSync, statSync } from "node:fs";
import { join } from "node:path";
import { formatBytes, formatCount } from "../../src/core/human-units.ts";
import { verify } from "../measure/failure.ts";
import { detailSeries, type BenchResult } from "../measure/result.ts";
import { type Arm, runRounds } from "../measure/rounds.ts";
import { measureHelperMemory } from "../setup/helper-memory.ts";
import type { Bench } from "../setup/bench.ts";
import type { CacheServer } from "../setup/cache-server.ts";
import { gocacheSize } from "../setup/gocache-size.ts";
import { type BuildRequest, type Helper, verifyDigest } from "../setup/go-builds.ts";
import { peerCommand } from "../setup/peers.ts";

/** What the arms hand on to each other. */
interface Stage {
  /** Of the program that go alone builds. */
  digest: string | undefined;
  /** The server of the last first build, with what that left there. */
  server: CacheServer | undefined;
}

export async function benchHelper(bench: Bench): Promise<BenchResult> {
  const { options, note } = bench;
  const stage: Stage = { digest: undefined, server: undefined };
  const cold = await runRounds([coldNative(bench, stage), coldHelper(bench, stage)], options.coldPairs, note);
  const size = gocacheSize(join(bench.work.path, "caches", "native"));
  const arms = await warmArms(bench, stage);
  const warm = await runRounds(arms, options.pairs, note);
  await stage.server?.stop();
  note("memory of a first build");
  const memory = await measureMemory(bench);
  const settled = detailSeries(cold, "first build, cacheprog", "untilLastUploadMs", "first build, last upload", "ms");
  return {
    series: [...cold, settled, ...warm, ...memory],
    facts: [
      ["entries", formatCount(size.entries)],
      ["raw bytes", formatBytes(size.rawBytes)],
    ],
    rows: [
      { arm: "first build, native" },
      { arm: "first build, cacheprog", base: "first build, native", bar: ceiling(1.05) },
      { arm: "first build, last upload", base: "first build, native" },
      ...warm.map(({ name }) => ({ arm: name, ...warmBars[name] })),
      ...memory.map(({ name }) => ({ arm: name })),
    ].map((row) => (row.arm.startsWith("unchanged, ") && row.arm !== warmBase ? { base: warmBase, ...row } : row)),
  };
}

const warmBase = "unchanged, native";

function ceiling(limit: number, aim?: number): { of: "ratio"; sense: "at most"; limit: number; aim?: number } {
  return { of: "ratio", sense: "at most", limit, ...(aim === undefined ? {} : { aim }) };
}

const warmBars: Readonly<Record<string, { bar: ReturnType<typeof ceiling> }>> = {
  "unchanged, cacheprog": { bar: ceiling(1.6, 1.4) },
  "unchanged, ballast go": { bar: ceiling(1.25, 1.12) },
};

function coldNative(bench: Bench, stage: Stage): Arm {
  return {
    name: "first build, native",
    unit: "ms",
    async run() {
      const gocache = bench.freshCache("native");
      await bench.checkout.refresh();
      await bench.sync();
      const result = await bench.build({ helper: "native", gocache, out: bench.freshOut("native") });
      stage.digest ??= result.digest;
      verifyDigest(result, stage.digest, "first build, native");
      return { value: result.wallMs, details: { ...result } };
    },
  };
}

/** Close included; nothing may be dropped, and everything that was sent must be on the server. */
function coldHelper(bench: Bench, stage: Stage): Arm {
  return {
    name: "first build, cacheprog",
    unit: "ms",
    async run() {
      await stage.server?.stop();
      stage.server = await bench.serve("first-build", false);
      const { summary, ...result } = await buildCold(bench, stage.server, "cacheprog");
      stage.digest ??= result.digest;
      verifyDigest({ ...result, summary }, stage.digest, "first build, cacheprog");
      const totals = await stage.server.totals();
      const said = `${summary?.dropped} dropped, ${summary?.uploaded} sent, ${totals.entries} on the server`;
      const isWhole = summary?.dropped === 0 && summary.uploaded > 0 && totals.entries >= summary.uploaded;
      verify(isWhole, `first build, cacheprog: ${said}`);
      const untilLastUploadMs = result.wallMs + result.afterMs;
      return { value: result.wallMs, details: { ...result, summary, totals, untilLastUploadMs } };
    },
  };
}

async function buildCold(bench: Bench, server: CacheServer, name: string): ReturnType<Bench["build"]> {
  const gocache = bench.freshCache(name);
  await bench.checkout.refresh();
  await bench.sync();
  return bench.build({ helper: "cacheprog", gocache, out: bench.freshOut(name), server: server.url });
}

interface WarmArm {
  readonly name: string;
  readonly request: BuildRequest;
}

/** Each with a GOCACHE and a program of its own, both up to date. */
async function warmArms(bench: Bench, stage: Stage): Promise<readonly Arm[]> {
  const { work, note, checkout } = bench;
  const server = stage.server?.url;
  const out = (name: string): string => work.at("out", name);
  const copied = (name: string): string => {
    const gocache = join(work.path, "caches", name);
    cpSync(join(work.path, "caches", "cacheprog"), gocache, { recursive: true, preserveTimestamps: true });
    return gocache;
  };
  const own = (helper: Helper, name: string, extra: Partial<BuildRequest> = {}): BuildRequest => ({
    helper,
    gocache: copied(name),
    out: out(name),
    ...extra,
  });
  const native = { helper: "native", gocache: join(work.path, "caches", "native"), out: out("native") } as const;
  const arms: WarmArm[] = [
    { name: warmBase, request: native },
    { name: "unchanged, cacheprog", request: own("cacheprog", "local") },
    { name: "unchanged, ballast go", request: own("go", "local-go") },
    { name: "unchanged, cacheprog, server set", request: own("cacheprog", "remote", { server }) },
    { name: "unchanged, ballast go, server set", request: own("go", "remote-go", { server }) },
    ...bench.options.peers.map((peer) => {
      const command = peerCommand(peer, work.fresh("peers", peer.name), undefined);
      const gocache = bench.freshCache(`peer-${peer.name}`);
      return { name: `unchanged, ${peer.name}`, request: { helper: { command }, gocache, out: out(peer.name) } };
    }),
  ];
  await checkout.restore();
  for (const arm of arms) {
    note(`making ready: ${arm.name}`);
    for (let i = 0; i < 2; i++) verifyDigest(await bench.build(arm.request), stage.digest ?? "", arm.name);
  }
  return arms.map((arm) => unchangedArm(bench, arm));
}

/** Go replaces a program that it links: one that stayed the same file was not linked. */
function unchangedArm({ build }: Bench, { name, request }: WarmArm): Arm {
  const { ino } = statSync(request.out);
  return {
    name,
    unit: "ms",
    async run() {
      const result = await build(request);
      verify(statSync(request.out).ino === ino, `${name}: go linked, though nothing had changed`);
      return { value: result.wallMs, details: { ...result } };
    },
  };
}

/** A build of its own: looking at a process ten times a second is not free. */
async function measureMemory(bench: Bench): Promise<BenchResult["series"]> {
  const server = await bench.serve("memory", false);
  const series = await measureHelperMemory(bench, "first build, cacheprog", 1, async () => {
    await buildCold(bench, server, "memory");
  });
  await server.stop();
  return series;
}
