/** The protocol's requests as the helper makes them. Nothing here waits by itself: every call takes a signal. */

import { readFileSync } from "node:fs";
import { joinJson, type RunGain, type RunJob } from "../protocol/run.ts";
import { encodeContext } from "../protocol/context-headers.ts";
import { type EntryHead, entryHeader, type RequestContext } from "../protocol/entry.ts";
import { highestShared, versionHeader, versionsHeader } from "../protocol/version.ts";

export interface CacheClient {
  /** Opens a run; `held` is a set of what this machine has already. */
  openRun(job: RunJob, held: Uint8Array, signal: AbortSignal): Promise<Response>;
  /** Leaves the run's manifest: its actions end to end, none when they are those that the server told. */
  keepRun(job: RunJob, gain: RunGain, actions: Uint8Array, signal: AbortSignal): Promise<Response>;
  /** Frames for many actions; `actions` are their ids end to end. */
  lookup(actions: Uint8Array, signal: AbortSignal): Promise<Response>;
  /** One body, decoded as it streams. */
  output(output: string, signal: AbortSignal): Promise<Response>;
  /** A batch of entry frames. */
  putEntries(frames: Uint8Array, signal: AbortSignal): Promise<Response>;
  /** One entry with a large body, straight from its file, or as a zstd frame. */
  putFile(head: EntryHead, from: string | Uint8Array, signal: AbortSignal): Promise<Response>;
}

export interface ClientOptions {
  readonly server: string;
  readonly token?: string | undefined;
  readonly caFile?: string | undefined;
  readonly context: RequestContext;
}

export function createCacheClient(options: ClientOptions): CacheClient {
  const base = options.server.replace(/\/+$/, "");
  const headers = encodeContext(options.context);
  if (options.token !== undefined) headers["authorization"] = `Bearer ${options.token}`;
  const shared: BunFetchRequestInit = { redirect: "error" };
  if (options.caFile !== undefined) shared.tls = { ca: readFileSync(options.caFile, "utf8") };

  function send(path: string, init: BunFetchRequestInit): Promise<Response> {
    return fetch(base + path, { ...shared, ...init, headers: { ...headers, ...(init.headers as object) } });
  }

  /** Goes on in the version that the server named; one that does not speak the first word is asked again in its own. */
  async function request(path: string, init: BunFetchRequestInit): Promise<Response> {
    const response = await send(path, init);
    const listed = response.headers.get(versionsHeader);
    const version = listed === null ? undefined : highestShared(listed);
    if (version === undefined || headers[versionHeader] === String(version)) return response;
    headers[versionHeader] = String(version);
    if (response.status !== unspokenStatus) return response;
    await response.bytes();
    return send(path, init);
  }

  return {
    openRun: (job, held, signal) => request("/v1/runs", { method: "POST", body: joinJson(job, held), signal }),
    keepRun(job, gain, actions, signal) {
      return request("/v1/runs", { method: "PUT", body: joinJson({ ...job, ...gain }, actions), signal });
    },
    lookup: (actions, signal) =>
      request("/v1/lookup", { method: "POST", body: actions as Uint8Array<ArrayBuffer>, signal }),
    output: (output, signal) => request(`/v1/outputs/${output}`, { signal }),
    putEntries: (frames, signal) =>
      request("/v1/entries", { method: "POST", body: frames as Uint8Array<ArrayBuffer>, signal }),
    putFile(head, from, signal) {
      const action = Buffer.from(head.action).toString("hex");
      const isFile = typeof from === "string";
      const body = isFile ? Bun.file(from) : (from as Uint8Array<ArrayBuffer>);
      const own = { ...headHeaders(head), ...(isFile ? {} : { "content-encoding": "zstd" }) };
      return request(`/v1/actions/${action}`, { method: "PUT", body, signal, headers: own });
    },
  };
}

/** The version in which the request is written is not spoken there. */
const unspokenStatus = 426;

/** An answer that is not the one hoped for; code branches on `status`. */
export class StatusError extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`the server answered ${status}`);
    this.status = status;
  }
}

/** The body of an answer that is a success with something in it; throws `StatusError` for any other. */
export function bodyOf(response: Response): ReadableStream<Uint8Array> {
  if (response.status !== 200 || response.body === null) throw new StatusError(response.status);
  return response.body;
}

function headHeaders(head: EntryHead): Record<string, string> {
  return {
    [entryHeader.output]: Buffer.from(head.output).toString("hex"),
    [entryHeader.sizeBytes]: String(head.sizeBytes),
    [entryHeader.timeNs]: String(head.timeNs),
    [entryHeader.costMs]: String(head.costMs),
    [entryHeader.kind]: String(head.kind),
    [entryHeader.partition]: String(head.partition),
  };
}
