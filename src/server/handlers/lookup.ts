/** `POST /v1/lookup`: many actions in, their entries out, small bodies inline. */

import type { Store } from "../../cache/node/store.ts";
import { createSlices } from "../../cache/node/slices.ts";
import type { View } from "../../cache/node/view.ts";
import { limits } from "../../cache/protocol/limits.ts";
import { serverErrors } from "../errors.ts";
import { readWhole } from "../request-body.ts";
import { encodeItems, frameHeaders, type Item, streamItems } from "./entry-frames.ts";
import type { Handler } from "./handler.ts";

/** Answers up to this size are made at once; larger ones piece by piece, as fast as the client takes them. */
const wholeBytesMax = 512 * 1024;

export const lookup: Handler = async (service, request) => {
  const { store, viewOf } = service;
  const view = viewOf(request);
  const actions = await readWhole(request, limits.lookupActions * 32);
  if (actions.length % 32 !== 0) throw serverErrors.error("server/request-malformed", "the body is not a list of ids");
  const { items, bytes } = await findItems(store, view, actions);
  if (bytes > wholeBytesMax) return new Response(streamItems(service, view, items), { headers: frameHeaders });
  return new Response(encodeItems(service, view, items), { headers: frameHeaders });
};

async function findItems(store: Store, view: View, actions: Buffer): Promise<{ items: Item[]; bytes: number }> {
  const slices = createSlices();
  const items: Item[] = [];
  let bytes = 0;
  for (let at = 0; at < actions.length; at += 32) {
    const action = actions.subarray(at, at + 32);
    const row = store.find(view, action);
    const isInline =
      row !== undefined &&
      row.storedBytes <= limits.inlineSizeBytes &&
      bytes + row.storedBytes <= limits.lookupInlineBytes;
    if (isInline) bytes += row.storedBytes;
    items.push({ action, row, isInline });
    await slices.rest();
  }
  return { items, bytes };
}
