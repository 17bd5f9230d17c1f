/** Entries as frames, made as fast as a client takes them. */

import type { FoundRow } from "../../cache/node/store.ts";
import type { View } from "../../cache/node/view.ts";
import { codec } from "../../cache/protocol/entry.ts";
import { encodeEnd, encodeMiss, entryHeadBytes, frameHeadBytes, writeEntryHead } from "../../cache/protocol/frame.ts";
import { limits } from "../../cache/protocol/limits.ts";
import { bringBody, isRemote } from "../remote-bodies.ts";
import type { Service } from "./handler.ts";

/** What is written at once, unless a single body is larger. */
const pieceBytes = 256 * 1024;
const bodyOffset = frameHeadBytes + entryHeadBytes;

export const frameHeaders = { "content-type": "application/x-ballast-frames", "cache-control": "no-store" };

/** What is to be told of one action. */
export interface Item {
  readonly action: Uint8Array;
  readonly row: FoundRow | undefined;
  /** False: the entry is told without its body. */
  readonly isInline: boolean;
}

type Frames = Pick<Service, "store" | "scratch" | "bodies" | "collection">;

/** Bodies of the shared store that are fetched ahead of the stream. */
const aheadItems = 64;

/**
 * `head`, the items' frames and the end. All streams make their pieces in the one scratch buffer, from which `write`
 * copies what the connection does not take at once: with a buffer for each body, 64 streams grew to 1.6 GB.
 */
export function streamItems(
  service: Frames,
  view: View,
  items: readonly Item[],
  head: readonly Uint8Array[] = [],
): ReadableStream<Uint8Array> {
  let isCancelled = false;
  let sentBytes = 0;
  async function pull(controller: ReadableStreamDirectController): Promise<void> {
    service.collection.opened();
    try {
      await send(controller);
    } finally {
      service.collection.closed(sentBytes);
    }
  }

  async function send(controller: ReadableStreamDirectController): Promise<void> {
    for (const part of head) await controller.write(part);
    const supplied = supplyItems(service, items);
    for (let next = 0; next < items.length && !isCancelled;) {
      const ready = await supplied.upTo(next);
      const piece = fillPiece(service, view, ready, next);
      next = piece.next;
      sentBytes += piece.bytes;
      await controller.write(service.scratch.subarray(0, piece.bytes));
      await controller.flush(true);
    }
    if (isCancelled) return;
    await controller.write(encodeEnd());
    controller.close();
  }
  return new ReadableStream<Uint8Array>({
    type: "direct",
    pull,
    cancel: () => {
      isCancelled = true;
    },
  });
}

/** `head`, the items' frames and the end at once, for an answer that is small; a view of the scratch buffer. */
export function encodeItems(
  service: Frames,
  view: View,
  items: readonly Item[],
  head: readonly Uint8Array[] = [],
): Uint8Array {
  let at = 0;
  for (const part of head) {
    service.scratch.set(part, at);
    at += part.length;
  }
  for (const item of items) at += encodeItem(service, view, item, at);
  const end = encodeEnd();
  service.scratch.set(end, at);
  return service.scratch.subarray(0, at + end.length);
}

/** Writes frames into the scratch buffer, one at least; `next` is the first item that found no room. */
function fillPiece(
  service: Frames,
  view: View,
  items: readonly Item[],
  first: number,
): { readonly next: number; readonly bytes: number } {
  let next = first;
  let bytes = 0;
  while (next < items.length) {
    const item = items[next] as Item;
    if (bytes > 0 && (bytes + frameBytes(item) > pieceBytes || isWaiting(item))) break;
    bytes += encodeItem(service, view, item, bytes);
    next += 1;
  }
  return { next, bytes };
}

/** Whether the body of an inline item is still to come from the shared store. */
function isWaiting({ row, isInline }: Item): boolean {
  return isInline && row !== undefined && isRemote(row);
}

interface SuppliedItems {
  /** The items, of which that one at least has its body here, or has become a miss. */
  upTo(at: number): Promise<readonly Item[]>;
}

/** Fetches some way ahead of the stream, and has the stream wait for the next body only. */
function supplyItems(service: Frames, items: readonly Item[]): SuppliedItems {
  if (!items.some(isWaiting)) return { upTo: () => Promise.resolve(items) };
  const ready = [...items];
  const coming = new Map<number, Promise<Item>>();
  return {
    async upTo(at) {
      for (let next = at; next < Math.min(at + aheadItems, ready.length); next++) {
        const item = ready[next] as Item;
        if (isWaiting(item) && !coming.has(next)) coming.set(next, bringItem(service, item));
      }
      const waited = coming.get(at);
      if (waited !== undefined) ready[at] = await waited;
      return ready;
    },
  };
}

async function bringItem(service: Frames, item: Item): Promise<Item> {
  const row = item.row === undefined ? undefined : await bringBody(service, item.row);
  return { ...item, row, isInline: row !== undefined && row.storedBytes <= limits.inlineSizeBytes };
}

function frameBytes({ row, isInline }: Item): number {
  return bodyOffset + (isInline ? (row?.storedBytes ?? 0) : 0);
}

/** Writes an item's frame into the scratch buffer and returns its length. A body that has gone since makes it a miss. */
function encodeItem({ store, scratch }: Frames, view: View, { action, row, isInline }: Item, at: number): number {
  if (row === undefined) return putMiss(scratch, action, at);
  const place = scratch.subarray(at + bodyOffset);
  const body = isInline ? store.read(row, place) : undefined;
  if (isInline && body === undefined) return putMiss(scratch, action, at);
  if (body !== undefined && body.byteOffset !== place.byteOffset) place.set(body);
  const bodyBytes = body?.length ?? 0;
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
  writeEntryHead(scratch.subarray(at), entry, bodyBytes);
  return bodyOffset + bodyBytes;
}

function putMiss(scratch: Buffer, action: Uint8Array, at: number): number {
  const frame = encodeMiss(action);
  scratch.set(frame, at);
  return frame.length;
}
