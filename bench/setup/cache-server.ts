/** `ballast serve` as a process, and what a bench asks of it. */

import { closeSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BenchFailure, verify } from "../measure/failure.ts";

export interface ServerTotals {
  readonly entries: number;
  readonly outputs: number;
  readonly rawBytes: number;
  readonly storedBytes: number;
  readonly fileBytes: number;
}

export interface CacheServer {
  readonly url: string;
  readonly pid: number;
  /** For requests made by the bench itself. */
  readonly headers: Readonly<Record<string, string>>;
  readonly token: string | undefined;
  totals(): Promise<ServerTotals>;
  /** Waits until nothing in its folder has changed for a while: uploads arrived, bodies compressed, log cut. */
  settle(): Promise<void>;
  /** Bytes of its folder. Prepared streams, where there are any, are counted apart. */
  diskBytes(): DiskBytes;
  stop(): Promise<void>;
}

export interface DiskBytes {
  readonly dataBytes: number;
  readonly streamsBytes: number;
}

export interface ServerRequest {
  readonly executable: string;
  /** Its data folder, and beside it a log and, if a token is wanted, the file for it. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly withToken: boolean;
  readonly flags?: readonly string[];
}

const readyLimitMs = 20_000;
const stopLimitMs = 30_000;
const quietMs = 8000;
const settleLimitMs = 5 * 60_000;

/** Throws BenchFailure with what the server said when it does not start. */
export async function startServer(request: ServerRequest): Promise<CacheServer> {
  const { executable, folder, env, flags = [] } = request;
  const token = request.withToken ? crypto.randomUUID() : undefined;
  const log = openSync(`${folder}.log`, "w");
  const child = Bun.spawn(
    [executable, "serve", "--json", "--listen", "127.0.0.1:0", "--data", folder, ...tokenFlags(), ...flags],
    {
      cwd: "/",
      env: { ...env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: log,
    },
  );
  closeSync(log);
  const line = await Promise.race([firstLine(child.stdout), Bun.sleep(readyLimitMs)]);
  if (line === undefined) {
    child.kill("SIGKILL");
    throw new BenchFailure(`ballast serve did not start: ${readFileSync(`${folder}.log`, "utf8").slice(-2000)}`);
  }
  const { url } = JSON.parse(line) as { readonly url: string };
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const totals = (): Promise<ServerTotals> => readTotals(url, headers);

  function tokenFlags(): string[] {
    if (token === undefined) return [];
    writeFileSync(`${folder}.tokens`, `write ${token} bench\n`, { mode: 0o600 });
    return ["--token-file", `${folder}.tokens`];
  }

  return {
    url,
    pid: child.pid,
    headers,
    token,
    totals,
    settle: () => settle(async () => JSON.stringify([await totals(), diskBytesOf(folder)])),
    diskBytes: () => diskBytesOf(folder),
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), stopLimitMs);
      await child.exited;
      clearTimeout(timer);
      verify(child.exitCode === 0, `ballast serve ended with ${child.exitCode ?? child.signalCode}`);
    },
  };
}

async function readTotals(url: string, headers: Readonly<Record<string, string>>): Promise<ServerTotals> {
  const response = await fetch(`${url}/v1/stats`, { headers });
  verify(response.status === 200, `/v1/stats answered ${response.status}`);
  return (await response.json()) as ServerTotals;
}

async function settle(look: () => Promise<string>): Promise<void> {
  const endMs = performance.now() + settleLimitMs;
  let last = await look();
  let sinceMs = performance.now();
  while (performance.now() - sinceMs < quietMs) {
    verify(performance.now() < endMs, "the server's data did not settle within five minutes");
    await Bun.sleep(500);
    const found = await look();
    if (found !== last) sinceMs = performance.now();
    last = found;
  }
}

/** What the files say they hold. A file that goes while we look is not there. */
function diskBytesOf(folder: string): DiskBytes {
  let dataBytes = 0;
  let streamsBytes = 0;
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const stat = statSync(join(folder, name), { throwIfNoEntry: false });
    if (stat === undefined || !stat.isFile()) continue;
    if (/(^|\/)streams?(\/|$)/.test(name)) streamsBytes += stat.size;
    else dataBytes += stat.size;
  }
  return { dataBytes, streamsBytes };
}

/** The first line of a process's output; `undefined` when it ends before that. */
export async function firstLine(output: ReadableStream<Uint8Array>): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  const reader = output.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return undefined;
    text += decoder.decode(value, { stream: true });
    const end = text.indexOf("\n");
    if (end >= 0) {
      reader.releaseLock();
      return text.slice(0, end);
    }
  }
}
