/** `POST /v1/lookup`: many actions in, their entries out, small bodies inline. */

import type { FoundRow, Store } from "../../cache/node/store.ts";
import { createSlices } from "../../cache/node/slices.ts";
import type { View } from "../../cache/node/view.ts";
import { codec } from "../../cache/protocol/entry.ts";
import { encodeEnd, encodeMiss, entryHeadBytes, frameHeadBytes, writeEntryHead } from "../../cache/protocol/frame.ts";
import { limits } from "../../cache/protocol/limits.ts";
import { serverErrors } from "../errors.ts";
import { readWhole } from "../request-body.ts";
import type { Handler } from "./handler.ts";

/** Answers up to this size are made at once; larger ones piece by piece, as fast as the client takes them. */
const wholeBytesMax = 512 * 1024;
const pieceBytes = 256 * 1024;
const headers = { "content-type": "application/x-ballast-frames", "cache-control": "no-store" };

interface Item {
  readonly action: Uint8Array;
  readonly row: FoundRow | undefined;
  /** False: the entry is told without its body. */
  readonly isInline: boolean;
}

export const lookup: Handler = async ({ store, viewOf }, request) => {
  const view = viewOf(request);
  const actions = await readWhole(request, limits.lookupActions * 32);
  if (actions.length % 32 !== 0) throw serverErrors.error("server/request-malformed", "the body is not a list of ids");
  const { items, bytes } = await findItems(store, view, actions);
  if (bytes > wholeBytesMax) return new Response(streamItems(store, view, items), { headers });
  const parts = items.map((item) => encodeItem(store, view, item)).flat();
  parts.push(encodeEnd());
  return new Response(Buffer.concat(parts), { headers });
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

/** Pulled only when the client has taken what was sent: no more than one piece waits in memory. */
function streamItems(store: Store, view: View, items: readonly Item[]): ReadableStream<Uint8Array> {
  let next = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const parts: Buffer[] = [];
      for (let bytes = 0; bytes < pieceBytes && next < items.length; next++) {
        const encoded = encodeItem(store, view, items[next] as Item);
        for (const part of encoded) bytes += part.length;
        parts.push(...encoded);
      }
      if (next >= items.length) parts.push(encodeEnd());
      controller.enqueue(Buffer.concat(parts));
      if (next >= items.length) controller.close();
    },
  });
}

/** An item's frame in one or two pieces. A body that has gone since makes the entry a miss. */
function encodeItem(store: Store, view: View, { action, row, isInline }: Item): Buffer[] {
  if (row === undefined) return [encodeMiss(action)];
  const body = isInline ? store.read(row) : undefined;
  if (isInline && body === undefined) return [encodeMiss(action)];
  const head = Buffer.allocUnsafe(frameHeadBytes + entryHeadBytes);
  const entry = {
    action,
    output: row.output,
    sizeBytes: row.sizeBytes,
    timeNs: BigInt(row.time_s) * 1_000_000_000n + BigInt(row.time_ns),
    costMs: row.cost_ms,
    kind: row.kind,
    codec: isInline ? row.codec : codec.absent,
    partition: row.partition === view.partitions[0] ? (0 as const) : (1 as const),
  };
  writeEntryHead(head, entry, body?.length ?? 0);
  return body === undefined ? [head] : [head, body];
}
