/** Absence sets, one for each view that asked, kept up to date by each put and built anew when they have lost their edge. */

import { createAbsenceSet, type AbsenceSet } from "../protocol/absence.ts";
import type { Slot } from "./index/rows.ts";
import { createSlices } from "./slices.ts";
import { pairKey, type StoreState } from "./store-state.ts";
import type { View } from "./view.ts";

/** Views whose sets are kept. A job asks once per run; the sets of `main` and of its changes are what recurs. */
const setsMax = 64;
/** Actions read from the index in one slice: about 2 ms. */
const sliceRows = 2000;

export interface AbsenceSets {
  /** `undefined`: the view can read nothing at all. */
  bytesFor(view: View): Promise<Uint8Array | undefined>;
  /** Forgets all sets: entries were removed. */
  clear(): void;
}

interface Kept {
  readonly pairs: ReadonlySet<string>;
  readonly set: AbsenceSet;
  /** Entries that it holds at its designed sharpness. */
  readonly room: number;
  held: number;
  readonly built: Promise<void>;
}

export function createAbsenceSets(state: StoreState): AbsenceSets {
  const sets = new Map<string, Kept>();

  state.onEntry.push((action, scope, partition) => {
    if (sets.size === 0) return;
    const pair = pairKey(scope, partition);
    for (const [key, kept] of sets) {
      if (!kept.pairs.has(pair)) continue;
      kept.set.add(action);
      kept.held += 1;
      if (kept.held > kept.room) sets.delete(key);
    }
  });

  function begin(key: string, pairs: ReadonlySet<string>, entries: number): Kept {
    const room = Math.ceil(entries * 1.5) + 1000;
    const set = createAbsenceSet(room);
    // In the map before it is filled: what is put meanwhile goes in from both sides, which does no harm.
    const kept = { pairs, set, room, held: entries, built: fill(state, pairs, set) };
    if (sets.size >= setsMax) sets.delete(sets.keys().next().value as string);
    sets.set(key, kept);
    return kept;
  }

  return {
    async bytesFor(view) {
      const pairs = readablePairs(state, view);
      const entries = [...pairs].reduce((sum, pair) => sum + (state.pairs.get(pair) ?? 0), 0);
      if (entries === 0) return undefined;
      const key = [...pairs].join(" ");
      const kept = sets.get(key) ?? begin(key, pairs, entries);
      await kept.built;
      return kept.set.bytes;
    },
    clear: () => sets.clear(),
  };
}

function readablePairs(state: StoreState, { scopes, partitions }: View): Set<string> {
  const pairs = scopes.flatMap((scope) => partitions.map((partition) => pairKey(scope, partition)));
  return new Set(pairs.filter((pair) => state.pairs.has(pair)));
}

async function fill(state: StoreState, pairs: ReadonlySet<string>, set: AbsenceSet): Promise<void> {
  const slices = createSlices();
  let after: Slot = { action: new Uint8Array(0), partition: 0, scope: 0 };
  for (;;) {
    const slots = state.rows.slotsAfter(after, sliceRows);
    for (const { action, scope, partition } of slots) {
      if (pairs.has(pairKey(scope, partition))) set.add(action);
    }
    const last = slots.at(-1);
    if (last === undefined) return;
    after = last;
    await slices.rest();
    if (state.isClosed) return;
  }
}
