/** JSON-RPC messages in the frames of the Language Server Protocol: a `Content-Length` header, a blank line, the JSON. */

/** A message as it is sent: a request has an id and a method, a notification only a method, an answer only an id. */
export interface RpcMessage {
  readonly id?: number | string | null;
  readonly method?: string;
  readonly params?: unknown;
}

const headerLimitBytes = 8192;
const bodyLimitBytes = 50_000_000;

/** Bytes of one message. */
export function encodeMessage(message: object): string {
  const body = JSON.stringify({ jsonrpc: "2.0", ...message });
  return `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** The messages of a stream, one by one. Throws on what is no frame: then nothing tells where the next one begins. */
export async function* readMessages(stream: AsyncIterable<Uint8Array>): AsyncGenerator<RpcMessage> {
  let waiting = Buffer.alloc(0);
  for await (const chunk of stream) {
    waiting = Buffer.concat([waiting, chunk]);
    for (;;) {
      const frame = takeFrame(waiting);
      if (frame === undefined) break;
      waiting = frame.rest;
      yield frame.message;
    }
  }
}

function takeFrame(bytes: Buffer): { readonly message: RpcMessage; readonly rest: Buffer<ArrayBuffer> } | undefined {
  const headerEnd = bytes.indexOf("\r\n\r\n");
  if (headerEnd < 0 && bytes.byteLength > headerLimitBytes) throw new Error("a header without an end");
  if (headerEnd < 0) return undefined;
  const length = Number(
    /^content-length: *(\d+)\r?$/im.exec(bytes.toString("latin1", 0, headerEnd))?.[1] ?? Number.NaN,
  );
  if (!(length <= bodyLimitBytes)) throw new Error("a frame without a length, or with one over the limit");
  const start = headerEnd + 4;
  if (bytes.byteLength < start + length) return undefined;
  const body: unknown = JSON.parse(bytes.toString("utf8", start, start + length));
  const message = typeof body === "object" && body !== null && !Array.isArray(body) ? body : {};
  return { message, rest: Buffer.from(bytes.subarray(start + length)) };
}
