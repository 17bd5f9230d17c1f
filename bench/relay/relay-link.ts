/** The relay's process, as a bench uses it. */

import { join } from "node:path";
import { BenchFailure } from "../measure/failure.ts";
import { summarize } from "../measure/statistics.ts";
import { firstLine } from "../setup/cache-server.ts";

export interface RelayLink {
  /** HOST:PORT of the near end. */
  readonly address: string;
  stop(): Promise<void>;
}

export interface RelayLinkRequest {
  /** HOST:PORT of the far end. */
  readonly target: string;
  readonly roundTripMs: number;
  readonly bytesPerSecond?: number;
}

export async function startRelayProcess(request: RelayLinkRequest): Promise<RelayLink> {
  const { target, roundTripMs, bytesPerSecond } = request;
  const words = [target, String(roundTripMs), ...(bytesPerSecond === undefined ? [] : [String(bytesPerSecond)])];
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "relay-process.ts"), ...words], {
    cwd: "/",
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const port = await firstLine(child.stdout);
  if (port === undefined) throw new BenchFailure("the relay did not start");
  return {
    address: `127.0.0.1:${port}`,
    async stop() {
      await child.stdin.end();
      await child.exited;
    },
  };
}

/** The median time of `GET url` on a connection that is open already: what the relay's delay really is. */
export async function measureRoundTripMs(url: string): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 12; i++) {
    const startedMs = performance.now();
    await (await fetch(url)).arrayBuffer();
    times.push(performance.now() - startedMs);
  }
  return summarize(times.slice(2)).median;
}
