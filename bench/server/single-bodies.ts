/** Single bodies, one a request: from a loaded server and from nginx, and new ones into an empty server. */

import { mkdirSync, openSync, closeSync, readSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { verify } from "../measure/failure.ts";
import type { Arm } from "../measure/rounds.ts";
import type { Bench } from "../setup/bench.ts";
import type { CacheServer } from "../setup/cache-server.ts";
import { type BodySet, writeBodyList } from "./bodies.ts";
import { connections, type LoadPrograms, runLoad } from "./load.ts";

export type Encoding = "identity" | "zstd";

/** Whose entries these are; made up, since nothing but the bench reads them. */
const context: Readonly<Record<string, string>> = {
  "ballast-protocol": "1",
  "ballast-scope": "main",
  "ballast-ancestors": "",
  "ballast-toolchain": "ab".repeat(32),
  "ballast-image": "0".repeat(64),
};
const entry = { "ballast-time-ns": "1700000000000000000", "ballast-kind": "0", "ballast-partition": "0" };

export function requestHeaders(server: CacheServer, extra: Readonly<Record<string, string>>): Record<string, string> {
  return { ...context, ...server.headers, ...extra };
}

/** Puts every body of the set, sixteen at a time. */
export async function loadServer(server: CacheServer, set: BodySet): Promise<void> {
  const waiting = [...set.bodies];
  const source = openSync(set.file, "r");
  async function work(): Promise<void> {
    for (let body = waiting.pop(); body !== undefined; body = waiting.pop()) {
      const bytes = Buffer.alloc(body.length);
      readSync(source, bytes, 0, body.length, body.offset);
      const headers = { "ballast-output": body.output, "ballast-size": String(set.sizeBytes), ...entry };
      const response = await fetch(`${server.url}/v1/actions/${body.action}`, {
        method: "PUT",
        body: bytes,
        headers: requestHeaders(server, headers),
      });
      verify(response.status === 201, `a put was answered with ${response.status}: ${await response.text()}`);
    }
  }
  await Promise.all(Array.from({ length: connections }, work));
  closeSync(source);
}

/** The same bodies as files for nginx, under the same paths. */
export function writeFiles(set: BodySet, folder: string): void {
  mkdirSync(join(folder, "v1", "actions"), { recursive: true });
  const source = openSync(set.file, "r");
  for (const body of set.bodies) {
    const bytes = Buffer.alloc(body.length);
    readSync(source, bytes, 0, body.length, body.offset);
    writeFileSync(join(folder, "v1", "actions", body.action), bytes);
  }
  closeSync(source);
}

/** How many bodies are looked at, spread over the set. */
const samples = 200;

/** Compares answers with the bodies; the share that came compressed. */
export async function checkBodies(
  url: string,
  set: BodySet,
  headers: Readonly<Record<string, string>>,
): Promise<number> {
  let compressed = 0;
  const step = Math.max(1, Math.floor(set.bodies.length / samples));
  const looked = set.bodies.filter((_, index) => index % step === 0);
  for (const { action, output } of looked) {
    const response = await fetch(`${url}/v1/actions/${action}`, { headers: { ...headers } });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const found = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
    verify(response.status === 200 && found === output, `${url}: a body of status ${response.status} is not its own`);
    if (response.headers.get("content-encoding") === "zstd") compressed++;
  }
  return compressed / looked.length;
}

export interface GetArm {
  readonly name: string;
  readonly url: string;
  readonly set: BodySet;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the bodies come as they are: their bytes are then counted. */
  readonly isRaw: boolean;
}

export function getArm(bench: Bench, programs: LoadPrograms, arm: GetArm): Arm {
  const { work, options } = bench;
  const label = arm.name.replace(/[^a-z0-9]+/gi, "-");
  const [list, headers] = [work.at("loads", `${label}.list`), work.at("loads", `${label}.headers`)];
  writeBodyList(arm.set, list);
  writeHeaders(headers, arm.url, arm.headers);
  return {
    name: arm.name,
    unit: "requests/s",
    async run() {
      const { wrk } = programs;
      const { durationMs } = options;
      const result = await runLoad({ wrk, url: arm.url, script: "get.lua", args: [list, headers], durationMs, work });
      const isWhole = !arm.isRaw || result.bytes >= (result.requests - connections) * arm.set.sizeBytes;
      verify(isWhole, `${arm.name}: ${result.bytes} bytes in ${result.requests} answers are too few`);
      return { value: result.requestsPerSecond, details: { ...result } };
    },
  };
}

function writeHeaders(file: string, url: string, headers: Readonly<Record<string, string>>): void {
  const all = { host: new URL(url).host, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\n`);
  writeFileSync(file, lines.join(""));
}

/** Each run has a server of its own, which is empty. Every answered put must be there afterwards. */
export function putArm(bench: Bench, programs: LoadPrograms, set: BodySet, encoding: Encoding): Arm {
  const { work, options } = bench;
  const name = `PUT 12 KB, new keys, ${encoding}`;
  const list = work.at("loads", `put-${encoding}.list`);
  writeBodyList(set, list);
  return {
    name,
    unit: "requests/s",
    async run() {
      const server = await bench.serve(`put-${encoding}`, true);
      const headers = work.at("loads", "put.headers");
      const extra = encoding === "zstd" ? { ...entry, "content-encoding": "zstd" } : entry;
      writeHeaders(headers, server.url, requestHeaders(server, extra));
      const args = [list, headers, set.file, String(set.sizeBytes)];
      const { durationMs } = options;
      const result = await runLoad({ wrk: programs.wrk, url: server.url, script: "put.lua", args, durationMs, work });
      const { entries } = await server.totals();
      await server.stop();
      const isThere = entries >= result.requests && entries <= result.requests + connections;
      verify(isThere, `${name}: ${result.requests} puts were answered, ${entries} entries are there`);
      return { value: result.requestsPerSecond, details: { ...result, entries } };
    },
  };
}
