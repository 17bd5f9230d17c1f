import { missAnswer } from "../answers.ts";
import type { OutputRow } from "../../cache/node/store.ts";
import { bringBody, isRemote } from "../remote-bodies.ts";
import { bodyAnswer } from "./bodies.ts";
import type { Handler, Service } from "./handler.ts";
import { parseId } from "./ids.ts";

/**
 * `GET /v1/outputs/ID`: a body by its hash. Without a policy whoever knows the hash of a body may read it, whatever its
 * scope. Under one it must be named by an entry that the caller may read: hashes stand in logs and build ids.
 */
export const getOutput: Handler = (service, request, id) => {
  const row = service.store.findOutput(parseId(id));
  const { control, store } = service;
  if (row !== undefined && control?.mayReadOutput(store, request.headers, row) === false) return missAnswer();
  if (row !== undefined && isRemote(row)) return getRemote(service, request, id, row);
  return row === undefined ? missAnswer() : bodyAnswer(service, request, row, { etag: `"${id}"` });
};

async function getRemote(service: Service, request: Request, id: string, row: OutputRow): Promise<Response> {
  const here = await bringBody(service, row);
  return here === undefined ? missAnswer() : bodyAnswer(service, request, here, { etag: `"${id}"` });
}
