/** When the entries of an index were used here, and their end, for the fleet above: it knows when others used them. */

import type { Slot } from "./index/rows.ts";
import { type LeftOutputs, openLeftOutputs } from "./left-outputs.ts";
import { takeBack } from "./sweep.ts";
import type { StoreState } from "./store-state.ts";

/** An entry, and when it was last put or used as far as this node knows. */
export interface AgedEntry extends Slot {
  readonly usedMs: number;
}

export interface Ages {
  /** The entries whose actions begin with these twelve bits. */
  inShard(shard: number): AgedEntry[];
  /** Removes those of them that were not used here since, and leaves that to be told; returns how many. */
  end(entries: readonly AgedEntry[]): number;
  readonly left: LeftOutputs;
  /** When all shards were last gone through; 0: never. */
  passedMs(): number;
  notePass(timeMs: number): void;
}

const passKey = "aged";
const minuteMs = 60_000;

interface UsedRow extends Slot {
  readonly used: number;
  readonly put_ms: number;
}

export function openAges(state: StoreState): Ages {
  const inShard = state.db.query<UsedRow, [Uint8Array, Uint8Array]>(
    "SELECT action, partition, scope, used, put_ms FROM entries WHERE action >= ? AND action < ?",
  );
  return {
    inShard: (shard) =>
      inShard.all(firstAction(shard), firstAction(shard + 1)).map(({ used, put_ms, ...slot }) => {
        return { ...slot, usedMs: Math.max(used * minuteMs, put_ms) };
      }),
    end(entries) {
      const before = Math.max(0, ...entries.map(({ usedMs }) => usedMs)) / minuteMs;
      return takeBack(state, entries, { is: (_slot, _candidate, used) => used <= before, isCollected: false });
    },
    left: openLeftOutputs(state),
    passedMs: () => Number(state.rows.meta(passKey) ?? 0),
    notePass: (timeMs) => state.rows.setMeta(passKey, timeMs),
  };
}

/** The lowest action of a shard; of the one behind the last, one above all actions. */
function firstAction(shard: number): Uint8Array {
  return shard > 0xfff ? new Uint8Array(33).fill(0xff) : Uint8Array.of(shard >> 4, (shard & 15) << 4);
}
