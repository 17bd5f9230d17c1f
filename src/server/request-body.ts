/** Reads request bodies within limits of size and time. */

import { serverErrors } from "./errors.ts";

/** A body may take this long whatever its size. */
const graceMs = 30_000;
/** What it has to reach after that, on average. */
const bytesPerMsMin = 16;

/** The announced length; `undefined` when it is not announced. Throws `server/body-too-large`. */
export function announcedLength(request: Request, limitBytes: number): number | undefined {
  const header = request.headers.get("content-length");
  if (header === null) return undefined;
  const length = Number(header);
  if (!Number.isSafeInteger(length)) {
    throw serverErrors.error("server/request-malformed", "a Content-Length that is no number");
  }
  if (length > limitBytes) throw tooLarge(length, limitBytes);
  return length;
}

/** The chunks of a body. Throws `server/body-too-large`, `server/body-too-slow`. */
export async function* readChunks(request: Request, limitBytes: number): AsyncGenerator<Uint8Array> {
  announcedLength(request, limitBytes);
  if (request.body === null) return;
  const startedMs = performance.now();
  let bytes = 0;
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > limitBytes) throw tooLarge(bytes, limitBytes);
    const elapsedMs = performance.now() - startedMs;
    if (elapsedMs > graceMs && bytes < (elapsedMs - graceMs) * bytesPerMsMin) {
      throw serverErrors.error("server/body-too-slow", `${bytes} bytes in ${Math.round(elapsedMs / 1000)} s`);
    }
    yield chunk;
  }
}

/** A whole body that is small. */
export async function readWhole(request: Request, limitBytes: number): Promise<Buffer> {
  if (announcedLength(request, limitBytes) !== undefined) return Buffer.from(await request.arrayBuffer());
  const chunks: Uint8Array[] = [];
  for await (const chunk of readChunks(request, limitBytes)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function tooLarge(bytes: number, limitBytes: number): Error {
  return serverErrors.error("server/body-too-large", `${bytes} bytes, the limit is ${limitBytes}`);
}
