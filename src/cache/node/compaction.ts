/**
 * Moves the living out of segments that are mostly dead, and compresses what came uncompressed.
 *
 * The order is what makes it safe: copy, sync the copies, then change the index, then remove the old file. A reader
 * that still has the old place finds no file there, and looks the body up again.
 */

import { codec } from "../protocol/entry.ts";
import type { EncodedBody, SegmentUsage } from "./body-store.ts";
import { isOverLimit } from "./eviction.ts";
import { type OutputRow, settling, type StoredForm } from "./index/rows.ts";
import { mayGain, recompress, recompressFile } from "./recompression.ts";
import { createSlices } from "./slices.ts";
import { checkSuspect } from "./soundness.ts";
import type { StoreState } from "./store-state.ts";

const pageRows = 64;
/** A segment with less than this share of living bytes is worth moving. */
const liveShareMin = 0.5;
/** When the disk is over its limit, so is one with this much. */
const liveShareMinWhenFull = 0.95;

/** The sealed segment that is most worth the work; `undefined`: none is. */
export function chooseSegment(state: StoreState): number | undefined {
  const isFull = isOverLimit(state);
  const sealed = state.bodies.sealed();
  const deadest = sealed.sort((a, b) => liveShare(a) - liveShare(b))[0];
  if (deadest !== undefined && liveShare(deadest) < (isFull ? liveShareMinWhenFull : liveShareMin)) {
    return deadest.segment;
  }
  const unsettled = new Set(state.rows.unsettledSegments().map((row) => row.segment));
  return sealed.find(({ segment }) => unsettled.has(segment))?.segment;
}

function liveShare({ liveBytes, fileBytes }: SegmentUsage): number {
  return fileBytes === 0 ? 0 : liveBytes / fileBytes;
}

/** Whether the active segment holds bodies that may gain by compression. */
export function hasUnsettledActive(state: StoreState): boolean {
  const sealed = new Set(state.bodies.sealed().map(({ segment }) => segment));
  return state.rows.unsettledSegments().some(({ segment }) => segment !== 0 && !sealed.has(segment));
}

interface Move {
  readonly from: OutputRow;
  readonly to: StoredForm;
}

/** Moves every living body of a sealed segment to the active one and removes the file; false when some had to stay. */
export async function compactSegment(state: StoreState, segment: number): Promise<boolean> {
  const slices = createSlices();
  const moves: Move[] = [];
  for (let after = 0; ;) {
    if (state.isClosed) return false;
    const page = state.rows.outputsOfSegment(segment, after, pageRows);
    const last = page.at(-1);
    if (last === undefined) break;
    moves.push(...(await copyPage(state, page)));
    after = last.id;
    await slices.rest();
  }
  await state.bodies.sync();
  for (let at = 0; at < moves.length; at += pageRows) {
    if (state.isClosed) return false;
    applyMoves(state, moves.slice(at, at + pageRows));
    await slices.rest();
  }
  if (state.rows.outputsOfSegment(segment, 0, 1).length > 0) return false;
  // The moves reach the disk before the file goes: a power loss now costs nothing.
  state.db.run("PRAGMA wal_checkpoint(PASSIVE)");
  state.bodies.dropSegment(segment);
  return true;
}

async function copyPage(state: StoreState, page: readonly OutputRow[]): Promise<Move[]> {
  const copies: { readonly from: OutputRow; readonly body: EncodedBody }[] = [];
  for (const row of page) {
    if (!checkSuspect(state, row)) continue;
    const bytes = state.bodies.read(row);
    if (bytes === undefined) continue;
    const body = { output: row.output, sizeBytes: row.sizeBytes, codec: row.codec, bytes };
    copies.push({ from: row, body: mayGain(row) ? await recompress(body) : body });
  }
  if (state.isClosed) return [];
  const places = state.bodies.append(copies.map(({ body }) => body));
  return copies.map(({ from, body }, at) => {
    const place = places[at] as { segment: number; offset: number };
    return { from, to: { ...place, storedBytes: body.bytes.length, codec: body.codec, settled: settling.done } };
  });
}

/** Changes the index for those bodies that are still where they were copied from; the other copies are dead. */
function applyMoves(state: StoreState, moves: readonly Move[]): void {
  const done: Move[] = [];
  state.db.transaction(() => {
    for (const move of moves) {
      if (!isUnmoved(state, move.from)) continue;
      state.rows.moveOutput(move.from.id, move.to);
      done.push(move);
    }
  })();
  const moved = new Set(done);
  for (const move of moves) {
    const { from, to } = move;
    state.bodies.release(moved.has(move) ? from : { ...from, ...to });
    if (moved.has(move)) state.totals.storedBytes += to.storedBytes - from.storedBytes;
  }
  state.isDirty = true;
}

function isUnmoved(state: StoreState, from: OutputRow): boolean {
  const now = state.rows.outputById(from.id);
  return now !== null && now.segment === from.segment && now.offset === from.offset && now.codec === from.codec;
}

/** Compresses one large body that came uncompressed; false when there is none. */
export async function settleOwnFile(state: StoreState): Promise<boolean> {
  const row = state.rows.unsettledOwnFile();
  if (row === null) return false;
  const writer = await recompressFile(state, row);
  if (state.isClosed || !isUnmoved(state, row)) {
    writer?.discard();
    return true;
  }
  if (writer === undefined) {
    state.rows.moveOutput(row.id, { ...row, settled: settling.done });
    return true;
  }
  const storedBytes = writer.storedBytes;
  const place = writer.keep(row.output, codec.zstd);
  await state.bodies.sync();
  applyMoves(state, [{ from: row, to: { ...place, storedBytes, codec: codec.zstd, settled: settling.done } }]);
  return true;
}
