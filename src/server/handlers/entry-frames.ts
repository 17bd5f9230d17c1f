/** Entries as frames, made as fast as a client takes them. */

import type { FoundRow, Store } from "../../cache/node/store.ts";
import type { View } from "../../cache/node/view.ts";
import { codec } from "../../cache/protocol/entry.ts";
import { encodeEnd, encodeMiss, entryHeadBytes, frameHeadBytes, writeEntryHead } from "../../cache/protocol/frame.ts";

const pieceBytes = 256 * 1024;

export const frameHeaders = { "content-type": "application/x-ballast-frames", "cache-control": "no-store" };

/** What is to be told of one action. */
export interface Item {
  readonly action: Uint8Array;
  readonly row: FoundRow | undefined;
  /** False: the entry is told without its body. */
  readonly isInline: boolean;
}

/**
 * `head`, the items' frames and the end. Pulled only when the client has taken what was sent: no more than one
 * piece waits in memory.
 */
export function streamItems(
  store: Store,
  view: View,
  items: readonly Item[],
  head: readonly Uint8Array[] = [],
): ReadableStream<Uint8Array> {
  let next = 0;
  let parts: Uint8Array[] = [...head];
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      for (let bytes = 0; bytes < pieceBytes && next < items.length; next++) {
        const encoded = encodeItem(store, view, items[next] as Item);
        for (const part of encoded) bytes += part.length;
        parts.push(...encoded);
      }
      if (next >= items.length) parts.push(encodeEnd());
      controller.enqueue(Buffer.concat(parts));
      parts = [];
      if (next >= items.length) controller.close();
    },
  });
}

/** An item's frame in one or two pieces. A body that has gone since makes the entry a miss. */
export function encodeItem(store: Store, view: View, { action, row, isInline }: Item): Buffer[] {
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
