/** One entry with its body: `GET`, `HEAD` and `PUT /v1/actions/ID`. */

import type { FoundRow, PutResult } from "../../cache/node/store.ts";
import type { View } from "../../cache/node/view.ts";
import { type Codec, codec, type EntryHead, entryHeader, type Partition } from "../../cache/protocol/entry.ts";
import { limits } from "../../cache/protocol/limits.ts";
import { missAnswer } from "../answers.ts";
import { serverErrors } from "../errors.ts";
import { bringBody, isRemote } from "../remote-bodies.ts";
import { announcedLength, readChunks } from "../request-body.ts";
import { bodyAnswer } from "./bodies.ts";
import type { Handler, Service } from "./handler.ts";
import { parseId } from "./ids.ts";

/** Bodies of this announced length are read at once; others as they come. */
const wholeBytesMax = 512 * 1024;
/** An encoded body may be a little larger than the raw one. */
const encodedBytesMax = limits.bodySizeBytes + 1024 * 1024;

export const getAction: Handler = (service, request, id) => {
  const view = service.viewOf(request);
  const row = service.store.find(view, parseId(id));
  if (row !== undefined && isRemote(row)) return getRemote(service, request, row, view);
  return row === undefined ? missAnswer() : bodyAnswer(service, request, row, headersOf(row, view));
};

async function getRemote(service: Service, request: Request, row: FoundRow, view: View): Promise<Response> {
  const here = await bringBody(service, row);
  return here === undefined ? missAnswer() : bodyAnswer(service, request, here, headersOf(here, view));
}

function headersOf(row: FoundRow, view: View): Record<string, string> {
  return {
    [entryHeader.output]: row.output.toHex(),
    [entryHeader.sizeBytes]: String(row.sizeBytes),
    [entryHeader.timeNs]: timeText(row),
    [entryHeader.costMs]: String(row.cost_ms),
    [entryHeader.kind]: String(row.kind),
    [entryHeader.partition]: row.partition === view.partitions[0] ? "0" : "1",
  };
}

/** Nanoseconds since 1970, made without a big integer. */
function timeText({ time_s, time_ns }: FoundRow): string {
  return time_s === 0 ? String(time_ns) : `${time_s}${String(time_ns).padStart(9, "0")}`;
}

export const putAction: Handler = async (service, request, id, access) => {
  if (access !== "read-write") throw serverErrors.error("server/read-only", "a put");
  const view = service.viewOf(request);
  service.control?.requireWritable(view);
  const head = readHead(request, id);
  const encoding = readEncoding(request);
  const length = announcedLength(request, encodedBytesMax);
  const result =
    length !== undefined && length <= wholeBytesMax
      ? await putWhole(service, request, view, head, encoding)
      : await putChunks(service, request, view, head, encoding);
  return new Response(null, { status: result === "stored" ? 201 : 200, headers: { "ballast-result": result } });
};

async function putWhole(
  { store }: Service,
  request: Request,
  view: View,
  head: EntryHead,
  encoding: Codec,
): Promise<PutResult> {
  const body = new Uint8Array(await request.arrayBuffer());
  return store.put(view, { ...head, codec: encoding, body });
}

async function putChunks(
  { store }: Service,
  request: Request,
  view: View,
  head: EntryHead,
  encoding: Codec,
): Promise<PutResult> {
  const receiver = store.receive(view, head, encoding);
  try {
    for await (const chunk of readChunks(request, encodedBytesMax)) await receiver.write(chunk);
    return await receiver.finish();
  } catch (cause) {
    receiver.abort();
    throw cause;
  }
}

function readHead({ headers }: Request, id: string): EntryHead {
  const partition = readNumber(headers, entryHeader.partition, 1);
  return {
    action: parseId(id),
    output: parseId(headers.get(entryHeader.output)),
    sizeBytes: readNumber(headers, entryHeader.sizeBytes, limits.bodySizeBytes),
    timeNs: readTime(headers.get(entryHeader.timeNs)),
    costMs: headers.has(entryHeader.costMs) ? readNumber(headers, entryHeader.costMs, 0xffffffff) : 0,
    kind: headers.has(entryHeader.kind) ? readNumber(headers, entryHeader.kind, 255) : 0,
    partition: partition as Partition,
  };
}

function readNumber(headers: Headers, name: string, max: number): number {
  const text = headers.get(name) ?? "";
  const value = Number(text);
  if (!/^\d{1,15}$/.test(text) || value > max) {
    throw serverErrors.error("server/request-malformed", `the header ${name} is not a number from 0 to ${max}`);
  }
  return value;
}

function readTime(text: string | null): bigint {
  if (text === null || !/^\d{1,19}$/.test(text)) {
    throw serverErrors.error(
      "server/request-malformed",
      `the header ${entryHeader.timeNs} is not a count of nanoseconds`,
    );
  }
  return BigInt(text);
}

function readEncoding({ headers }: Request): Codec {
  const encoding = headers.get("content-encoding");
  if (encoding === null || encoding === "identity") return codec.identity;
  if (encoding === "zstd") return codec.zstd;
  throw serverErrors.error("server/encoding-unknown", "the Content-Encoding is neither zstd nor identity");
}
