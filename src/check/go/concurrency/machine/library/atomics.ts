/** sync/atomic: an atomic access, which also hands on what threads know. */

import type { LibraryFunction } from "../calls.ts";
import { type Spot, touch } from "../places.ts";
import { zero } from "../memory.ts";
import { acquire, release } from "../state.ts";
import { syncOf } from "../sync-state.ts";
import { type Cell, isObject, type Value } from "../value.ts";
import { binary, equal } from "../arithmetic.ts";
import { receiverCell } from "./receiver.ts";

interface AtomicPlace {
  readonly get: () => Value;
  readonly set: (value: Value) => void;
  readonly cell: Cell;
}

type Operation = (spot: Spot, place: AtomicPlace, args: readonly Value[]) => readonly Value[];

function reads(spot: Spot, { cell }: AtomicPlace): void {
  touch(spot, cell, { isWrite: false, isAtomic: true });
  acquire(spot.thread, syncOf(cell, "atomic").released);
}

function writes(spot: Spot, { cell }: AtomicPlace): void {
  touch(spot, cell, { isWrite: true, isAtomic: true });
  release(spot.thread, syncOf(cell, "atomic").released);
}

const operations: Readonly<Record<string, Operation>> = {
  Load: (spot, place) => {
    reads(spot, place);
    return [place.get()];
  },
  Store: (spot, place, [value]) => {
    writes(spot, place);
    place.set(value);
    return [];
  },
  Add: (spot, place, [delta]) => {
    reads(spot, place);
    writes(spot, place);
    const sum = binary(spot.run.memory, "+", place.get(), delta, true);
    place.set(sum);
    return [sum];
  },
  Swap: (spot, place, [value]) => {
    reads(spot, place);
    writes(spot, place);
    const old = place.get();
    place.set(value);
    return [old];
  },
  CompareAndSwap: (spot, place, [old, value]) => {
    reads(spot, place);
    const isSame = equal(spot.run.memory, place.get(), old);
    const usual = isObject(isSame) && isSame.kind === "unknown";
    const fits = usual ? spot.run.decisions.decide(spot.node, isSame.key, true) : isSame === true;
    if (!fits) return [false];
    writes(spot, place);
    place.set(value);
    return [true];
  },
};

/** `atomic.AddInt64(&x, 1)`: the value is the variable's own. */
function onVariable(operation: Operation): LibraryFunction {
  return (spot, _call, _receiver, [pointer, ...args]) => {
    const cell = receiverCell(spot, pointer);
    if (cell === undefined) {
      spot.thread.panic ??= { value: "nil pointer" };
      return [];
    }
    const place: AtomicPlace = {
      cell,
      get: () => cell.value,
      set: (value) => {
        cell.value = value;
      },
    };
    return operation(spot, place, args);
  };
}

/** `x.Add(1)` of an atomic.Int64: the value is inside. */
function onObject(operation: Operation, typeName: string): LibraryFunction {
  return (spot, _call, receiver, args) => {
    const cell = receiverCell(spot, receiver);
    if (cell === undefined) return [];
    const state = syncOf(cell, "atomic");
    const place: AtomicPlace = {
      cell,
      get: () => (state.hasValue ? state.value : initial(spot, cell, typeName)),
      set: (value) => {
        state.value = value;
        state.hasValue = true;
      },
    };
    return operation(spot, place, args);
  };
}

function initial(spot: Spot, cell: Cell, typeName: string): Value {
  if (cell.isUnknown) return spot.run.memory.unknown(undefined);
  if (typeName === "Bool") return false;
  return /int/i.test(typeName) ? 0 : zero(undefined);
}

/** By key: `sync/atomic.AddInt64`, `sync/atomic.Int64.Add`. */
export function atomicFunction(key: string): LibraryFunction | undefined {
  const rest = key.slice("sync/atomic.".length);
  const method = /^(\w+)\.(\w+)$/.exec(rest);
  if (method !== null) {
    const operation = operations[method[2] ?? ""];
    return operation === undefined ? undefined : onObject(operation, method[1] ?? "");
  }
  const name = /^(Load|Store|Add|Swap|CompareAndSwap)(?:Int|Uint|Pointer)\w*$/.exec(rest)?.[1];
  const operation = name === undefined ? undefined : operations[name];
  return operation === undefined ? undefined : onVariable(operation);
}
