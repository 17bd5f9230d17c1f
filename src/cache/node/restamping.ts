/**
 * A node that starts may be far behind: with an empty disk its clock is at 0. What is put then, before everything of
 * the bus is known, would be older than what it comes after, and of compiled packages the oldest one wins. Nobody has
 * seen those changes, so each gets a new stamp: when something of its slot is heard, and at the latest when the node
 * has caught up. The same for a start before this one that never came so far.
 */

import { bestOf } from "../state/merge.ts";
import type { SlotState } from "../state/slot-state.ts";
import { compareStamps, type Stamp } from "../state/stamp.ts";
import type { DirtyRow } from "./index/slot-rows.ts";
import { restampPurge, tick } from "./purges.ts";
import { settleWrites } from "./slot-effects.ts";
import { readSlot, type SlotWrite, writeSlot } from "./slot-states.ts";
import type { StoreState } from "./store-state.ts";

/** Incarnations of this node that have published nothing; empty once it has caught up. */
export interface Unheard {
  readonly sources: Set<string>;
}

const unheardKey = "unheard";
const pageRows = 1000;

export function openUnheard(state: StoreState): Unheard {
  if (!state.isFleet) return { sources: new Set() };
  const sources = new Set(JSON.parse(String(state.rows.meta(unheardKey) ?? "[]")) as string[]);
  sources.add(state.sourceName);
  state.rows.setMeta(unheardKey, JSON.stringify([...sources]));
  return { sources };
}

export function stampsOf({ era, candidates }: SlotState): readonly Stamp[] {
  return [era, ...candidates];
}

/** A state whose unheard stamps come after everything that was heard, in the order that they had. */
export function restamped(state: StoreState, { sources }: Unheard, before: SlotState): SlotState {
  if (sources.size === 0) return before;
  const own = stampsOf(before).filter(({ source }) => sources.has(source));
  if (own.length === 0) return before;
  const fresh = new Map(own.toSorted(compareStamps).map((stamp) => [stampText(stamp), tick(state)]));
  const replace = <One extends Stamp>(one: One): One => ({ ...one, ...fresh.get(stampText(one)) });
  return {
    era: replace(before.era),
    candidates: bestOf(before.candidates.map(replace)),
  };
}

function stampText({ version, source }: Stamp): string {
  return `${version} ${source}`;
}

/** All that is left of it, when everything of the bus has been applied. */
export function restampAll(state: StoreState, unheard: Unheard): void {
  const writes: SlotWrite[] = [];
  state.db.transaction(() => {
    const purges: DirtyRow[] = [];
    for (let after = 0; ;) {
      const page = state.rows.dirtyAfter(after, pageRows);
      for (const row of page) {
        if (row.purge === "") restampSlot(state, unheard, row, writes);
        else purges.push(row);
      }
      const last = page.at(-1);
      if (last === undefined) break;
      after = last.ticket;
    }
    // After the slots: a purge is of what was there before.
    for (const { purge } of purges) restampOwnPurge(state, unheard, purge);
    state.rows.setMeta("lamport", state.lamport);
    state.rows.setMeta(unheardKey, "[]");
  })();
  unheard.sources.clear();
  settleWrites(state, writes);
  if (state.unswept.size > 0) for (const listen of state.onPurge) listen();
}

function restampSlot(state: StoreState, unheard: Unheard, row: DirtyRow, writes: SlotWrite[]): void {
  const slot = { action: row.action, partition: row.partition, scope: row.scope };
  const before = readSlot(state, slot);
  const after = restamped(state, unheard, before);
  if (after !== before) writes.push(writeSlot(state, slot, before, after));
}

function restampOwnPurge(state: StoreState, { sources }: Unheard, purgeId: string): void {
  const purge = state.purges.find(({ id, source }) => id === purgeId && sources.has(source));
  if (purge !== undefined) restampPurge(state, purge, tick(state));
}
