/** `GET /v1/removals`: what was taken back since a runner last asked. */

import { createAbsenceSet } from "../../cache/protocol/absence.ts";
import { encodeRemovals, listedRemovalsMax, type RemovalForm } from "../../cache/protocol/removal-list.ts";
import { serverErrors } from "../errors.ts";
import type { Handler } from "./handler.ts";

/** Of what was told by time and not by epoch, so much more is told: nodes hear of a purge one after another. */
const marginMs = 24 * 3_600_000;
/** As a set they take less than half a megabyte. */
const removalsMax = 200_000;

export const removals: Handler = (service, request) => {
  const { store } = service;
  const view = service.viewOf(request);
  const query = new URL(request.url).searchParams;
  const { removals: log } = store;
  const isOurs = query.get("node") === log.node;
  const after = isOurs ? readNumber(query.get("epoch")) : log.epochAt(readNumber(query.get("sinceMs")) - marginMs);
  const head = { node: log.node, epoch: log.epoch };
  const found = log.since(after, view.scopes, removalsMax);
  const answer = (form: RemovalForm, bytes: Uint8Array): Response =>
    new Response(encodeRemovals({ ...head, form }, bytes), { headers: { "cache-control": "no-store" } });
  if (found === undefined) return answer("all", new Uint8Array(0));
  if (found.length <= listedRemovalsMax) return answer("list", Buffer.concat(found));
  const set = createAbsenceSet(found.length);
  for (const action of found) set.add(action);
  return answer("set", set.bytes);
};

function readNumber(text: string | null): number {
  if (text === null || text === "") return 0;
  const value = Number(text);
  if (/^\d{1,15}$/.test(text)) return value;
  throw serverErrors.error("server/request-malformed", "epoch and sinceMs are whole numbers");
}
