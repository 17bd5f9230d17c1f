/** `GET /v1/export?scope=` and `POST /v1/import?scope=`: a scope's entries out of one installation, and into another. */

import { limits } from "../../cache/protocol/limits.ts";
import { jsonAnswer } from "../answers.ts";
import { serverErrors } from "../errors.ts";
import { readChunks } from "../request-body.ts";
import type { Handler } from "./handler.ts";

export const exportEntries: Handler = ({ store }, request, _id, access) => {
  if (access !== "read-write") throw serverErrors.error("server/read-only", "an export");
  const pieces = store.exportScope(scopeOf(request));
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const step = await pieces.next();
      if (step.done === true) controller.close();
      else controller.enqueue(step.value);
    },
    async cancel() {
      await pieces.return(undefined);
    },
  });
  return new Response(body, {
    headers: { "content-type": "application/x-ballast-export", "cache-control": "no-store" },
  });
};

/** One request of a large file holds some of its entries; a single one may be as large as any body. */
export const importEntries: Handler = async ({ store, log }, request, _id, access) => {
  if (access !== "read-write") throw serverErrors.error("server/read-only", "an import");
  const scope = scopeOf(request);
  const report = await store.importEntries(scope, readChunks(request, limits.bodySizeBytes + 1024 * 1024));
  log.info("entries of another installation were taken in", { scope, ...report });
  return jsonAnswer(report);
};

function scopeOf(request: Request): string {
  const scope = new URL(request.url).searchParams.get("scope") ?? "";
  // oxlint-disable-next-line no-control-regex
  const isName = scope !== "" && Buffer.byteLength(scope) <= limits.scopeLength && !/[\u0000-\u001f\u007f]/.test(scope);
  if (!isName) throw serverErrors.error("server/request-malformed", "the query names no scope");
  return scope;
}
