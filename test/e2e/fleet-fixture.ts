/** Two nodes as processes, with their bus and their store behind relays; each can be killed, cut off and started again. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { bucket, type FleetServer, startNats, startStore, storeKeys } from "../contract/fleet-servers.ts";
import { type Relay, startRelay } from "../contract/relay.ts";
import { type ServerProcess, tryServe } from "./serve-fixture.ts";
import { freePort } from "../free-port.ts";

export interface FleetNode {
  readonly name: string;
  readonly url: string;
  readonly folder: string;
  /** For who looks at it. */
  readonly headers: Readonly<Record<string, string>>;
  start(env?: Readonly<Record<string, string>>): Promise<void>;
  kill(): Promise<void>;
  end(): Promise<string>;
  /** A metric's value, 0 when it has none yet. */
  metric(name: string): Promise<number>;
}

export interface Fleet {
  readonly nats: FleetServer;
  readonly store: FleetServer;
  readonly busRelay: Relay;
  readonly storeRelay: Relay;
  readonly a: FleetNode;
  readonly b: FleetNode;
  /** One more node, not yet started. `flags` may name another bus or store. */
  newNode(name: string, options?: NodeChanges): Promise<FleetNode>;
  end(): Promise<void>;
}

export interface NodeChanges {
  /** Without relays, or with those of another fleet. */
  readonly busPort?: number;
  readonly bus?: string;
  readonly storePort?: number;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** An operator's, where it has an access policy. */
  readonly token?: string;
  /** Another version's. */
  readonly executable?: string;
}

export interface FleetParts {
  readonly nats: string;
  readonly versitygw: string;
  /** Where the store keeps its bodies; a folder of its own when absent. */
  readonly storeFolder?: string;
}

/** Starts servers and both nodes. Node a reaches bus and store through relays, node b directly. */
export async function startFleet(folder: string, parts: FleetParts): Promise<Fleet> {
  const nats = await startNats(parts.nats);
  const store = await startStore(parts.versitygw, parts.storeFolder);
  const busRelay = await startRelay(nats.port);
  const storeRelay = await startRelay(store.port);
  const nodes: FleetNode[] = [];
  const newNode = async (name: string, changes: NodeChanges = {}): Promise<FleetNode> => {
    const node = await createNode(join(folder, name), name, {
      busPort: nats.port,
      storePort: store.port,
      ...changes,
    });
    nodes.push(node);
    return node;
  };
  const a = await newNode("a", { busPort: busRelay.port, storePort: storeRelay.port });
  const b = await newNode("b");
  await Promise.all([a.start(), b.start()]);
  return {
    nats,
    store,
    busRelay,
    storeRelay,
    a,
    b,
    newNode,
    async end() {
      await Promise.all(nodes.map((node) => node.kill()));
      busRelay.close();
      storeRelay.close();
      await Promise.all([nats.end(), parts.storeFolder === undefined ? store.end() : store.kill()]);
    },
  };
}

/** A node on a port that stays its own: runners know its address. */
async function createNode(folder: string, name: string, changes: NodeChanges): Promise<FleetNode> {
  const port = freePort();
  mkdirSync(folder, { recursive: true });
  let running: ServerProcess | undefined;
  const url = `http://127.0.0.1:${port}`;
  const store = ["--store", `s3://${bucket}/fleet`, "--store-endpoint", `http://127.0.0.1:${changes.storePort ?? 0}`];
  const bus = ["--store-deadline", "5s", "--bus", changes.bus ?? `nats://127.0.0.1:${changes.busPort ?? 0}`];
  const own = ["--listen", `127.0.0.1:${port}`, "--data", join(folder, "data"), "--name", name];
  const flags = [...own, ...store, ...bus, ...(changes.flags ?? [])];
  const keys = { AWS_ACCESS_KEY_ID: storeKeys.accessKeyId, AWS_SECRET_ACCESS_KEY: storeKeys.secretAccessKey };
  const headers: Record<string, string> =
    changes.token === undefined ? {} : { authorization: `Bearer ${changes.token}` };
  return {
    name,
    url,
    folder,
    headers,
    async start(env = {}) {
      const program = changes.executable === undefined ? undefined : [changes.executable];
      const { server, stderr } = await tryServe(flags, { ...keys, ...changes.env, ...env }, program);
      if (server === undefined) throw new Error(`node ${name} did not start: ${stderr}`);
      running = server;
    },
    async kill() {
      await running?.end("SIGKILL");
    },
    async end() {
      await running?.end("SIGTERM");
      return (await running?.stderr()) ?? "";
    },
    async metric(metric) {
      const text = await (await fetch(`${url}/metrics`, { headers })).text();
      const line = text.split("\n").find((found) => found.startsWith(`${metric} `));
      return Number(line?.split(" ")[1] ?? 0);
    },
  };
}

/** What a node says that it holds, every entry with its version; equal on all nodes that are quiet. */
export async function contentOf({ url, headers }: FleetNode): Promise<string[]> {
  const lines: string[] = [];
  for (let after: string | undefined; ;) {
    const query = after === undefined ? "" : `&after=${encodeURIComponent(after)}`;
    const text = await (await fetch(`${url}/v1/entries?limit=1000${query}`, { headers })).text();
    const page = text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as ListedEntry);
    lines.push(...page.map(({ action, scope, output, version }) => `${action} ${scope} ${output} ${version}`));
    after = page.at(-1)?.cursor;
    // Nodes list by their own numbers for scopes.
    if (after === undefined) return lines.toSorted();
  }
}

interface ListedEntry {
  readonly action: string;
  readonly scope: string;
  readonly output: string;
  readonly version: number;
  readonly cursor: string;
}

/** The digests of a node's index, shard by shard, as `ballast cache digest` compares them. */
export async function digestOf({ url, headers }: FleetNode): Promise<string> {
  const { shards } = (await (await fetch(`${url}/v1/digest`, { headers })).json()) as { shards: unknown[] };
  if (shards.length !== 256) throw new Error(`${shards.length} shards`);
  return JSON.stringify(shards);
}

/** Waits until nothing is pending anywhere and all nodes hold the same. */
export async function untilQuiet(nodes: readonly FleetNode[], deadlineMs = 30_000): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    if (await areQuiet(nodes)) return;
    if (performance.now() > endMs) throw new Error(await describe(nodes));
    await Bun.sleep(100);
  }
}

async function areQuiet(nodes: readonly FleetNode[]): Promise<boolean> {
  for (const node of nodes) {
    if ((await node.metric("ballast_fleet_pending_changes")) > 0) return false;
    if ((await node.metric("ballast_fleet_bus_following")) !== 1) return false;
  }
  const contents = await Promise.all(nodes.map(async (node) => (await contentOf(node)).join()));
  return new Set(contents).size === 1;
}

async function describe(nodes: readonly FleetNode[]): Promise<string> {
  const lines = await Promise.all(
    nodes.map(async (node) => {
      const [pending, following] = await Promise.all([
        node.metric("ballast_fleet_pending_changes"),
        node.metric("ballast_fleet_bus_following"),
      ]);
      return `${node.name}: ${pending} pending, following ${following}, ${(await contentOf(node)).length} entries`;
    }),
  );
  const [first = [], second = []] = await Promise.all(nodes.map(contentOf));
  const apart = [...first.filter((line) => !second.includes(line)), ...second.filter((line) => !first.includes(line))];
  return `the nodes did not become quiet and equal: ${lines.join("; ")}\n${apart.slice(0, 6).join("\n")}`;
}
