/** Builtin functions. */

import type { GoType } from "../../symbols.ts";
import type { InstrOf } from "../code.ts";
import { recoverPanic } from "./calls.ts";
import { closeStep } from "./flow-steps.ts";
import { asContainer, fresh, load, makeSlice, mapKey, type Spot, touch, touchElements } from "./places.ts";
import { kidOf } from "./memory.ts";
import { get, set } from "./state.ts";
import { isAggregateType, isObject, shapeOf, type Slice, type Value } from "./value.ts";

export function builtinStep(spot: Spot, { to, name, args, spread, type }: InstrOf<"builtin">): void {
  const values = args.map((reg) => get(spot.frame, reg));
  set(spot.frame, to, runBuiltin(spot, name, values, spread, type));
}

export function runBuiltin(
  spot: Spot,
  name: string,
  args: readonly Value[],
  spread: boolean,
  type: GoType | undefined,
): Value {
  const [first, second] = args;
  switch (name) {
    case "len":
    case "cap":
      return extent(spot, name, first);
    case "len of place":
    case "cap of place":
      return extent(spot, name.slice(0, 3), isArray(first) ? first : load(spot, first));
    case "make":
      return make(spot, type, first, second);
    case "append":
      return append(spot, first, args.slice(1), spread, type);
    case "copy":
      return copy(spot, first, second);
    case "delete":
      return remove(spot, first, second);
    case "clear":
      return clear(spot, first);
    case "close":
      closeStep(spot, first);
      return undefined;
    case "panic":
      spot.thread.panic ??= { value: first };
      return undefined;
    case "recover":
      return recoverPanic(spot.thread, spot.thread.panic?.value === "exit");
    default:
      return spot.run.memory.unknown(type);
  }
}

function isArray(value: Value): boolean {
  return isObject(value) && value.kind === "cell" && isAggregateType(value.type);
}

/** The length of an array, slice, map or channel; that a map's length is read is an access. */
function extent(spot: Spot, name: string, value: Value): Value {
  if (typeof value === "string") return value.length;
  if (value === undefined) return 0;
  if (!isObject(value)) return spot.run.memory.unknown(undefined);
  if (value.kind === "slice") {
    return (name === "len" ? value.length : value.capacity) ?? spot.run.memory.unknown(undefined);
  }
  if (value.kind === "cell") return shapeOf(value.type)?.length ?? spot.run.memory.unknown(undefined);
  if (value.kind === "channel" && !value.isExternal) return name === "len" ? value.buffer.length : value.capacity;
  if (value.kind === "map") {
    touch(spot, value.cell, { isWrite: false, what: "map" });
    return value.isUnknown ? spot.run.memory.unknown(undefined) : value.entries.size;
  }
  return spot.run.memory.unknown(undefined, value.kind === "unknown" ? `${name}(${value.key})` : undefined);
}

function make(spot: Spot, type: GoType | undefined, size: Value, capacity: Value): Value {
  const shape = shapeOf(type);
  const count = typeof size === "number" ? size : undefined;
  if (shape?.kind === "chan") {
    const room = size === undefined ? 0 : (count ?? 1);
    return spot.run.newChannel(room, shape.elem, spot.node, false);
  }
  if (shape?.kind === "map") return spot.run.memory.newMap(shape.elem, spot.node, false, type);
  if (shape?.kind === "slice") {
    return makeSlice(type, count, typeof capacity === "number" ? capacity : count, spot.node);
  }
  return fresh(spot, type);
}

/** Where the capacity is used up, all elements are read and copied; else the new ones are written into the shared array. */
function append(spot: Spot, to: Value, values: readonly Value[], spread: boolean, type: GoType | undefined): Value {
  const base = to === undefined ? makeSlice(type, 0, 0, spot.node) : to;
  if (!isObject(base) || base.kind !== "slice") return spot.run.memory.unknown(type);
  const [tail] = values;
  const count = spread ? spreadLength(tail) : values.length;
  if (spread) {
    if (isObject(tail) && tail.kind === "slice") touchElements(spot, tail, 0, tail.length, { isWrite: false });
  }
  const { length, capacity } = base;
  const total = length !== undefined && count !== undefined ? length + count : undefined;
  if (length !== undefined && capacity !== undefined && count !== undefined && length + count <= capacity) {
    const grown: Slice = { ...base, length: total };
    if (count > 0) touchElements(spot, grown, length, total, { isWrite: true, what: "append" });
    fill(spot, grown, length, spread ? [] : values);
    return grown;
  }
  if (length !== 0) touchElements(spot, base, 0, length, { isWrite: false, what: "append" });
  const empty = makeSlice(undefined, total, total, spot.node);
  const grown: Slice = { ...empty, array: { ...empty.array, type: base.array.type, isUnknown: true } };
  copyElements(spot, base, grown);
  if (length !== undefined) fill(spot, grown, length, spread ? [] : values);
  return grown;
}

function spreadLength(tail: Value): number | undefined {
  if (tail === undefined) return 0;
  if (typeof tail === "string") return tail.length;
  return isObject(tail) && tail.kind === "slice" ? tail.length : undefined;
}

function fill(spot: Spot, slice: Slice, from: number, values: readonly Value[]): void {
  const elem = shapeOf(slice.array.type)?.elem;
  for (const [at, value] of values.entries()) {
    const type = elem ?? (isObject(value) && value.kind === "aggregate" ? value.cell.type : undefined);
    spot.run.memory.write(kidOf(slice.array, slice.low + from + at, type, spot.run.memory), value);
  }
}

function copyElements(spot: Spot, from: Slice, to: Slice): void {
  for (const [key, kid] of from.array.kids ?? []) {
    const at = typeof key === "number" ? key - from.low : key;
    if (typeof at === "number" && at < 0) continue;
    spot.run.memory.write(kidOf(to.array, at, kid.type, spot.run.memory), spot.run.memory.read(kid));
  }
}

function copy(spot: Spot, to: Value, from: Value): Value {
  const [room, count] = [spreadLength(to), spreadLength(from)];
  const both = room === undefined || count === undefined ? undefined : Math.min(room, count);
  if (isObject(from) && from.kind === "slice") touchElements(spot, from, 0, both, { isWrite: false });
  if (isObject(to) && to.kind === "slice") touchElements(spot, to, 0, both, { isWrite: true, what: "copy" });
  return both ?? spot.run.memory.unknown(undefined);
}

function remove(spot: Spot, container: Value, key: Value): undefined {
  const map = contents(spot, container);
  if (!isObject(map) || map.kind !== "map") return undefined;
  touch(spot, map.cell, { isWrite: true, what: "map" });
  const known = mapKey(spot.run, key);
  if (known !== undefined) map.entries.delete(known);
  return undefined;
}

/** A map has no entries then; a slice's elements are zero. */
function clear(spot: Spot, container: Value): undefined {
  const value = contents(spot, container);
  if (!isObject(value)) return undefined;
  if (value.kind === "slice") touchElements(spot, value, 0, value.length, { isWrite: true });
  if (value.kind !== "map") return undefined;
  touch(spot, value.cell, { isWrite: true, what: "map" });
  value.entries.clear();
  return undefined;
}

/** What is used as a map or slice is one. */
function contents(spot: Spot, value: Value): Value {
  return isObject(value) && value.kind === "unknown" ? asContainer(spot, value, undefined) : value;
}
