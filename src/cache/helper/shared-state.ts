/**
 * What the helper's threads tell each other without a message: the main thread sits in a blocking read and never
 * sees one. Each sum has one writer.
 */

import { sharedToolHashesBytes } from "../../go/shared-tool-hashes.ts";
import { arrivalTableBytes } from "./arrival-table.ts";

/** Words of `ints`. */
export const word = {
  /** One of `serverState`; written by the fetching thread. */
  server: 0,
  /** Length of the absence set in `absence`, once `server` says that it is known. */
  absenceBytes: 1,
  /** 1 when all that was offered for upload is done with; written by the uploading thread. */
  isDrained: 2,
  /** 1 when the run's manifest is with the server, or never will be; written by the fetching thread. */
  isKept: 3,
  /** 1 when what the run's stream brought is written down, after the main thread said that Go has closed. */
  isWritten: 4,
  /** Why the rest of the run is local, one of `leaving`; written by the fetching thread before it says so. */
  leaving: 5,
} as const;

export const serverState = {
  /** Ask, and be patient. */
  unknown: 0,
  /** `absence` says what need not be asked for. */
  ready: 1,
  /** The rest of this run is local. */
  gone: 2,
} as const;

export const leaving = {
  /** It is not, or the server failed. */
  none: 0,
  /** The server said that this job does not gain. */
  aside: 1,
  /** All patience was spent. */
  spent: 2,
} as const;

/** Words of `sums`. */
export const sum = {
  remoteHits: 0,
  bytesDown: 1,
  savedMs: 2,
  waitedMs: 3,
  offeredMs: 4,
  uploaded: 8,
  bytesUp: 9,
  dropped: 10,
  handedOver: 11,
} as const;

/** How long writing down what came may take, at most, when Go has closed. */
export const settleLimitMs = 500;

export interface SharedBuffers {
  readonly ints: SharedArrayBuffer;
  readonly sums: SharedArrayBuffer;
  readonly absence: SharedArrayBuffer;
  readonly arrivals: SharedArrayBuffer;
  readonly toolHashes: SharedArrayBuffer;
}

export interface SharedState {
  readonly buffers: SharedBuffers;
  readonly ints: Int32Array;
  readonly sums: Float64Array;
  readonly absence: Uint8Array;
}

/** Room for the absence set of three million entries; pages that nobody touches cost nothing. */
const absenceRoomBytes = 4 * 1024 * 1024 + 16;

export function createSharedState(): SharedState {
  return viewSharedState({
    ints: new SharedArrayBuffer(64),
    sums: new SharedArrayBuffer(128),
    absence: new SharedArrayBuffer(absenceRoomBytes),
    arrivals: new SharedArrayBuffer(arrivalTableBytes),
    toolHashes: new SharedArrayBuffer(sharedToolHashesBytes),
  });
}

export function viewSharedState(buffers: SharedBuffers): SharedState {
  return {
    buffers,
    ints: new Int32Array(buffers.ints),
    sums: new Float64Array(buffers.sums),
    absence: new Uint8Array(buffers.absence),
  };
}

export function addTo(state: SharedState, index: number, amount: number): void {
  state.sums[index] = (state.sums[index] as number) + amount;
}
