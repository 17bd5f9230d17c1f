/** What the runner's arms share: the warm server, the ways to it, and the programs that go alone built. */

import { verify } from "../measure/failure.ts";
import type { Bench } from "../setup/bench.ts";
import type { CacheServer } from "../setup/cache-server.ts";
import type { BuildResult, Helper } from "../setup/go-builds.ts";
import { verifyDigest } from "../setup/go-builds.ts";
import { measureRoundTripMs } from "../relay/relay-link.ts";
import { peerCommand, type Peer, peerServer } from "../setup/peers.ts";

/** How far the server is. */
export type Distance = "loopback" | "far" | "far, 1 Gbit/s";

export interface RunnerStage {
  readonly bench: Bench;
  readonly server: CacheServer;
  /** The GOCACHE in which go alone has built the parent. */
  readonly nativeCache: string;
  /** SHA-256 of the program that go alone builds. */
  readonly digest: string;
  readonly coldMs: number;
  /** Ballast's server by distance. */
  readonly urls: Readonly<Record<Distance, string>>;
  /** HOST:PORT of each peer's server behind the relay, by the peer's name. */
  readonly farPeers: ReadonlyMap<string, string>;
  readonly roundTripMs: number;
}

/** One build by go alone with nothing cached, then one by each helper with an empty server, and all is warm. */
export async function prepareRunner(bench: Bench): Promise<RunnerStage> {
  const { note, options } = bench;
  note("native cold");
  const nativeCache = bench.freshCache("native");
  await bench.checkout.restore();
  const cold = await bench.build({ helper: "native", gocache: nativeCache, out: bench.freshOut("native") });
  await bench.build({ helper: "native", gocache: nativeCache, out: bench.freshOut("native") });
  const server = await bench.serve("runner", false);
  const address = new URL(server.url).host;
  const [far, gigabit] = [await bench.relay(address), await bench.relay(address, gigabitBytes)];
  const farPeers = new Map<string, string>();
  for (const peer of options.peers) {
    const target = peerServer(peer);
    if (target !== undefined) farPeers.set(peer.name, (await bench.relay(target)).address);
  }
  const urls = { loopback: server.url, far: `http://${far.address}`, "far, 1 Gbit/s": `http://${gigabit.address}` };
  const roundTripMs = await measureRoundTripMs(`${urls.far}/healthz`);
  const stage = { bench, server, nativeCache, digest: cold.digest, coldMs: cold.wallMs, urls, farPeers, roundTripMs };
  await warmUp(stage);
  return stage;
}

const gigabitBytes = 125_000_000;

/** Has what main has, and the program that main's runners are to link themselves. */
export const programScope = "program";
/** A run that sends no program. */
export const keepsPrograms = { BALLAST_PROGRAMS: "0" };

/** The first run fills the server and leaves the manifest; the second gives it a chance to prepare what it sends. */
async function warmUp(stage: RunnerStage): Promise<void> {
  const { bench, server } = stage;
  bench.note("filling the server");
  const first = await newRunner(stage, {
    name: "filling",
    helper: "cacheprog",
    server: server.url,
    env: keepsPrograms,
  });
  verify(first.summary?.dropped === 0, `filling the server: ${first.summary?.dropped} entries were dropped`);
  bench.note("waiting for the server to settle");
  await server.settle();
  await newRunner(stage, { name: "filling the program", helper: "cacheprog", server: server.url, scope: programScope });
  for (const helper of ["go", "cacheprog"] as const) {
    for (const scope of ["main", programScope]) {
      await newRunner(stage, { name: "warming", helper, server: server.url, scope, env: keepsPrograms });
    }
  }
  for (const peer of bench.options.peers) {
    bench.note(`filling ${peer.name}`);
    for (let i = 0; i < 2; i++) await newRunner(stage, peerRun(stage, peer, "loopback"));
  }
  await server.settle();
}

export interface RunnerRun {
  readonly name: string;
  readonly helper: Helper;
  readonly server?: string;
  readonly token?: string;
  readonly scope?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A build by a machine that has never built: empty GOCACHE, fresh checkout with new file times. */
export async function newRunner(
  { bench, digest }: Pick<RunnerStage, "bench" | "digest">,
  { name, ...run }: RunnerRun,
): Promise<BuildResult> {
  const gocache = bench.freshCache("new");
  const out = bench.freshOut("new");
  await bench.checkout.refresh();
  await bench.sync();
  const result = await bench.build({ ...run, gocache, out });
  verifyDigest(result, digest, name);
  return result;
}

export function peerRun({ bench, farPeers }: RunnerStage, peer: Peer, distance: "loopback" | "far"): RunnerRun {
  const server = distance === "far" ? farPeers.get(peer.name) : undefined;
  const command = peerCommand(peer, bench.work.fresh("peers", peer.name), server);
  return { name: `new runner, ${peer.name}, ${distance}`, helper: { command } };
}
