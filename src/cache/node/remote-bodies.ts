/** Bodies between this disk and the store that a fleet shares. The fleet above does the carrying. */

import type { Codec } from "../protocol/entry.ts";
import { createBatching } from "./batching.ts";
import { createBodyReceiver } from "./body-receiver.ts";
import type { Place } from "./body-store.ts";
import type { HeldBody } from "./replica.ts";
import type { OutputRow } from "./index/rows.ts";
import { damageOf } from "./index-damage.ts";
import type { CheckedBody } from "./put-queue.ts";
import { settlingOf } from "./recompression.ts";
import { isRemote } from "./slot-states.ts";
import { isSound } from "./soundness.ts";
import type { StoreState } from "./store-state.ts";

/** A body of this disk, to be sent elsewhere. */
export function heldBody(state: StoreState, output: string): HeldBody | undefined {
  const row = state.rows.output(Buffer.from(output, "hex"));
  if (row === null || isRemote(row) || !isSound(state, row)) return undefined;
  if (row.segment === 0) return { codec: row.codec, path: state.bodies.path(row), sizeBytes: row.storedBytes };
  const bytes = state.bodies.read(row);
  return bytes === undefined ? undefined : { codec: row.codec, bytes };
}

/** Keeps bodies that entries of this index name, and that were not on this disk; those of one turn together. */
export interface BodyKeeper {
  /** Rejects with `protocol/body-mismatch`, `node/disk-full`. */
  keep(output: string, encoding: Codec, chunks: AsyncIterable<Uint8Array>): Promise<void>;
}

interface Arrived {
  readonly row: OutputRow;
  readonly body: CheckedBody;
}

export function createBodyKeeper(state: StoreState): BodyKeeper {
  const place = createBatching<Arrived>((arrived) => placeBodies(state, arrived));
  return {
    async keep(output, encoding, chunks) {
      const row = state.rows.output(Buffer.from(output, "hex"));
      if (row === null || !isRemote(row)) return;
      const head = { ...row, action: row.output, timeNs: 0n, costMs: 0, partition: 0 } as const;
      const receiver = createBodyReceiver({
        bodies: state.bodies,
        ownFileBytes: state.options.ownFileBytes,
        head,
        encoding,
        keep: (_head, body) => place({ row, body }).then(() => "stored"),
      });
      try {
        for await (const chunk of chunks) await receiver.write(chunk);
        await receiver.finish();
      } catch (cause) {
        receiver.abort();
        throw damageOf(state, cause);
      }
    },
  };
}

interface Placed {
  readonly from: number;
  readonly row: OutputRow;
}

/**
 * A row gets a new number: what is above the horizon is checked after an unclean end, and this body is as new as one
 * that was just put.
 */
function placeBodies(state: StoreState, arrived: readonly Arrived[]): void {
  const wanted = new Map<number, Arrived>();
  for (const one of arrived) {
    const now = state.rows.outputById(one.row.id);
    if (now !== null && isRemote(now) && !state.isClosed && !wanted.has(now.id)) {
      wanted.set(now.id, { row: now, body: one.body });
    } else if (one.body.in === "file") one.body.writer.discard();
  }
  if (wanted.size === 0) return;
  const placed = [...placeFiles(state, wanted), ...placeInMemory(state, wanted)];
  state.db.transaction(() => {
    for (const { from, row } of placed) {
      state.rows.replaceOutput(from, row);
      state.rows.renumberOutput(from, row.id);
      state.rows.renumberCandidates(from, row.id);
    }
  })();
  for (const { row } of placed) state.totals.storedBytes += row.storedBytes;
  state.isDirty = true;
}

function placeFiles(state: StoreState, wanted: ReadonlyMap<number, Arrived>): Placed[] {
  return [...wanted.values()].flatMap(({ row, body }) =>
    body.in === "file"
      ? [rowOf(state, row, body.codec, body.writer.keep(row.output, body.codec), body.writer.storedBytes)]
      : [],
  );
}

function placeInMemory(state: StoreState, wanted: ReadonlyMap<number, Arrived>): Placed[] {
  const held = [...wanted.values()].flatMap(({ row, body }) => (body.in === "memory" ? [{ row, body }] : []));
  if (held.length === 0) return [];
  const places = state.bodies.append(
    held.map(({ row: { output, sizeBytes }, body: { codec, bytes } }) => ({ output, sizeBytes, codec, bytes })),
  );
  return held.map(({ row, body }, at) => rowOf(state, row, body.codec, places[at] as Place, body.bytes.length));
}

function rowOf(state: StoreState, row: OutputRow, codec: Codec, place: Place, storedBytes: number): Placed {
  const settled = settlingOf(codec, row.sizeBytes);
  return { from: row.id, row: { ...row, ...place, id: state.nextOutputId++, storedBytes, codec, settled } };
}
