/**
 * The end of what nobody uses any more. Once a day a node goes through its entries, shard by shard: it tells on which
 * day it used them, reads on which day others did, and removes what all have left unused for too long, which is told
 * like any removal. Nothing of this is followed: days of use lie beside the small bodies and are read when they are needed.
 */

import type { AgedEntry } from "../node/ages.ts";
import type { Replica } from "../node/replica.ts";
import type { Bus } from "./bus.ts";
import { fleetErrors } from "./errors.ts";
import type { FleetCounts } from "./fleet-counts.ts";
import type { SharedStore } from "./shared-store.ts";
import {
  coversDays,
  dayOf,
  decodeDays,
  encodeDays,
  mergeDays,
  prefixOf,
  type UseDays,
  useKey,
  useShards,
} from "./use-days.ts";

export interface EndingOptions {
  readonly replica: Replica;
  /** Where days of use lie. */
  readonly uses: Bus;
  readonly store: SharedStore;
  readonly counts: FleetCounts;
  readonly maxAgeMs: number;
  readonly busDeadlineMs: number;
  readonly storeDeadlineMs: number;
  readonly nowMs: () => number;
  /** Whether to go on: a node that does not hear the others ends nothing. */
  readonly isFollowing: () => boolean;
}

/** A use is told within a day, and a day has no hour. */
const marginDays = 2;
/** So long a body stays in the store after its last entry has gone from here. */
const leftMs = 3_600_000;
const leftMax = 1000;
/** How far a node's clock may be from the bus's. */
const apartMsMax = 86_400_000;
/** Tries at one key: so many nodes would have to write it at once. */
const triesMax = 8;

export interface EndingReport {
  readonly entries: number;
  readonly bodies: number;
}

/** One pass over everything. Throws what bus and store throw; what was ended until then is ended. */
export async function endUnused(options: EndingOptions): Promise<EndingReport> {
  const { replica, nowMs, isFollowing } = options;
  await requireTime(options);
  let entries = 0;
  for (let shard = 0; shard < useShards && isFollowing(); shard++) entries += await endInShard(options, shard);
  const bodies = await removeLeft(options);
  if (isFollowing()) replica.ages.notePass(nowMs());
  return { entries, bodies };
}

/** Ages are told by clocks. A node whose own is wrong by years would end everything. */
async function requireTime({ uses, nowMs, busDeadlineMs }: EndingOptions): Promise<void> {
  const busMs = (await uses.timeMs(busDeadlineMs)) ?? nowMs();
  const apartMs = Math.abs(busMs - nowMs());
  if (apartMs <= apartMsMax) return;
  throw fleetErrors.error("fleet/clock-wrong", `${Math.round(apartMs / 3_600_000)} hours from the bus's`);
}

async function endInShard(options: EndingOptions, shard: number): Promise<number> {
  const { replica, counts, maxAgeMs, nowMs, isFollowing } = options;
  const entries = replica.ages.inShard(shard);
  if (entries.length === 0) return 0;
  const days = await shareDays(options, shard, daysOf(entries));
  // What others use they tell within a day: a node that is new to this tells what it knows, and ends nothing yet.
  if (replica.ages.passedMs() === 0) return 0;
  const lastDay = dayOf(nowMs() - maxAgeMs) - marginDays;
  const unused = entries.filter(({ action }) => (days.get(prefixOf(action)) ?? 0) < lastDay);
  if (unused.length === 0 || !isFollowing()) return 0;
  const ended = replica.ages.end(unused);
  counts.ended += ended;
  return ended;
}

function daysOf(entries: readonly AgedEntry[]): UseDays {
  const days = new Map<string, number>();
  for (const { action, usedMs } of entries) {
    const prefix = prefixOf(action);
    days.set(prefix, Math.max(dayOf(usedMs), days.get(prefix) ?? 0));
  }
  return days;
}

/** What this node and all others know, once it lies on the bus. Actions that have no entry here are left out. */
async function shareDays({ uses, busDeadlineMs }: EndingOptions, shard: number, own: UseDays): Promise<UseDays> {
  const key = useKey(shard);
  for (let tries = 0; ; tries++) {
    const held = await uses.read(key, busDeadlineMs);
    const told = held === undefined || held.value.length === 0 ? new Map<string, number>() : decodeDays(held.value);
    const merged = mergeDays(own, told);
    if (coversDays(told, own)) return merged;
    const kept = new Map([...merged].filter(([prefix]) => own.has(prefix)));
    const result = await uses.publish(key, encodeDays(kept), held?.revision ?? 0, busDeadlineMs);
    // Whoever is always late tells it tomorrow.
    if (result.kind === "published" || tries >= triesMax) return merged;
  }
}

/** Bodies that no entry names any more, and did not an hour ago. */
async function removeLeft({ replica, store, nowMs, storeDeadlineMs, isFollowing }: EndingOptions): Promise<number> {
  const { left } = replica.ages;
  let removed = 0;
  for (;;) {
    const outputs = left.before(nowMs() - leftMs, leftMax);
    for (const output of outputs) {
      if (!isFollowing()) return removed;
      await store.delete(output, storeDeadlineMs);
      left.gone(output);
      removed += 1;
    }
    if (outputs.length < leftMax) return removed;
  }
}
