/**
 * What each kind of request costs a node, in processor time, user and system together, so that other work on the machine
 * stretches little. The thread that makes all answers is told apart from all threads: it is what a node runs out of first.
 * The simulation of a day (bench/fleet-simulation) is fed with these.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { constants, zstdCompressSync } from "node:zlib";
import { createAbsenceSet } from "../../src/cache/protocol/absence.ts";
import { codec } from "../../src/cache/protocol/entry.ts";
import { encodeEnd, encodeEntry, entryHeadBytes } from "../../src/cache/protocol/frame.ts";
import { joinJson } from "../../src/cache/protocol/run.ts";
import { verify } from "../measure/failure.ts";
import { type BenchNode, contextHeaders, entryOf, type FleetStage, sha256 } from "./fleet-stage.ts";

/** The processor time of one of something. */
export interface Cost {
  readonly name: string;
  readonly threadMs: number;
  readonly allMs: number;
}

type Used = Pick<Cost, "threadMs" | "allMs">;

/** As many as the module of the other benches has, and nearly as large: 2,474 entries of 159 KB, packed 39 KB. */
const entries = 2400;
const largeBytes = 128 * 1024;
const smallBytes = 300;
const perBatch = 20;
const job = { job: "bench ./cmd go build", family: "bench", revision: "1" };

export async function measureCosts(stage: FleetStage): Promise<readonly Cost[]> {
  const node = await stage.node("costs", { isAlone: true });
  const use = createMeter(stage, "node costs", node.pid);
  const bodies = createBodies();
  const measured = [
    ...(await measurePuts(node, bodies, use)),
    ...(await measureLookups(node, use)),
    ...(await measureRuns(node, use)),
  ];
  await node.stop();
  const costs = [...measured, ...(await measureSharing(stage, bodies))].map(([name, used]) => ({ name, ...used }));
  for (const { name, threadMs, allMs } of costs) {
    stage.note(`${name}: ${threadMs.toFixed(4)} ms, of all threads ${allMs.toFixed(4)} ms`);
  }
  return costs;
}

type Named = readonly [name: string, used: Used];

type Bodies = ReturnType<typeof createBodies>;
type Meter = (times: number, work: (at: number) => Promise<void>) => Promise<Used>;

/** The processor time of one of `times` pieces of work. */
function createMeter(stage: FleetStage, process: string, pid: number): Meter {
  const look = (): Used => ({ threadMs: mainThreadMsOf(pid), allMs: stage.processorMs().get(process) ?? 0 });
  return async (times, work) => {
    const before = look();
    for (let at = 0; at < times; at++) await work(at);
    return scaled(less(look(), before), 1 / times);
  };
}

/** The time on a processor of a process's first thread: the one that has its number. */
function mainThreadMsOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "latin1").split(" ")[0]) / 1e6;
}

function less(one: Used, other: Used): Used {
  return { threadMs: one.threadMs - other.threadMs, allMs: one.allMs - other.allMs };
}

function scaled({ threadMs, allMs }: Used, factor: number): Used {
  return { threadMs: threadMs * factor, allMs: allMs * factor };
}

/** Packed as helpers send them, so that the node unpacks and hashes each. */
async function put(node: BenchNode, label: string, first: number, bodies: readonly Uint8Array[]): Promise<void> {
  const frames = bodies.map((body, at) => {
    const packed = zstdCompressSync(body, { params: { [packLevel]: 1 } });
    return encodeEntry({ ...entryOf(`${label} ${first + at}`, body), codec: codec.zstd, body: packed });
  });
  const body = Buffer.concat([...frames, encodeEnd()]);
  const response = await fetch(`${node.url}/v1/entries`, { method: "POST", body, headers: contextHeaders });
  const { stored } = (await response.json()) as { stored: number };
  verify(stored === bodies.length, `of ${bodies.length} entries ${stored} were stored`);
}

/** Bodies that pack as compiled packages do, no two alike: pieces of Go's own compiler, each from another byte on. */
function createBodies(): (sizeBytes: number, count: number) => Uint8Array[] {
  const goroot = Bun.spawnSync(["go", "env", "GOTOOLDIR"]).stdout.toString().trim();
  const source = readFileSync(join(goroot, "compile"));
  let next = 0;
  return (sizeBytes, count) =>
    Array.from({ length: count }, () => {
      next += 1;
      const first = (next * stepBytes) % (source.length - sizeBytes);
      const body = Uint8Array.from(source.subarray(first, first + sizeBytes));
      new DataView(body.buffer).setUint32(0, next);
      return body;
    });
}

const stepBytes = 10_007;
const packLevel = constants.ZSTD_c_compressionLevel;

async function measurePuts(node: BenchNode, bodies: Bodies, use: Meter): Promise<Named[]> {
  const single = await use(1500, (at) => put(node, "single", at, bodies(smallBytes, 1)));
  const batch = await use(500, (at) => put(node, "batch", at * perBatch, bodies(smallBytes, perBatch)));
  const large = await use(entries / perBatch, (at) => put(node, "large", at * perBatch, bodies(largeBytes, perBatch)));
  const entry = scaled(less(batch, single), 1 / (perBatch - 1));
  const batchMegabytes = (perBatch * (largeBytes - smallBytes)) / 1e6;
  return [
    ["a put request", less(single, entry)],
    ["an entry put", entry],
    ["a MB put, as it is unpacked", scaled(less(large, batch), 1 / batchMegabytes)],
  ];
}

