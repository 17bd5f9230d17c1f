/** One body as an answer. */

import { decodeBody } from "../../cache/node/encoded-body.ts";
import type { OutputRow } from "../../cache/node/store.ts";
import { codec } from "../../cache/protocol/entry.ts";
import { missAnswer } from "../answers.ts";
import type { Service } from "./handler.ts";

type Headers = Record<string, string>;

/** The body of a row, as stored where the client takes that, else decoded. A body of its own file is sent by the kernel. */
export function bodyAnswer({ store, scratch }: Service, request: Request, row: OutputRow, headers: Headers): Response {
  headers["content-type"] = "application/octet-stream";
  const isSentAsStored = row.codec === codec.identity || acceptsZstd(request);
  if (row.codec === codec.zstd) headers["vary"] = "accept-encoding";
  if (row.codec === codec.zstd && isSentAsStored) headers["content-encoding"] = "zstd";
  if (request.method === "HEAD") {
    headers["content-length"] = String(isSentAsStored ? row.storedBytes : row.sizeBytes);
    return new Response(null, { headers });
  }
  const path = store.ownFile(row);
  if (path !== undefined) return new Response(isSentAsStored ? Bun.file(path) : decodedFile(path), { headers });
  // `Response` copies what it is given.
  const bytes = store.read(row, scratch);
  if (bytes === undefined) return missAnswer();
  return new Response(isSentAsStored ? bytes : decodeBody(bytes, row.codec, row.sizeBytes), { headers });
}

function decodedFile(path: string): ReadableStream {
  return Bun.file(path).stream().pipeThrough(new DecompressionStream("zstd"));
}

/** Whether the client takes zstd: named, and not with the weight 0. */
function acceptsZstd(request: Request): boolean {
  const accepted = request.headers.get("accept-encoding");
  if (accepted === null || !accepted.includes("zstd")) return false;
  return accepted === "zstd" || !/\bzstd\s*;\s*q=0(\.0*)?\s*(,|$)/.test(accepted);
}
