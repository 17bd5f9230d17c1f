/** `GET /mod/…`: the Go module proxy protocol, from the node's store or from the proxy behind it. */

import { modulesErrors } from "../../cache/modules/errors.ts";
import { bringBody } from "../remote-bodies.ts";
import { bodyAnswer } from "./bodies.ts";
import type { Handler } from "./handler.ts";

export const getModule: Handler = async (service, request, id) => {
  const { modules } = service;
  if (modules === undefined) throw modulesErrors.error("modules/off", "no --module-proxy");
  const answer = await modules.cache.get(id);
  if (answer.status === "absent") return new Response(answer.text, { status: 404, headers: textHeaders });
  // Whoever may ask this node for anything may have every module: what they are allowed is not what protects them.
  const open = { ...service, store: modules.store };
  const row = await bringBody(open, answer.row);
  if (row === undefined) throw modulesErrors.error("modules/upstream-unreachable", "the fleet's store does not answer");
  const headers = answer.isStale ? { "cache-control": "no-store", warning: '110 - "Response is Stale"' } : {};
  return bodyAnswer(open, request, row, { ...headers });
};

const textHeaders = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };
