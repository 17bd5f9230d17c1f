/** Brings what the bus says into the index, batch by batch, and keeps the position with it. */

import { BallastError, hasCode } from "../../core/errors.ts";
import type { Replica } from "../node/replica.ts";
import type { Purge } from "../state/purge.ts";
import type { SlotChange } from "../state/slot-state.ts";
import { type Bus, type BusBatch, type BusPosition, busStart, type BusValue } from "./bus.ts";
import { decodeSlot } from "./change.ts";
import type { FleetCounts } from "./fleet-counts.ts";
import { purgePrefix, slotPrefix } from "./key.ts";
import type { OwnEchoes } from "./own-echoes.ts";
import { decodePurge } from "./purge-change.ts";

export interface FollowerOptions {
  readonly replica: Replica;
  readonly bus: Bus;
  readonly counts: FleetCounts;
  readonly echoes: OwnEchoes;
  readonly nowMs: () => number;
  /** Called when everything that was on the bus has been applied, each time that following began. */
  readonly onCaughtUp: () => void;
}

/** Follows until the signal is aborted or the bus fails; begins where the index says. Throws what the bus throws. */
export async function follow(options: FollowerOptions, signal: AbortSignal): Promise<void> {
  const { replica } = options;
  try {
    await followFrom(options, readPosition(replica.position()), signal);
  } catch (cause) {
    if (!hasCode(cause, "fleet/position-gone")) throw cause;
    options.counts.resynchronised += 1;
    await followFrom(options, busStart, signal, () => replica.publishAll());
  }
}

/** `afterwards`: once all that is there has been read. */
async function followFrom(
  options: FollowerOptions,
  from: BusPosition,
  signal: AbortSignal,
  afterwards?: () => Promise<void>,
): Promise<void> {
  const { replica, bus } = options;
  const receivedBefore = options.counts.received;
  let isCaughtUp = false;
  for await (const batch of bus.follow(from, signal)) {
    applyBatch(options, batch, isCaughtUp);
    if (!batch.isCaughtUp || isCaughtUp) continue;
    isCaughtUp = true;
    // What this node knows and the bus has lost is told again.
    await afterwards?.();
    replica.caughtUp();
    options.onCaughtUp();
    if (options.counts.received - receivedBefore > manyValues) releaseMemory(replica);
  }
}

/** Reading an index of this size leaves garbage that is worth giving back at once: the node may not read so much again. */
const manyValues = 5000;
/** By then nothing refers to the last batch any more. */
const releaseAfterMs = 500;

/** The collector runs by itself much later, when a quiet node has long been taken for one that needs all this. */
function releaseMemory(replica: Replica): void {
  setTimeout(() => {
    replica.releaseMemory();
    Bun.gc(true);
    Bun.shrink();
  }, releaseAfterMs).unref();
}

function applyBatch(
  { replica, counts, echoes, nowMs }: FollowerOptions,
  { values, position }: BusBatch,
  isLive: boolean,
): void {
  const slots: SlotChange[] = [];
  const purges: Purge[] = [];
  for (const value of values) {
    if (!echoes.take(value) && !read(value, slots, purges)) counts.malformed += 1;
  }
  counts.received += values.length;
  replica.apply(slots, purges, JSON.stringify(position));
  const last = slots.at(-1)?.state.candidates[0];
  if (isLive && last !== undefined && last.source !== replica.source) {
    counts.receiveLagMs = Math.max(0, nowMs() - last.putMs);
  }
}

/** False for what could not be understood: it is skipped, since it would not become clearer. */
function read({ key, value }: BusValue, slots: SlotChange[], purges: Purge[]): boolean {
  try {
    if (key.startsWith(slotPrefix)) slots.push(decodeSlot(value));
    else if (key.startsWith(purgePrefix)) purges.push(decodePurge(value));
    else return false;
    return true;
  } catch (cause) {
    if (cause instanceof BallastError) return false;
    throw cause;
  }
}

/** The position that the index kept; the beginning when it kept none, or none that this version wrote. */
function readPosition(text: string | undefined): BusPosition {
  if (text === undefined) return busStart;
  try {
    const { stream, revision } = JSON.parse(text) as Partial<BusPosition>;
    if (typeof stream === "string" && Number.isSafeInteger(revision)) return { stream, revision: revision ?? 0 };
  } catch {
    // Not ours: reading everything once more is right, and only slow.
  }
  return busStart;
}
