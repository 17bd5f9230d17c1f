import { protocolVersion } from "../../cache/protocol/entry.ts";
import { metricsContentType } from "../../core/metrics.ts";
import { jsonAnswer } from "../answers.ts";
import type { Handler } from "./handler.ts";

/** `GET /v1/hello`: who is there, and what this token may do. */
export const hello: Handler = ({ version }, _request, _id, access) =>
  jsonAnswer({ protocol: protocolVersion, version, mode: access });

/** `GET /v1/absence`: the set of what the context may read; 204 when that is nothing. */
export const absence: Handler = async ({ store, viewOf }, request) => {
  const bytes = await store.absence(viewOf(request));
  if (bytes === undefined) return new Response(null, { status: 204 });
  return new Response(bytes, { headers: { "content-type": "application/octet-stream", "cache-control": "no-store" } });
};

/** `GET /metrics`: Prometheus text. */
export const metrics: Handler = ({ metrics: counted }) =>
  new Response(counted.render(), { headers: { "content-type": metricsContentType } });
