/** From one node's acknowledgement of a put to another node's lookup hit, body included, at a steady rate. */

import { createFrameReader, encodeEnd, encodeEntry, frameType } from "../../src/cache/protocol/frame.ts";
import { verify } from "../measure/failure.ts";
import { type BenchNode, contextHeaders, entryOf, type FleetStage, quantile } from "./fleet-stage.ts";

export interface Propagation {
  readonly changesPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly changes: number;
  /** By process, the processor time of one change while the rate was kept. */
  readonly processorMsOfChange: ReadonlyMap<string, number>;
}

const perSecond = 1000;
const durationMs = 15_000;
/** The first changes meet connections and code that nobody has used yet. */
const warmUpMs = 3000;
const bodyBytes = 700;
/** Puts that arrive together, as an uploader's batch does. */
const batchSize = 10;
const pollMs = 5;
const askedMax = 1000;

interface Waiting {
  readonly action: Buffer;
  readonly acknowledgedMs: number;
}

export async function measurePropagation(stage: FleetStage): Promise<Propagation> {
  const [a, b] = [await stage.node("a"), await stage.node("b")];
  await untilFollowing([a, b]);
  const waiting = new Map<string, Waiting>();
  const latencies: number[] = [];
  const startedMs = performance.now();
  const poller = pollUntil(b, waiting, ({ acknowledgedMs }) => {
    if (acknowledgedMs - startedMs > warmUpMs) latencies.push(performance.now() - acknowledgedMs);
  });
  const before = stage.processorMs();
  const sent = await putSteadily(a, startedMs, waiting);
  const after = stage.processorMs();
  await poller.drained();
  await Promise.all([a.stop(), b.stop()]);
  return {
    changesPerSecond: sent.count / (sent.wallMs / 1000),
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    changes: latencies.length,
    processorMsOfChange: new Map([...after].map(([name, ms]) => [name, (ms - (before.get(name) ?? 0)) / sent.count])),
  };
}

async function untilFollowing(nodes: readonly BenchNode[]): Promise<void> {
  for (const node of nodes) while ((await node.metric("ballast_fleet_bus_following")) !== 1) await Bun.sleep(20);
}

async function putSteadily(
  node: BenchNode,
  startedMs: number,
  waiting: Map<string, Waiting>,
): Promise<{ readonly count: number; readonly wallMs: number }> {
  const underWay: Promise<void>[] = [];
  let count = 0;
  while (performance.now() - startedMs < durationMs) {
    const dueMs = startedMs + (count / perSecond) * 1000;
    if (dueMs > performance.now()) await Bun.sleep(Math.max(1, dueMs - performance.now()));
    underWay.push(putBatch(node, count, waiting));
    count += batchSize;
  }
  await Promise.all(underWay);
  return { count, wallMs: performance.now() - startedMs };
}

async function putBatch(node: BenchNode, first: number, waiting: Map<string, Waiting>): Promise<void> {
  const entries = Array.from({ length: batchSize }, (_, at) =>
    entryOf(`propagated ${first + at}`, crypto.getRandomValues(new Uint8Array(bodyBytes))),
  );
  const body = Buffer.concat([...entries.map(encodeEntry), encodeEnd()]);
  const response = await fetch(`${node.url}/v1/entries`, { method: "POST", body, headers: contextHeaders });
  const { stored } = (await response.json()) as { stored: number };
  verify(stored === batchSize, `of ${batchSize} entries ${stored} were stored`);
  const acknowledgedMs = performance.now();
  for (const { action } of entries) {
    waiting.set(Buffer.from(action).toString("hex"), { action: Buffer.from(action), acknowledgedMs });
  }
}

/** Asks again and again for what has not been found; several questions may be under way, none about the same action. */
function pollUntil(
  node: BenchNode,
  waiting: Map<string, Waiting>,
  found: (one: Waiting) => void,
): { drained(): Promise<void> } {
  let underWay = 0;
  let isOver = false;
  async function ask(): Promise<void> {
    const asked = [...waiting].slice(0, askedMax);
    for (const [key] of asked) waiting.delete(key);
    if (asked.length === 0) return;
    underWay += 1;
    const hits = await lookUp(node, asked);
    for (const [key, one] of asked) {
      if (hits.has(key)) found(one);
      else waiting.set(key, one);
    }
    underWay -= 1;
  }
  const timer = setInterval(() => void ask(), pollMs);
  return {
    async drained() {
      const endMs = performance.now() + 30_000;
      while (!isOver) {
        verify(performance.now() < endMs, `${waiting.size} changes never arrived`);
        await Bun.sleep(20);
        isOver = waiting.size === 0 && underWay === 0;
      }
      clearInterval(timer);
    },
  };
}

async function lookUp(node: BenchNode, asked: readonly (readonly [string, Waiting])[]): Promise<Set<string>> {
  const response = await fetch(`${node.url}/v1/lookup`, {
    method: "POST",
    body: Buffer.concat(asked.map(([, { action }]) => action)),
    headers: contextHeaders,
  });
  verify(response.status === 200, `a lookup answered ${response.status}`);
  const hits = new Set<string>();
  createFrameReader().feed(await response.bytes(), ({ type, payload }) => {
    if (type === frameType.entry) hits.add(Buffer.from(payload.subarray(0, 32)).toString("hex"));
  });
  return hits;
}
