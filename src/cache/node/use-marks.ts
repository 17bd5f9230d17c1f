/** When entries were last used, for garbage collection. Kept in memory and written in batches: a read must not cost a write. */

import type { FoundRow } from "./index/rows.ts";
import type { StoreState } from "./store-state.ts";

/** An entry is marked again after so many minutes at the earliest. */
const granularityMinutes = 10;
/** Marks held at most before they are written. */
const marksMax = 20_000;
const firstMarks = 256;
const idBytes = 32;
/** Of a mark: partition, scope, minute. */
const numbersPerMark = 3;

export interface UseMarks {
  /** The entry that was just found is used. */
  use(action: Uint8Array, row: FoundRow, minute: number): void;
  /** Writes the marks to the index. */
  flush(): void;
}

export function createUseMarks(state: StoreState): UseMarks {
  let actions = new Uint8Array(firstMarks * idBytes);
  let numbers = new Float64Array(firstMarks * numbersPerMark);
  let count = 0;

  function flush(): void {
    if (count === 0) return;
    state.db.transaction(() => {
      for (let at = 0; at < count; at++) write(at);
    })();
    count = 0;
    state.isDirty = true;
  }

  function write(at: number): void {
    const action = actions.subarray(at * idBytes, (at + 1) * idBytes);
    const [partition = 0, scope = 0, minute = 0] = numbers.subarray(at * numbersPerMark, (at + 1) * numbersPerMark);
    state.rows.markUsed({ action, partition, scope }, minute);
  }

  function grow(): void {
    const [oldActions, oldNumbers] = [actions, numbers];
    actions = new Uint8Array(oldActions.length * 2);
    actions.set(oldActions);
    numbers = new Float64Array(oldNumbers.length * 2);
    numbers.set(oldNumbers);
  }

  return {
    use(action, { partition, scope, used }, minute) {
      if (minute - used < granularityMinutes) return;
      if (count * idBytes === actions.length) grow();
      // Byte by byte: a view and a copy cost five times as much.
      for (let i = 0; i < idBytes; i++) actions[count * idBytes + i] = action[i] as number;
      numbers[count * numbersPerMark] = partition;
      numbers[count * numbersPerMark + 1] = scope;
      numbers[count * numbersPerMark + 2] = minute;
      count += 1;
      state.memory.markLast(minute);
      if (count >= marksMax) flush();
    },
    flush,
  };
}
