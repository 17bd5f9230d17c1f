/** Hashes stored bodies again: all of them when asked to, and slowly in the background all the time. */

import { createReadStream } from "node:fs";
import { constants, createZstdDecompress } from "node:zlib";
import { codec } from "../protocol/entry.ts";
import { hasErrno } from "./disk/errno.ts";
import { isIntact, zstdWindowLogMax } from "./encoded-body.ts";
import { type OutputRow, remoteSegment } from "./index/rows.ts";
import { createSlices } from "./slices.ts";
import { dropDamaged } from "./soundness.ts";
import type { StoreState } from "./store-state.ts";

/** Rows read from the index at a time. */
const pageRows = 200;

/** How far a check has come. */
export interface VerifyProgress {
  readonly outputs: number;
  readonly outputsTotal: number;
  readonly storedBytes: number;
  readonly damaged: number;
}

/** Checks every body there is. What is wrong is dropped, counted and logged. */
export async function* verifyAll(state: StoreState): AsyncGenerator<VerifyProgress> {
  const slices = createSlices();
  const damagedBefore = state.counts.damaged;
  let outputs = 0;
  let storedBytes = 0;
  const progress = (): VerifyProgress => ({
    outputs,
    outputsTotal: state.totals.outputs,
    storedBytes,
    damaged: state.counts.damaged - damagedBefore,
  });
  for (let after = 0; ;) {
    const page = state.rows.outputsAfter(after, pageRows);
    if (page.length === 0) break;
    for (const row of page) {
      if (state.isClosed) return;
      await checkOutput(state, row);
      outputs += 1;
      storedBytes += row.storedBytes;
      after = row.id;
      await slices.rest();
    }
    yield progress();
  }
  yield progress();
}

/** Checks one body as the index has it now, and drops it when it is wrong. */
export async function checkOutput(state: StoreState, row: OutputRow): Promise<void> {
  if (row.segment === remoteSegment) return;
  const isWhole = row.segment === 0 ? await isFileIntact(state, row) : isRecordIntact(state, row);
  if (isWhole || state.isClosed) return;
  const now = state.rows.outputById(row.id);
  // It may have been moved or removed while the file was read.
  if (now === null || now.segment !== row.segment || now.codec !== row.codec || now.offset !== row.offset) return;
  dropDamaged(state, now, "its hash is wrong or its bytes are missing");
}

function isRecordIntact(state: StoreState, row: OutputRow): boolean {
  const bytes = state.bodies.read(row);
  return bytes !== undefined && isIntact(bytes, row.codec, row.sizeBytes, row.output);
}

/** Reads and hashes the file of a large body without holding it in memory. */
export async function isFileIntact(state: StoreState, row: OutputRow): Promise<boolean> {
  const file = createReadStream(state.bodies.path(row), { highWaterMark: 256 * 1024 });
  const params = { [constants.ZSTD_d_windowLogMax]: zstdWindowLogMax };
  const raw = row.codec === codec.zstd ? file.pipe(createZstdDecompress({ params })) : file;
  // `pipe` does not pass on failures.
  file.on("error", (cause) => raw.destroy(cause));
  const hasher = new Bun.CryptoHasher("sha256");
  let rawBytes = 0;
  try {
    for await (const chunk of raw as AsyncIterable<Uint8Array>) {
      rawBytes += chunk.length;
      if (rawBytes > row.sizeBytes) return false;
      hasher.update(chunk);
    }
  } catch (cause) {
    if (cause instanceof Error && !isFileFailure(cause)) return false;
    if (hasErrno(cause, "ENOENT")) return false;
    throw cause;
  } finally {
    file.destroy();
  }
  return rawBytes === row.sizeBytes && Buffer.compare(hasher.digest(), row.output) === 0;
}

/** Whether the disk failed, and not the bytes. */
function isFileFailure(cause: Error): boolean {
  return (cause as NodeJS.ErrnoException).syscall !== undefined;
}
