/** The real server as a process, and a small client of its protocol that shares no code with the helper. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeContext } from "../../src/cache/protocol/context-headers.ts";
import {
  codec,
  type EntryHead,
  entryHeader,
  type RequestContext,
  type WireEntry,
} from "../../src/cache/protocol/entry.ts";
import { createFrameReader, decodeEntry, encodeEnd, encodeEntry, frameType } from "../../src/cache/protocol/frame.ts";

const root = new URL("../..", import.meta.url).pathname;

const ballast: readonly string[] =
  process.env["BALLAST_TEST_EXECUTABLE"] === undefined
    ? [process.execPath, join(root, "src/cli/main.ts")]
    : [process.env["BALLAST_TEST_EXECUTABLE"]];

export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  /** Sends the signal and waits for the end; the exit code, or `null` after a signal. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<number | null>;
  /** What it wrote to stderr, once it has ended. */
  stderr(): Promise<string>;
}

export interface StartResult {
  readonly server: ServerProcess | undefined;
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts `ballast serve` on a free port and waits until it says that it is ready, or ends. */
export async function tryServe(
  flags: readonly string[],
  env: Record<string, string> = {},
  program: readonly string[] = ballast,
): Promise<StartResult> {
  const child = Bun.spawn([...program, "serve", ...flags], {
    stdout: "pipe",
    stderr: "pipe",
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...env },
    cwd: tmpdir(),
  });
  const stderr = new Response(child.stderr).text();
  let stdout = "";
  const reader = child.stdout.getReader();
  while (!stdout.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) return { server: undefined, exitCode: await child.exited, stdout, stderr: await stderr };
    stdout += new TextDecoder().decode(value);
  }
  const url = /(https?:\/\/[^"\s]+)/.exec(stdout)?.[1] ?? "";
  const server: ServerProcess = {
    url,
    pid: child.pid,
    async end(signal) {
      child.kill(signal);
      await child.exited;
      return child.exitCode;
    },
    stderr: () => stderr,
  };
  return { server, exitCode: null, stdout, stderr: "" };
}

export async function serve(
  folder: string,
  flags: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<ServerProcess> {
  const { server, stderr } = await tryServe(["--listen", "127.0.0.1:0", "--data", folder, ...flags], env);
  if (server === undefined) throw new Error(`the server did not start: ${stderr}`);
  return server;
}

export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "ballast-serve-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export function sha256(data: string | Uint8Array): Buffer {
  return new Bun.CryptoHasher("sha256").update(data).digest();
}

export const mainContext: RequestContext = {
  scope: "main",
  ancestors: [],
  toolchain: "a".repeat(64),
  image: "b".repeat(64),
  provenance: { run: "7" },
};

function headOf(action: string, body: Uint8Array): EntryHead {
  return {
    action: sha256(action),
    output: sha256(body),
    sizeBytes: body.length,
    timeNs: 1_790_000_000_123_456_789n,
    costMs: 7,
    kind: 0,
    partition: 0,
  };
}

export function entryOf(action: string, body: Uint8Array, changes: Partial<WireEntry> = {}): WireEntry {
  return { ...headOf(action, body), codec: codec.identity, body, ...changes };
}

export interface Client {
  request(path: string, init?: BunFetchRequestInit): Promise<Response>;
  put(
    action: string,
    body: Uint8Array,
    changes?: Record<string, string>,
    encoded?: Uint8Array | ReadableStream,
  ): Promise<Response>;
  putBatch(entries: readonly WireEntry[]): Promise<Response>;
  get(action: string, headers?: Record<string, string>): Promise<Response>;
  lookup(actions: readonly string[]): Promise<Map<string, WireEntry | undefined>>;
}

export function createClient(
  url: string,
  { context = mainContext, token }: { context?: RequestContext; token?: string } = {},
): Client {
  const headers: Record<string, string> = encodeContext(context);
  if (token !== undefined) headers["authorization"] = `Bearer ${token}`;
  function request(path: string, init: BunFetchRequestInit = {}): Promise<Response> {
    return fetch(url + path, { ...init, headers: { ...headers, ...(init.headers as Record<string, string>) } });
  }
  return {
    request,
    put: (action, body, changes = {}, encoded = body as Uint8Array<ArrayBuffer>) =>
      request(`/v1/actions/${sha256(action).toString("hex")}`, {
        method: "PUT",
        body: encoded as Uint8Array<ArrayBuffer> | ReadableStream,
        headers: {
          [entryHeader.output]: sha256(body).toString("hex"),
          [entryHeader.sizeBytes]: String(body.length),
          [entryHeader.timeNs]: "1790000000123456789",
          [entryHeader.partition]: "0",
          ...changes,
        },
      }),
    putBatch: (entries) =>
      request("/v1/entries", { method: "POST", body: Buffer.concat([...entries.map(encodeEntry), encodeEnd()]) }),
    get: (action, extra = {}) => request(`/v1/actions/${sha256(action).toString("hex")}`, { headers: extra }),
    async lookup(actions) {
      const response = await request("/v1/lookup", { method: "POST", body: Buffer.concat(actions.map(sha256)) });
      if (response.status !== 200) throw new Error(`lookup: ${response.status} ${await response.text()}`);
      const bytes = await response.bytes();
      return readFrames(bytes, actions);
    },
  };
}

/** Frames in the order of the request, by the action's name. Throws when there is no end frame. */
function readFrames(bytes: Uint8Array, actions: readonly string[]): Map<string, WireEntry | undefined> {
  const found = new Map<string, WireEntry | undefined>();
  const names = new Map(actions.map((action) => [sha256(action).toString("hex"), action]));
  let isEnded = false;
  createFrameReader().feed(bytes, ({ type, payload }) => {
    const name = names.get(Buffer.from(payload.subarray(0, 32)).toString("hex"));
    if (type === frameType.end) isEnded = true;
    else if (name === undefined) throw new Error("a frame for an action that was not asked for");
    else found.set(name, type === frameType.entry ? decodeEntry(payload) : undefined);
  });
  if (!isEnded) throw new Error("there is no end frame");
  return found;
}

export async function errorCode(response: Response): Promise<string> {
  const { error } = (await response.json()) as { error: { code: string } };
  return `${response.status} ${error.code}`;
}
