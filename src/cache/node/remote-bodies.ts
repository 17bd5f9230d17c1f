/** Bodies between this disk and the store that a fleet shares. The fleet above does the carrying. */

import type { Codec } from "../protocol/entry.ts";
import { createBodyReceiver } from "./body-receiver.ts";
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

/** Keeps a body that an entry of this index names, and that was not on this disk. Throws `protocol/body-mismatch`. */
export async function keepRemoteBody(
  state: StoreState,
  output: string,
  encoding: Codec,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  const row = state.rows.output(Buffer.from(output, "hex"));
  if (row === null || !isRemote(row)) return;
  const head = { ...row, action: row.output, timeNs: 0n, costMs: 0, partition: 0 } as const;
  const receiver = createBodyReceiver({
    bodies: state.bodies,
    ownFileBytes: state.options.ownFileBytes,
    head,
    encoding,
    keep: (_head, body) => Promise.resolve(placeBody(state, row, body)),
  });
  try {
    for await (const chunk of chunks) await receiver.write(chunk);
    await receiver.finish();
  } catch (cause) {
    receiver.abort();
    throw damageOf(state, cause);
  }
}

/**
 * The row gets a new number: what is above the horizon is checked after an unclean end, and this body is as new as one
 * that was just put.
 */
function placeBody(state: StoreState, { id, output }: OutputRow, body: CheckedBody): "stored" | "known" {
  const now = state.rows.outputById(id);
  if (now === null || !isRemote(now) || state.isClosed) {
    if (body.in === "file") body.writer.discard();
    return "known";
  }
  const place = body.in === "file" ? body.writer.keep(output, body.codec) : appendBody(state, now, body);
  const storedBytes = body.in === "file" ? body.writer.storedBytes : body.bytes.length;
  const settled = settlingOf(body.codec, now.sizeBytes);
  const row: OutputRow = { ...now, ...place, id: state.nextOutputId++, storedBytes, codec: body.codec, settled };
  state.db.transaction(() => {
    state.rows.replaceOutput(id, row);
    state.rows.renumberOutput(id, row.id);
    state.rows.renumberCandidates(id, row.id);
  })();
  state.totals.storedBytes += storedBytes;
  state.isDirty = true;
  state.found.clear();
  return "stored";
}

function appendBody(
  state: StoreState,
  { output, sizeBytes }: OutputRow,
  { bytes, codec }: Extract<CheckedBody, { in: "memory" }>,
): { segment: number; offset: number } {
  const [place] = state.bodies.append([{ output, sizeBytes, codec, bytes }]);
  if (place === undefined) throw new Error("a body was written and has no place");
  return place;
}
