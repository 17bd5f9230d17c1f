/** Asks a server for a scope's entries, and hands it those of another installation. */

import { readFileSync } from "node:fs";
import { encodeEnd, createFrameReader, encodeFrame, frameType } from "../protocol/frame.ts";
import { transferFrame } from "../protocol/transfer.ts";
import { inspectErrors } from "./errors.ts";
import type { ServerAddress } from "./server-api.ts";

export interface Imported {
  readonly stored: number;
  readonly known: number;
  readonly conflicts: number;
}

/** A request ends after the entry with which it reaches this size: a server takes one body's worth at most. */
const requestBytes = 64 * 1024 * 1024;
const requestLimitMs = 10 * 60_000;

/** Hands over the frames. Throws `inspect/server-unreachable`, `inspect/server-refused`. */
export async function fetchScope(
  address: ServerAddress,
  scope: string,
  signal: AbortSignal,
  take: (chunk: Uint8Array) => void,
): Promise<void> {
  const ends = createFrameReader();
  let isEnded = false;
  await attempt(address, signal, async (ask) => {
    const response = await ask(`/v1/export?scope=${encodeURIComponent(scope)}`, {});
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      ends.feed(chunk, ({ type }) => {
        isEnded = type === frameType.end;
      });
      take(chunk);
    }
    if (!isEnded) throw new Error("it stopped in the middle of the entries");
  });
}

/** Sends the frames of an export in requests of whole entries. Throws as `fetchScope`. */
export async function sendScope(
  address: ServerAddress,
  scope: string,
  signal: AbortSignal,
  frames: Iterable<Uint8Array>,
  onSent: (bytes: number) => void,
): Promise<Imported> {
  const sum = { stored: 0, known: 0, conflicts: 0 };
  let sentBytes = 0;
  for (const body of requestsOf(frames)) {
    const imported = await attempt(address, signal, async (ask) => {
      const init = { method: "POST", body: body as Uint8Array<ArrayBuffer> };
      return (await (await ask(`/v1/import?scope=${encodeURIComponent(scope)}`, init)).json()) as Imported;
    });
    for (const name of ["stored", "known", "conflicts"] as const) sum[name] += imported[name];
    sentBytes += body.length;
    onSent(sentBytes);
  }
  return sum;
}

/** Each begins with the origin of its first entry, and ends by itself. */
function* requestsOf(frames: Iterable<Uint8Array>): Generator<Uint8Array> {
  const reader = createFrameReader();
  let origin: Buffer | undefined;
  let parts: Buffer[] = [];
  let bytes = 0;
  for (const chunk of frames) {
    const ready: Uint8Array[] = [];
    reader.feed(chunk, ({ type, payload }) => {
      if (type === frameType.end) return;
      const frame = encodeFrame(type, payload);
      if (type === transferFrame.origin) origin = frame;
      if (parts.length === 0 && type !== transferFrame.origin && origin !== undefined) parts.push(origin);
      parts.push(frame);
      bytes += frame.length;
      if (type !== transferFrame.done || bytes < requestBytes) return;
      ready.push(Buffer.concat([...parts, encodeEnd()]));
      parts = [];
      bytes = 0;
    });
    yield* ready;
  }
  if (parts.length > 0) yield Buffer.concat([...parts, encodeEnd()]);
}

type Ask = (path: string, init: BunFetchRequestInit) => Promise<Response>;

async function attempt<Result>(
  { server, token, caFile }: ServerAddress,
  signal: AbortSignal,
  act: (ask: Ask) => Promise<Result>,
): Promise<Result> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const tls = caFile === undefined ? {} : { tls: { ca: readFileSync(caFile, "utf8") } };
  const url = server.replace(/\/+$/, "");
  const limit = AbortSignal.any([signal, AbortSignal.timeout(requestLimitMs)]);
  try {
    return await act(async (path, init) => {
      const response = await fetch(url + path, {
        ...init,
        ...tls,
        headers,
        redirect: "error",
        signal: limit,
        timeout: false,
      } as BunFetchRequestInit);
      if (response.ok) return response;
      throw inspectErrors.error(
        "inspect/server-refused",
        `${url}: ${response.status} ${(await response.text()).slice(0, 500)}`,
      );
    });
  } catch (cause) {
    signal.throwIfAborted();
    if (!(cause instanceof Error) || cause.name === "BallastError") throw cause;
    throw inspectErrors.error("inspect/server-unreachable", `${url}: ${cause.message}`, { cause });
  }
}