async function measureLookups(node: BenchNode, use: Meter): Promise<Named[]> {
  const ask = async (count: number, at: number): Promise<void> => {
    const ids = Array.from({ length: count }, (_, id) => sha256(`batch ${(at * count + id) % (500 * perBatch)}`));
    const body = Buffer.concat(ids);
    const response = await fetch(`${node.url}/v1/lookup`, { method: "POST", body, headers: contextHeaders });
    verify((await response.bytes()).length > count * entryHeadBytes, "a lookup did not find everything");
  };
  const single = await use(3000, (at) => ask(1, at));
  const many = await use(400, (at) => ask(100, at));
  const id = scaled(less(many, single), 1 / 99);
  return [
    ["a lookup request", less(single, id)],
    ["an id looked up", id],
  ];
}

async function measureRuns(node: BenchNode, use: Meter): Promise<Named[]> {
  const actions = Array.from({ length: entries }, (_, at) => sha256(`large ${at}`));
  const gain = { savedMs: 1, waitedMs: 0, offeredMs: 1, hits: 1 };
  const manifest = joinJson({ ...job, ...gain }, Buffer.concat(actions));
  const kept = await use(200, async () => {
    const response = await fetch(`${node.url}/v1/runs`, { method: "PUT", body: manifest, headers: contextHeaders });
    verify(response.status === 200, `a manifest was answered ${response.status}`);
  });
  const held = createAbsenceSet(entries);
  for (const action of actions) held.add(action);
  const open = async (set: Uint8Array, bytesMin: number): Promise<number> => {
    const response = await fetch(`${node.url}/v1/runs`, {
      method: "POST",
      body: joinJson(job, set),
      headers: contextHeaders,
    });
    let bytes = 0;
    for await (const chunk of response.body as ReadableStream<Uint8Array>) bytes += chunk.length;
    verify(bytes >= bytesMin, `a run brought ${bytes} bytes`);
    return bytes;
  };
  const opened = await use(300, async () => void (await open(held.bytes, 1)));
  let manyBytes = 0;
  const large = await use(12, async () => void (manyBytes = await open(new Uint8Array(0), entries * entryHeadBytes)));
  // The same number of entries with hardly any bytes tells the two apart.
  const small = Array.from({ length: entries }, (_, at) => sha256(`batch ${at}`));
  const body = joinJson({ ...job, ...gain }, Buffer.concat(small));
  await fetch(`${node.url}/v1/runs`, { method: "PUT", body, headers: contextHeaders });
  let fewBytes = 0;
  const few = await use(60, async () => void (fewBytes = await open(new Uint8Array(0), entries * entryHeadBytes)));
  const removals = await use(1500, async () => {
    await (await fetch(`${node.url}/v1/removals?sinceMs=0`, { headers: contextHeaders })).bytes();
  });
  const megabytes = (manyBytes - fewBytes) / 1e6;
  return [
    ["a manifest left", kept],
    ["a run opened by who holds everything", opened],
    ["an entry streamed", scaled(less(few, opened), 1 / entries)],
    ["a MB streamed, packed", scaled(less(large, few), 1 / megabytes)],
    ["a question for removals", removals],
  ];
}

/** Changes of two sizes at node a, with what each process of the fleet needs for them until b has them. */
async function measureSharing(stage: FleetStage, bodies: Bodies): Promise<Named[]> {
  const [a, b] = [await stage.node("a"), await stage.node("b")];
  for (const node of [a, b]) while ((await node.metric("ballast_fleet_bus_following")) !== 1) await Bun.sleep(20);
  const found: Named[] = [];
  for (const [label, sizeBytes, count] of [
    ["small", smallBytes, 4000],
    ["large", 32 * 1024, 2000],
  ] as const) {
    const held = await b.metric("ballast_cache_entries");
    const look = (): ReadonlyMap<string, Used> =>
      usedByAll(stage, new Map([["node a", a.pid] as const, ["node b", b.pid]]));
    const before = look();
    for (let first = 0; first < count; first += perBatch) {
      await put(a, `shared ${label}`, first, bodies(sizeBytes, perBatch));
    }
    while ((await a.metric("ballast_fleet_pending_changes")) > 0) await Bun.sleep(50);
    while ((await b.metric("ballast_cache_entries")) < held + count) await Bun.sleep(50);
    for (const [name, used] of look()) {
      const spent = scaled(less(used, before.get(name) ?? used), 1 / count);
      found.push([`a ${label} change, put included: ${name}`, spent]);
    }
  }
  found.push(["a body of 32 KiB fetched from the store", await measureFetching(stage, b, 2000)]);
  await Promise.all([a.stop(), b.stop()]);
  return found;
}

/** The nodes' threads are told apart; bus and store have several of one kind. */
function usedByAll(stage: FleetStage, pids: ReadonlyMap<string, number>): ReadonlyMap<string, Used> {
  const all = stage.processorMs();
  const wanted = ["node a", "node b", "nats-server", "versitygw"];
  return new Map(
    wanted.map((name) => {
      const [pid, allMs] = [pids.get(name), all.get(name) ?? 0];
      return [name, { allMs, threadMs: pid === undefined ? allMs : mainThreadMsOf(pid) }];
    }),
  );
}

async function measureFetching(stage: FleetStage, node: BenchNode, count: number): Promise<Used> {
  const used = await createMeter(
    stage,
    "node b",
    node.pid,
  )(1, async () => {
    for (let first = 0; first < count; first += perBatch) {
      const ids = Array.from({ length: perBatch }, (_, at) => sha256(`shared large ${first + at}`));
      const body = Buffer.concat(ids);
      const response = await fetch(`${node.url}/v1/lookup`, { method: "POST", body, headers: contextHeaders });
      verify((await response.bytes()).length > 0, "a lookup had no answer");
    }
  });
  return scaled(used, 1 / count);
}
