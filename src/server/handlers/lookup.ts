/** `POST /v1/lookup`: many actions in, their entries out, small bodies inline. */

import { createSlices } from "../../cache/node/slices.ts";
import type { FoundRow } from "../../cache/node/store.ts";
import type { View } from "../../cache/node/view.ts";
import { encodeFrame, frameType } from "../../cache/protocol/frame.ts";
import { limits } from "../../cache/protocol/limits.ts";
import { encodeMisses } from "../../cache/protocol/misses.ts";
import { readVersion, versionHeader, versionWithMisses } from "../../cache/protocol/version.ts";
import { serverErrors } from "../errors.ts";
import { bringBody, isRemote } from "../remote-bodies.ts";
import { readWhole } from "../request-body.ts";
import { encodeItems, frameHeaders, type Item, streamItems } from "./entry-frames.ts";
import type { Handler, Service } from "./handler.ts";

/** Answers up to this size are made at once; larger ones piece by piece, as fast as the client takes them. */
const wholeBytesMax = 512 * 1024;
/** Actions that are looked up at a time, as bytes: some 0.2 ms. */
const partBytes = 256 * 32;

export const lookup: Handler = async (service, request) => {
  const view = service.viewOf(request);
  const actions = await readWhole(request, limits.lookupActions * 32);
  if (actions.length % 32 !== 0) throw serverErrors.error("server/request-malformed", "the body is not a list of ids");
  const { items, bytes } = await findItems(service, view, actions);
  const [head, told] =
    readVersion(request.headers.get(versionHeader)) < versionWithMisses ? [[], items] : parted(items);
  if (bytes > wholeBytesMax) return new Response(streamItems(service, view, told, head), { headers: frameHeaders });
  return new Response(encodeItems(service, view, told, head), { headers: frameHeaders });
};

/** The misses as one frame, so that go on with them who waits for nothing else; and the others. */
function parted(items: readonly Item[]): [head: Buffer[], found: readonly Item[]] {
  const found = items.filter(({ row }) => row !== undefined);
  if (found.length === items.length) return [[], items];
  return [[encodeFrame(frameType.misses, encodeMisses(items.map(({ row }) => row === undefined)))], found];
}

async function findItems(service: Service, view: View, actions: Buffer): Promise<{ items: Item[]; bytes: number }> {
  const slices = createSlices();
  const rows: (FoundRow | undefined)[] = [];
  for (let first = 0; first < actions.length; first += partBytes) {
    const part = actions.subarray(first, first + partBytes);
    service.store.expect(view, part);
    for (let at = 0; at < part.length; at += 32) rows.push(service.store.find(view, part.subarray(at, at + 32)));
    await slices.rest();
  }
  await bringAll(service, rows);
  const items: Item[] = [];
  let bytes = 0;
  for (const [at, row] of rows.entries()) {
    const isInline = row !== undefined && !isRemote(row) && isWithin(row, bytes);
    if (isInline) bytes += row.storedBytes;
    items.push({ action: actions.subarray(at * 32, at * 32 + 32), row, isInline });
  }
  return { items, bytes };
}

function isWithin({ storedBytes }: FoundRow, bytes: number): boolean {
  return storedBytes <= limits.inlineSizeBytes && bytes + storedBytes <= limits.lookupInlineBytes;
}

/** Small bodies that only the shared store has, all at once. Large ones are told without their body, as always. */
async function bringAll(service: Service, rows: (FoundRow | undefined)[]): Promise<void> {
  const brought: Promise<void>[] = [];
  for (const [at, row] of rows.entries()) {
    if (row === undefined || !isRemote(row) || row.sizeBytes > limits.inlineSizeBytes) continue;
    brought.push(bringBody(service, row).then((here) => void rows.splice(at, 1, here)));
  }
  if (brought.length > 0) await Promise.all(brought);
}
