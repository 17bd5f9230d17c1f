import { chosenVersion, highestShared, versionsHeader } from "../../cache/protocol/version.ts";
import { metricsContentType } from "../../core/metrics.ts";
import { jsonAnswer } from "../answers.ts";
import type { Handler } from "./handler.ts";

/** `GET /v1/hello`: who is there, what this token may do, and the version to go on with; 1 to who offers none. */
export const hello: Handler = ({ version }, { headers }, _id, access) => {
  const offered = headers.get(versionsHeader);
  const answer = jsonAnswer({ protocol: highestShared(offered) ?? 1, version, mode: access });
  for (const [name, value] of Object.entries(chosenVersion(offered))) answer.headers.set(name, value);
  return answer;
};

/** `GET /v1/absence`: the set of what the context may read; 204 when that is nothing. */
export const absence: Handler = async ({ store, viewOf }, request) => {
  const bytes = await store.absence(viewOf(request));
  if (bytes === undefined) return new Response(null, { status: 204 });
  return new Response(bytes, { headers: { "content-type": "application/octet-stream", "cache-control": "no-store" } });
};

/** `GET /metrics`: Prometheus text. */
export const metrics: Handler = ({ metrics: counted }) =>
  new Response(counted.render(), { headers: { "content-type": metricsContentType } });
