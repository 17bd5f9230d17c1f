/** One client with 64 connections that throws bodies away, against two nodes, beside lookups of others. */

import { verify } from "../measure/failure.ts";
import { type BenchNode, contextHeaders, entryOf, type FleetStage, quantile, sha256 } from "./fleet-stage.ts";

export interface Discarding {
  readonly sequentialBytesPerSecond: readonly number[];
  readonly parallelBytesPerSecond: readonly number[];
  readonly lookupP99Ms: number;
}

const connections = 64;
const bodyBytes = 8 * 1024 * 1024;
const rounds = 5;
const lookupEveryMs = 10;

export async function measureDiscarding(stage: FleetStage): Promise<Discarding> {
  const nodes = [await stage.node("a"), await stage.node("b")] as const;
  for (const node of nodes) while ((await node.metric("ballast_fleet_bus_following")) !== 1) await Bun.sleep(20);
  const outputs = await putBodies(nodes);
  const latencies: number[] = [];
  const sequential: number[] = [];
  const parallel: number[] = [];
  const total = connections * bodyBytes;
  for (let round = 0; round < rounds; round++) {
    const one = await timed(async () => {
      for (const [at, output] of outputs.entries()) await discard(nodes[at % 2] as BenchNode, output);
    });
    sequential.push(total / (one / 1000));
    const lookups = lookUpMeanwhile(nodes, latencies);
    const all = await timed(async () => {
      await Promise.all(outputs.map((output, at) => discard(nodes[at % 2] as BenchNode, output)));
    });
    await lookups.stop();
    parallel.push(total / (all / 1000));
  }
  await Promise.all(nodes.map((node) => node.stop()));
  return {
    sequentialBytesPerSecond: sequential,
    parallelBytesPerSecond: parallel,
    lookupP99Ms: quantile(latencies, 0.99),
  };
}

/** Every body is on both nodes: the second one fetches it from the store. */
async function putBodies(nodes: readonly [BenchNode, BenchNode]): Promise<string[]> {
  const outputs: string[] = [];
  for (let number = 0; number < connections; number++) {
    const body = Buffer.concat(
      Array.from({ length: bodyBytes / 65_536 }, () => crypto.getRandomValues(Buffer.alloc(65_536))),
    );
    const entry = entryOf(`large ${number}`, body);
    const output = Buffer.from(entry.output).toString("hex");
    const response = await fetch(`${nodes[0].url}/v1/actions/${Buffer.from(entry.action).toString("hex")}`, {
      method: "PUT",
      body,
      headers: {
        ...contextHeaders,
        "ballast-output": output,
        "ballast-size": String(body.length),
        "ballast-time-ns": "1790000000000000000",
        "ballast-partition": "0",
      },
    });
    verify(response.status === 201, `a put answered ${response.status} ${await response.text()}`);
    outputs.push(output);
  }
  for (const output of outputs) {
    for (let tries = 0; (await fetch(`${nodes[1].url}/v1/outputs/${output}`)).status !== 200; tries++) {
      verify(tries < 100, "a body did not come to the other node");
      await Bun.sleep(100);
    }
  }
  return outputs;
}

async function discard(node: BenchNode, output: string): Promise<void> {
  const response = await fetch(`${node.url}/v1/outputs/${output}`);
  let bytes = 0;
  for await (const chunk of response.body as ReadableStream<Uint8Array>) bytes += chunk.length;
  verify(bytes === bodyBytes, `${bytes} bytes came`);
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

function lookUpMeanwhile(nodes: readonly BenchNode[], latencies: number[]): { stop(): Promise<void> } {
  const body = Buffer.concat(Array.from({ length: 100 }, (_, at) => sha256(`nobody has ${at}`)));
  const underWay = new Set<Promise<void>>();
  const timer = setInterval(() => {
    for (const { url } of nodes) {
      const asked = timed(async () => {
        await (await fetch(`${url}/v1/lookup`, { method: "POST", body, headers: contextHeaders })).bytes();
      }).then((wallMs) => void latencies.push(wallMs));
      underWay.add(asked);
      void asked.finally(() => underWay.delete(asked));
    }
  }, lookupEveryMs);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
    },
  };
}
