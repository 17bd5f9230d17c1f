/** The two servers that a fleet stands on, as real processes on loopback ports that stay theirs over a restart. */

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../free-port.ts";

export interface FleetServer {
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  /** `SIGSTOP` hangs it, `SIGCONT` lets it go on. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  kill(): Promise<void>;
  /** Starts it again, over the same folder and on the same port. */
  start(): Promise<void>;
  /** Ends it and removes its folder. */
  end(): Promise<void>;
}

export const storeKeys = { accessKeyId: "ballast", secretAccessKey: "a-secret-of-tests" } as const;
export const bucket = "cache";

/** A JetStream server of its own; with `cluster` one of several. `component` is where the component lies. */
export async function startNats(component: string, extra: readonly string[] = [], port?: number): Promise<FleetServer> {
  const folder = mkdtempSync(join(tmpdir(), "ballast-nats-"));
  const chosen = port ?? freePort();
  const argv = [join(component, "bin/nats-server"), "-a", "127.0.0.1", "-p", String(chosen), "-js", "-sd", folder];
  return startServer("nats", chosen, folder, [...argv, ...extra]);
}

/** An S3 server over a folder, with one empty bucket. */
export async function startStore(component: string, folder?: string): Promise<FleetServer> {
  const place = folder ?? mkdtempSync(join(tmpdir(), "ballast-store-"));
  mkdirSync(join(place, bucket), { recursive: true });
  const port = freePort();
  const keys = ["--access", storeKeys.accessKeyId, "--secret", storeKeys.secretAccessKey];
  const program = join(component, "bin/versitygw");
  return startServer("http", port, place, [program, "--port", `127.0.0.1:${port}`, ...keys, "--quiet", "posix", place]);
}

async function startServer(
  protocol: string,
  port: number,
  folder: string,
  argv: readonly string[],
): Promise<FleetServer> {
  let child: Bun.Subprocess | undefined;
  const server: FleetServer = {
    url: `${protocol}://127.0.0.1:${port}`,
    port,
    folder,
    signal(signal) {
      child?.kill(signal);
    },
    async kill() {
      child?.kill("SIGKILL");
      await child?.exited;
    },
    async start() {
      child = Bun.spawn([...argv], { cwd: folder, stdout: "ignore", stderr: "ignore", stdin: "ignore" });
      await untilListening(port, child);
    },
    async end() {
      await server.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

async function untilListening(port: number, child: Bun.Subprocess): Promise<void> {
  const deadlineMs = performance.now() + 20_000;
  for (;;) {
    try {
      const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data: () => undefined } });
      socket.end();
      return;
    } catch (cause) {
      if (performance.now() > deadlineMs || child.exitCode !== null) throw cause;
      await Bun.sleep(20);
    }
  }
}

/** Waits for something that other processes bring about. */
export async function until(what: string, isSo: () => Promise<boolean> | boolean, deadlineMs = 20_000): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`after ${deadlineMs} ms still not: ${what}`);
    await Bun.sleep(50);
  }
}
