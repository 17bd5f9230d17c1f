/** A node with a million entries beside one with a thousand: lookups of 500, and the time until it serves again. */

import { encodeEnd, encodeEntry } from "../../src/cache/protocol/frame.ts";
import { verify } from "../measure/failure.ts";
import { type BenchNode, contextHeaders, entryOf, type FleetStage, quantile, sha256 } from "./fleet-stage.ts";

export interface LargeIndex {
  /** By round, of many lookups each. */
  readonly smallMs: readonly number[];
  readonly largeMs: readonly number[];
  /** Ids that were put one behind the other, as one build puts what the next one asks for. */
  readonly buildMs: readonly number[];
  readonly restartMs: number;
  /** From the start until the index is in memory. */
  readonly filledMs: number;
}

const [many, few] = [1_000_000, 1000] as const;
const idsPerLookup = 500;
const batchSize = 2000;
const rounds = 10;
const lookupsPerRound = 40;

/** Fills the folders `many` and `few` of the stage; takes minutes and is not measured. */
export async function fillNodes(stage: FleetStage): Promise<void> {
  for (const [name, count] of [
    ["many", many],
    ["few", few],
  ] as const) {
    const node = await stage.node(name, { isAlone: true });
    for (let first = 0; first < count; first += batchSize) {
      if (first % 100_000 === 0) stage.note(`${name}: ${first} entries`);
      await put(node, first, Math.min(batchSize, count - first));
    }
    await node.stop();
  }
}

async function put(node: BenchNode, first: number, count: number): Promise<void> {
  const frames = Array.from({ length: count }, (_, at) =>
    encodeEntry(entryOf(`entry ${first + at}`, Buffer.from(`the body of ${first + at}`))),
  );
  const body = Buffer.concat([...frames, encodeEnd()]);
  const response = await fetch(`${node.url}/v1/entries`, { method: "POST", body, headers: contextHeaders });
  const { stored } = (await response.json()) as { stored: number };
  verify(stored === count, `of ${count} entries ${stored} were stored`);
}

export async function measureLargeIndex(stage: FleetStage): Promise<LargeIndex> {
  const startedMs = performance.now();
  const large = await stage.node("many", { isAlone: true, keepsFolder: true });
  verify((await fetch(`${large.url}/readyz`)).status === 200, "the node is not ready");
  await lookUp(large, many);
  const restartMs = performance.now() - startedMs;
  while ((await large.metric("ballast_cache_lookup_entries")) < many) await Bun.sleep(50);
  const filledMs = performance.now() - startedMs;
  const small = await stage.node("few", { isAlone: true, keepsFolder: true });
  // Each round takes its own order, and both have answered before.
  for (let warm = 0; warm < 100; warm++) await Promise.all([lookUp(small, few), lookUp(large, many)]);
  const smallMs: number[] = [];
  const largeMs: number[] = [];
  const buildMs: number[] = [];
  const arms: (() => Promise<number>)[] = [
    async () => smallMs.push(await medianOf(small, few)),
    async () => largeMs.push(await medianOf(large, many)),
    async () => buildMs.push(await medianOf(large, many, true)),
  ];
  for (let round = 0; round < rounds; round++) {
    for (const measure of round % 2 === 0 ? arms : arms.toReversed()) await measure();
  }
  await Promise.all([small.stop(), large.stop()]);
  return { smallMs, largeMs, buildMs, restartMs, filledMs };
}

async function medianOf(node: BenchNode, count: number, isOneBuild = false): Promise<number> {
  const times: number[] = [];
  for (let at = 0; at < lookupsPerRound; at++) times.push(await lookUp(node, count, isOneBuild));
  return quantile(times, 0.5);
}

async function lookUp(node: BenchNode, count: number, isOneBuild = false): Promise<number> {
  const from = Math.floor(Math.random() * (count - idsPerLookup));
  const ids = Array.from({ length: idsPerLookup }, (_, at) =>
    sha256(`entry ${isOneBuild ? from + at : Math.floor(Math.random() * count)}`),
  );
  const body = Buffer.concat(ids);
  const startedMs = performance.now();
  const response = await fetch(`${node.url}/v1/lookup`, { method: "POST", body, headers: contextHeaders });
  const bytes = await response.bytes();
  const wallMs = performance.now() - startedMs;
  verify(response.status === 200 && bytes.length > idsPerLookup * 80, "a lookup did not find everything");
  return wallMs;
}
