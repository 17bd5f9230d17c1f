/** Stands between a helper and its server, and remembers how the helper opened its run. */

import { BenchFailure } from "../measure/failure.ts";

export interface OpenedRun {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface RunRecorder {
  readonly url: string;
  /** The last run that was opened. Throws BenchFailure when there was none. */
  lastRun(): OpenedRun;
  stop(): Promise<void>;
}

const ofOneConnection = ["host", "connection", "content-length", "transfer-encoding"];

export function startRunRecorder(server: string): RunRecorder {
  let last: OpenedRun | undefined;
  const proxy = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 120,
    maxRequestBodySize: 2 * 1024 ** 3,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const headers = Object.fromEntries([...request.headers].filter(([name]) => !ofOneConnection.includes(name)));
      const body = request.method === "GET" ? undefined : new Uint8Array(await request.arrayBuffer());
      if (request.method === "POST" && pathname === "/v1/runs" && body !== undefined) last = { headers, body };
      const { method } = request;
      return fetch(server + pathname + search, { method, headers, decompress: false, ...(body ? { body } : {}) });
    },
  });
  return {
    url: `http://127.0.0.1:${proxy.port}`,
    lastRun() {
      if (last === undefined) throw new BenchFailure("the helper opened no run on the server");
      return last;
    },
    stop: () => proxy.stop(true),
  };
}
