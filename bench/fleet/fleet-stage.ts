/** Bus, store and nodes as processes for one part of the bench; all end with it. */

import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { encodeContext } from "../../src/cache/protocol/context-headers.ts";
import { codec, type WireEntry } from "../../src/cache/protocol/entry.ts";
import { installComponents } from "../../scripts/component-install.ts";
import { BenchFailure, verify } from "../measure/failure.ts";
import { processorMsOf } from "../measure/own-processes.ts";
import { firstLine } from "../setup/cache-server.ts";
import { freePort } from "../setup/free-port.ts";
import type { WorkFolder } from "../setup/work-folder.ts";

export interface BenchNode {
  readonly url: string;
  readonly pid: number;
  metric(name: string): Promise<number>;
  stop(): Promise<void>;
}

export interface FleetStage {
  readonly busPort: number;
  /** `isAlone`: without bus and store. The folder is made anew unless it is kept. */
  node(name: string, options?: { readonly isAlone?: boolean; readonly keepsFolder?: boolean }): Promise<BenchNode>;
  note(text: string): void;
  /** The processor time that each process has used so far, and this one: by name. */
  processorMs(): ReadonlyMap<string, number>;
  readonly work: WorkFolder;
}

const keys = { AWS_ACCESS_KEY_ID: "bench", AWS_SECRET_ACCESS_KEY: "bench-secret" };

export async function openStage(
  executable: string,
  work: WorkFolder,
  cleanup: AsyncDisposableStack,
): Promise<FleetStage> {
  const found = await installComponents(["nats-server", "versitygw"]);
  const programOf = (name: string): string => {
    const component = found[name];
    if (component === undefined || "missing" in component) throw new BenchFailure(`${name} cannot be had`);
    return join(component.folder, "bin", name);
  };
  const [busPort, storePort] = [freePort(), freePort()];
  const storeFolder = work.fresh("store");
  mkdirSync(join(storeFolder, "cache"));
  const pids = new Map([["client", process.pid]]);
  const start = (name: string, argv: readonly string[]): void => {
    const child = Bun.spawn([programOf(name), ...argv], { stdout: "ignore", stderr: "ignore" });
    pids.set(name, child.pid);
    cleanup.defer(() => child.kill("SIGKILL"));
  };
  start("nats-server", ["-a", "127.0.0.1", "-p", String(busPort), "-js", "-sd", work.fresh("bus")]);
  const access = ["--access", keys.AWS_ACCESS_KEY_ID, "--secret", keys.AWS_SECRET_ACCESS_KEY];
  start("versitygw", ["--port", `127.0.0.1:${storePort}`, ...access, "--quiet", "posix", storeFolder]);
  await Bun.sleep(500);
  const fleetFlags = ["--store", "s3://cache/fleet", "--store-endpoint", `http://127.0.0.1:${storePort}`];
  return {
    busPort,
    work,
    note: (text) => console.error(`bench: ${text}`),
    processorMs: () => new Map([...pids].map(([name, pid]) => [name, processorMsOf(pid) ?? 0])),
    async node(name, { isAlone = false, keepsFolder = false } = {}) {
      const folder = keepsFolder ? work.at("nodes", name) : work.fresh("nodes", name);
      const flags = isAlone ? [] : [...fleetFlags, "--bus", `nats://127.0.0.1:${busPort}`, "--name", name];
      const node = await startNode(executable, folder, flags);
      pids.set(`node ${name}`, node.pid);
      cleanup.defer(() => {
        try {
          process.kill(node.pid, "SIGKILL");
        } catch {
          return; // it has ended
        }
      });
      return node;
    },
  };
}

async function startNode(executable: string, folder: string, flags: readonly string[]): Promise<BenchNode> {
  const log = `${folder}.log`;
  const argv = [executable, "serve", "--json", "--listen", "127.0.0.1:0", "--data", folder, ...flags];
  const child = Bun.spawn(argv, {
    cwd: "/",
    env: { PATH: process.env["PATH"] ?? "", HOME: folder, ...keys },
    stdin: "ignore",
    stdout: "pipe",
    stderr: Bun.file(log),
  });
  const line = await firstLine(child.stdout);
  if (line === undefined) throw new BenchFailure(`a node did not start: ${readFileSync(log, "utf8").slice(-2000)}`);
  const { url } = JSON.parse(line) as { readonly url: string };
  return {
    url,
    pid: child.pid,
    async metric(name) {
      const text = await (await fetch(`${url}/metrics`)).text();
      const found = text.split("\n").find((one) => one.startsWith(`${name} `));
      return Number(found?.split(" ")[1] ?? Number.NaN);
    },
    async stop() {
      child.kill("SIGTERM");
      await child.exited;
      verify(child.exitCode === 0, `a node ended with ${child.exitCode ?? child.signalCode}`);
    },
  };
}

export const toolchain = "a".repeat(64);
/** The context of all that the bench puts and asks for. */
export const contextHeaders = encodeContext({
  scope: "main",
  ancestors: [],
  toolchain,
  image: "b".repeat(64),
  provenance: { run: "bench" },
});

export function sha256(data: string | Uint8Array): Buffer {
  return new Bun.CryptoHasher("sha256").update(data).digest();
}

export function entryOf(action: string, body: Uint8Array): WireEntry {
  return {
    action: sha256(action),
    output: sha256(body),
    sizeBytes: body.length,
    timeNs: 1_790_000_000_000_000_000n,
    costMs: 7,
    kind: 0,
    partition: 0,
    codec: codec.identity,
    body,
  };
}

/** The value below which this share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
