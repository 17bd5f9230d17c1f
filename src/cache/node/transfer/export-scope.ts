/** The entries of one scope with their bodies, as they lie, for another installation. */

import { createReadStream, openSync } from "node:fs";
import { encodeEnd, encodeFrame } from "../../protocol/frame.ts";
import {
  encodeOrigin,
  encodeTransferDone,
  encodeTransferHead,
  transferFrame,
  transferPieceBytes,
} from "../../protocol/transfer.ts";
import { hasErrno } from "../disk/errno.ts";
import type { EntryDetailRow, OutputRow } from "../index/rows.ts";
import { readBody } from "../lookup.ts";
import { slotPages } from "../slot-pages.ts";
import type { StoreState } from "../store-state.ts";

/** Frames, the last one `end`; without it, it was cut off. Entries whose body is not on this disk are left out. */
export async function* exportScope(state: StoreState, scopeName: string): AsyncGenerator<Uint8Array> {
  const scope = state.scopes.find(scopeName);
  let origin = "";
  for await (const page of slotPages(state, state.rows.entriesAfter)) {
    for (const row of page) {
      if (row.scope !== scope) continue;
      const next = `${row.partition}/${row.provenance}`;
      if (next !== origin) yield originOf(state, row);
      origin = next;
      yield* entryFrames(state, row);
    }
  }
  if (!state.isClosed) yield encodeEnd();
}

function originOf(state: StoreState, row: EntryDetailRow): Uint8Array {
  const json = state.provenances.text(row.provenance);
  const provenance = json === "" ? {} : (JSON.parse(json) as Record<string, string>);
  return encodeOrigin({ partition: state.partitions.text(row.partition), provenance });
}

async function* entryFrames(state: StoreState, row: EntryDetailRow): AsyncGenerator<Uint8Array> {
  const output = state.rows.outputById(row.output);
  const pieces = output === null ? undefined : piecesOf(state, output);
  if (output === null || pieces === undefined) return;
  const head = {
    action: row.action,
    output: output.output,
    sizeBytes: output.sizeBytes,
    timeNs: BigInt(row.time_s) * 1_000_000_000n + BigInt(row.time_ns),
    costMs: row.cost_ms,
    kind: output.kind,
    partition: 0,
  } as const;
  yield encodeTransferHead(head, output.codec);
  for await (const piece of pieces) yield encodeFrame(transferFrame.piece, piece);
  yield encodeTransferDone();
}

/** `undefined`: only the fleet's store has it, or nobody any more. */
function piecesOf(state: StoreState, output: OutputRow): AsyncIterable<Uint8Array> | Iterable<Uint8Array> | undefined {
  if (output.segment < 0) return undefined;
  if (output.segment === 0) return streamOf(state.bodies.path(output));
  const bytes = readBody(state, output);
  return bytes === undefined ? undefined : cut(bytes);
}

/** Opened at once: a file that has gone since makes its entry one that is left out. */
function streamOf(path: string): AsyncIterable<Uint8Array> | undefined {
  try {
    return createReadStream("", {
      fd: openSync(path, "r"),
      highWaterMark: transferPieceBytes,
    }) as AsyncIterable<Uint8Array>;
  } catch (cause) {
    if (hasErrno(cause, "ENOENT")) return undefined;
    throw cause;
  }
}

function* cut(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += transferPieceBytes) yield bytes.subarray(at, at + transferPieceBytes);
}
