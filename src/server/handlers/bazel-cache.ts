/**
 * Bazel's HTTP cache: `/ac/HASH` for action results and `/cas/HASH` for blobs, both also under an instance prefix.
 *
 * Both are entries of the same store. A blob's action is its own hash, so that it has an owner, a scope and a time of
 * last use, and garbage collection treats it like everything else. A result and a blob may have the same hash (an
 * action is itself a blob), so that the two live in partitions of their own, and so does each instance.
 */

import { bazelErrors } from "../../cache/bazel/errors.ts";
import { readActionResult } from "../../cache/bazel/action-result.ts";
import type { View } from "../../cache/node/view.ts";
import { codec, contextHeader, type EntryHead } from "../../cache/protocol/entry.ts";
import { limits } from "../../cache/protocol/limits.ts";
import { missAnswer } from "../answers.ts";
import { serverErrors } from "../errors.ts";
import { bringBody } from "../remote-bodies.ts";
import { announcedLength, readChunks, readWhole } from "../request-body.ts";
import { findMissing, readBody } from "./bazel-needs.ts";
import { bodyAnswer } from "./bodies.ts";
import type { Handler, Service } from "./handler.ts";
import { parseId } from "./ids.ts";

/** Results are small: names, hashes, and at most some output text. */
const resultBytesMax = 8 * 1024 * 1024;
/** Whoever says no scope must not write what `main` reads. */
const defaultScope = "bazel";

/** `GET`, `HEAD /cas/HASH`. */
export const getBlob: Handler = async (service, request, id) => {
  const hash = parseId(hashOf(id));
  if (Buffer.compare(hash, emptyHash) === 0) return emptyAnswer();
  const found = service.store.find(viewFor(service, request, id, "cas"), hash);
  // An entry of the protocol's own may name another output for this action: not what the path says.
  if (found !== undefined && Buffer.compare(found.output, hash) !== 0) return missAnswer();
  const row = found === undefined ? undefined : await bringBody(service, found);
  return row === undefined ? missAnswer() : bodyAnswer(service, request, row, {});
};

/** `PUT /cas/HASH`: the body must be what its path says. */
export const putBlob: Handler = async (service, request, id, access) => {
  if (access !== "read-write") throw serverErrors.error("server/read-only", "a blob");
  const hash = parseId(hashOf(id));
  const sizeBytes = announcedLength(request, limits.bodySizeBytes);
  if (sizeBytes === undefined) throw serverErrors.error("server/length-missing", "a blob without a Content-Length");
  const view = viewFor(service, request, id, "cas");
  const receiver = service.store.receive(view, headOf(hash, hash, sizeBytes), codec.identity);
  try {
    for await (const chunk of readChunks(request, limits.bodySizeBytes)) await receiver.write(chunk);
    await receiver.finish();
  } catch (cause) {
    receiver.abort();
    throw cause;
  }
  return new Response(null, { status: 200 });
};

/** `GET`, `HEAD /ac/HASH`: a miss also where a blob that the result names is gone. */
export const getResult: Handler = async (service, request, id) => {
  const found = service.store.find(viewFor(service, request, id, "ac"), parseId(hashOf(id)));
  const row = found === undefined ? undefined : await bringBody(service, found);
  const body = row === undefined ? undefined : readBody(service, row);
  if (row === undefined || body === undefined) return missAnswer();
  const missing = await findMissing(service, viewFor(service, request, id, "cas"), readActionResult(body));
  return missing === undefined ? bodyAnswer(service, request, row, {}) : missAnswer();
};

/** `PUT /ac/HASH`: refused when it is no action result, or when a blob that it names is not there. */
export const putResult: Handler = async (service, request, id, access) => {
  if (access !== "read-write") throw serverErrors.error("server/read-only", "an action result");
  const action = parseId(hashOf(id));
  const body = await readWhole(request, resultBytesMax);
  const missing = await findMissing(service, viewFor(service, request, id, "cas"), readActionResult(body));
  if (missing !== undefined) throw bazelErrors.error("bazel/result-incomplete", `no blob ${missing}`);
  const head = headOf(action, Bun.SHA256.hash(body) as Uint8Array, body.length);
  await service.store.put(viewFor(service, request, id, "ac"), { ...head, codec: codec.identity, body });
  return new Response(null, { status: 200 });
};

/** The blob of no bytes is always there. */
function emptyAnswer(): Response {
  return new Response("", { headers: { "content-type": "application/octet-stream" } });
}

const emptyHash = Buffer.from("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "hex");

function headOf(action: Uint8Array, output: Uint8Array, sizeBytes: number): EntryHead {
  return { action, output, sizeBytes, timeNs: BigInt(Date.now()) * 1_000_000n, costMs: 0, kind: 0, partition: 0 };
}

/** `id` is `INSTANCE HASH`: see the router. */
function hashOf(id: string): string {
  return id.slice(id.lastIndexOf(" ") + 1);
}

/** What this request reads and writes: its scope as for any other, in the partition of its instance. */
function viewFor(service: Service, request: Request, id: string, kind: "ac" | "cas"): View {
  const instance = id.slice(0, id.lastIndexOf(" "));
  const headers = new Headers(request.headers);
  headers.set(
    contextHeader.toolchain,
    new Bun.CryptoHasher("sha256").update(`bazel ${kind} ${instance}`).digest("hex"),
  );
  headers.delete(contextHeader.image);
  if (!headers.has(contextHeader.scope)) headers.set(contextHeader.scope, defaultScope);
  return service.viewOf(new Request(request.url, { headers }));
}
